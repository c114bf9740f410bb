/* What an ended show leaves behind: its replay, as soon as it is there. */
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { getReplay } from '../api/replay';
import type { Id } from '../api/types';
import { Play } from '../ui/icons';
import { useData } from '../ui/use-data';

const EVERY_MS = 5000;

export function ReplayOffer({ show }: { show: Id }): JSX.Element | null {
	const [settled, setSettled] = useState(false);
	const { value } = useData(
		async () => {
			const { state } = (await getReplay(show)).replay;
			setSettled(state !== 'finishing' && state !== 'recording');
			return state;
		},
		`${show} ${settled}`,
		settled ? 0 : EVERY_MS,
	);
	if (value === 'finishing') return <span>The replay is on its way…</span>;
	if (value !== 'ready') return null;
	return (
		<a class="button primary" href={`/replay/${show}`} data-testid="replay-link" data-show={show}>
			<Play size={20} /> Watch the replay
		</a>
	);
}
