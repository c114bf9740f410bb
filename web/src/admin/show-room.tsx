/* One show's chat in a moderator's hands. */
import { signal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect, useMemo } from 'preact/hooks';
import { post } from '../api/http';
import { moderation } from '../api/moderation';
import { Room } from '../api/room';
import type { Show } from '../api/types';
import { EndGuard } from '../studio/end-guard';
import { useAction } from '../ui/action';
import { Alert } from '../ui/alert';
import { ChatLog, Composer } from '../ui/chat';
import { plural } from '../ui/format';
import { Thumbnail } from '../ui/thumbnail';

const stateText = (room: Room): string => {
	const state = room.show.value?.state;
	return state === 'live' ? plural(room.viewers.value, 'viewer', 'viewers') : state === 'ended' ? 'ended' : 'not started yet';
};

const paces = [0, 5, 15, 60];

export function ShowRoom({ id }: { id: string }): JSX.Element {
	const room = useMemo(() => new Room(id), [id]);
	useEffect(() => () => room.close(), [room]);
	const draft = useMemo(() => signal(''), []);
	const action = useAction();
	const show = room.show.value;
	if (!show) return <p aria-busy="true">{room.state.value === 'missing' ? 'There is no such show.' : 'One moment…'}</p>;
	const end = async (): Promise<void> => {
		room.setShow((await post<{ show: Show }>(`/api/v1/shows/${id}/end`)).show);
	};
	const slow = (seconds: number): void =>
		void action.run(async () => {
			await moderation(id).slow(seconds);
			room.slowS.value = seconds;
		});
	return (
		<div class="admin-room">
			<div class="section-head">
				<Thumbnail url={show.thumbnail} class="photo photo-m" />
				<div class="grow">
					<h1>{show.title}</h1>
					<p>
						{show.host.display_name} · {stateText(room)}
					</p>
				</div>
			</div>
			<div class="choices">
				<a class="button small" href={`/s/${id}`}>
					Watch
				</a>
				{show.state === 'live' && <EndGuard viewers={room.viewers.value} onEnd={end} small />}
			</div>
			<div class="field">
				<span class="label" id="pace">
					Slow mode: one message per person every
				</span>
				<div class="choices" role="group" aria-labelledby="pace">
					{paces.map((seconds) => (
						<button key={seconds} type="button" class="small" aria-pressed={room.slowS.value === seconds} disabled={action.busy} onClick={() => slow(seconds)}>
							{seconds ? `${seconds} s` : 'Off'}
						</button>
					))}
				</div>
			</div>
			<Alert text={action.error} />
			<ChatLog room={room} desk />
			{show.state === 'live' && <Composer room={room} draft={draft} />}
		</div>
	);
}
