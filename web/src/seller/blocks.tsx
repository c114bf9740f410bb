/* Hosts that may not sell one's listings any more. */
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { codeOf } from '../api/error';
import { get, put, remove } from '../api/http';
import type { Person } from '../api/types';
import { submitting, useAction } from '../ui/action';
import { Alert } from '../ui/alert';
import { ConfirmSheet } from '../ui/confirm-sheet';
import { Field } from '../ui/field';
import { notify } from '../ui/notices';
import { useData } from '../ui/use-data';

const block = (host: Person): Promise<unknown> => put(`/api/v1/me/blocks/${host.id}`);

/** What is offered about a host who sold for one. */
export function BlockSheet({ host, onClose }: { host: Person; onClose: () => void }): JSX.Element {
	const go = async (): Promise<void> => {
		await block(host);
		notify(`${host.display_name} no longer sells for you.`);
		onClose();
	};
	return (
		<ConfirmSheet title={host.display_name} stay="Leave it so" go={`Block ${host.display_name}`} onGo={go} onClose={onClose} testid="block-sheet" goTestid="block-confirm">
			<p>{host.display_name} showed it in their show: you are paid and you ship, they have the credit.</p>
			<p>If you block them, your listings leave their shows at once. What buyers hold or paid already stays. You can take it back on your profile.</p>
		</ConfirmSheet>
	);
}

export function Blocks(): JSX.Element {
	const blocks = useData(() => get<{ hosts: Person[] }>('/api/v1/me/blocks'), 'blocks');
	const [name, setName] = useState('');
	const [wrong, setWrong] = useState('');
	const action = useAction();
	const add = async (): Promise<void> => {
		let host: Person;
		try {
			host = (await get<{ seller: Person }>(`/api/v1/sellers/${encodeURIComponent(name.trim().toLowerCase())}`)).seller;
		} catch (error) {
			if (!['not_found', 'bad_request'].includes(codeOf(error))) throw error;
			setWrong('Nobody has this name.');
			return;
		}
		await block(host);
		setName('');
		await blocks.reload();
	};
	const allow = (host: Person): void =>
		void action.run(async () => {
			await remove(`/api/v1/me/blocks/${host.id}`);
			await blocks.reload();
		});
	return (
		<section aria-labelledby="blocks" data-testid="blocks">
			<h2 id="blocks">Blocked hosts</h2>
			<p class="hint">They may not show your listings, whatever you let others do.</p>
			{blocks.value?.hosts.length === 0 && <p class="empty">Nobody is blocked.</p>}
			<ul class="rows">
				{blocks.value?.hosts.map((host) => (
					<li key={host.id} class="row" data-testid="blocked" data-account={host.id}>
						<span class="row-text">
							<b>{host.display_name}</b>
							{host.username && <span>{host.username}</span>}
						</span>
						<button type="button" class="small" disabled={action.busy} aria-label={`Unblock ${host.display_name}`} onClick={() => allow(host)} data-testid="unblock">
							Unblock
						</button>
					</li>
				))}
			</ul>
			<form
				class="beside"
				onSubmit={submitting(() => {
					setWrong('');
					void action.run(add);
				})}
			>
				<Field label="Username of a host" value={name} onValue={setName} required maxLength={32} autocapitalize="none" spellcheck={false} error={wrong} testid="block-name" />
				<button type="submit" disabled={action.busy} data-testid="block-add">
					Block
				</button>
			</form>
			<Alert text={action.error || blocks.error} />
		</section>
	);
}
