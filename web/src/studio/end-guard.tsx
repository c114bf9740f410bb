/* Ending cannot be taken back, so it is asked once more, with how many would be sent home. */
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { ConfirmSheet } from '../ui/confirm-sheet';
import { plural } from '../ui/format';
import { Stop } from '../ui/icons';

type Props = { viewers: number; onEnd: () => Promise<void>; round?: boolean; small?: boolean };

export function EndGuard({ viewers, onEnd, round = false, small = false }: Props): JSX.Element {
	const [asking, setAsking] = useState(false);
	return (
		<>
			<button type="button" class={`end ${round ? 'round glass' : small ? 'small' : ''}`} aria-label="End the show" onClick={() => setAsking(true)} data-testid="end-show">
				<Stop /> {!round && (small ? 'End the show' : 'End')}
			</button>
			{asking && (
				<ConfirmSheet
					title="End the show?"
					stay="Keep going"
					go="End the show"
					going="Ending…"
					onGo={onEnd}
					onClose={() => setAsking(false)}
					testid="end-sheet"
					goTestid="end-show-confirm"
				>
					<p>{viewers > 0 ? `${plural(viewers, 'person is', 'people are')} watching.` : 'Nobody is watching right now.'} A show that has ended cannot go on.</p>
				</ConfirmSheet>
			)}
		</>
	);
}
