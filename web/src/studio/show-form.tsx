/* Make a show: a title, and now or later. */
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { post } from '../api/http';
import type { Show } from '../api/types';
import { submitting, useAction } from '../ui/action';
import { Alert } from '../ui/alert';
import { Field } from '../ui/field';
import { replaceHash } from '../ui/router';

export function ShowForm(): JSX.Element {
	const [title, setTitle] = useState('');
	const [later, setLater] = useState(false);
	const [time, setTime] = useState('');
	const action = useAction();
	const make = async (): Promise<void> => {
		/* The field speaks local time; the server hears UTC. */
		const starts = later && time ? { starts_at: new Date(time).toISOString() } : {};
		const { show } = await post<{ show: Show }>('/api/v1/shows', { title: title.trim(), ...starts });
		replaceHash(`show/${show.id}`);
	};
	return (
		<>
			<h1>New show</h1>
			<form class="stack" onSubmit={submitting(() => void action.run(make))} data-testid="show-form">
				<Field label="Title" value={title} onValue={setTitle} required maxLength={120} testid="show-title" />
				<div class="choices" role="group" aria-label="When">
					<button type="button" aria-pressed={!later} onClick={() => setLater(false)}>
						Now
					</button>
					<button type="button" aria-pressed={later} onClick={() => setLater(true)} data-testid="show-later">
						Later
					</button>
				</div>
				{later && <Field label="Starts at (your local time)" type="datetime-local" value={time} onValue={setTime} required testid="show-time" />}
				<p class="hint">{later ? 'It is announced on the first page. You still go live by hand.' : 'Viewers see it once you press “Go live” on the next page.'}</p>
				<Alert text={action.error} />
				<button type="submit" class="primary big" disabled={action.busy} data-testid="show-save">
					{action.busy ? 'One moment…' : 'Make show'}
				</button>
			</form>
		</>
	);
}
