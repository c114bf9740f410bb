/* After the show: its replay in the host's hands. */
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { getReplay, removeReplay, type ReplayState } from '../api/replay';
import type { Id } from '../api/types';
import { ConfirmSheet } from '../ui/confirm-sheet';
import { moment } from '../ui/format';
import { Play } from '../ui/icons';
import { notify } from '../ui/notices';
import { useData } from '../ui/use-data';

const EVERY_MS = 5000;

const words: Record<ReplayState, string> = {
	none: 'This show was not recorded.',
	recording: '',
	ready: '',
	deleted: 'The recording is no longer kept.',
};

export function ReplayPanel({ show }: { show: Id }): JSX.Element | null {
	const [asking, setAsking] = useState(false);
	const { value, reload } = useData(async () => (await getReplay(show)).replay, show, EVERY_MS);
	if (!value) return null;
	const size = value.bytes > 0 ? `, ${Math.max(1, Math.round(value.bytes / 1e6))} MB` : '';
	const remove = async (): Promise<void> => {
		await removeReplay(show);
		await reload();
		setAsking(false);
		notify('The recording is deleted.', 'good');
	};
	return (
		<section class="replay-panel" aria-label="Replay" data-testid="replay-panel" data-state={value.state}>
			{words[value.state] && <p role="status">{words[value.state]}</p>}
			{value.state === 'ready' && (
				<>
					<p>
						The replay is online: {moment(value.duration_ms)}
						{size}. {value.full && 'It ends before the show did, for the disk was full.'}
					</p>
					<div class="stack">
						<a class="button" href={`/replay/${show}`} data-testid="replay-link" data-show={show}>
							<Play size={20} /> Watch the replay
						</a>
						<button type="button" class="danger" onClick={() => setAsking(true)} data-testid="replay-delete">
							Delete the recording
						</button>
					</div>
				</>
			)}
			{asking && (
				<ConfirmSheet title="Delete the recording?" stay="Keep it" go="Delete it" going="Deleting…" onGo={remove} onClose={() => setAsking(false)} testid="replay-delete-sheet" goTestid="replay-delete-confirm">
					<p>The replay and its clips go, for good. Listings and orders stay.</p>
				</ConfirmSheet>
			)}
		</section>
	);
}
