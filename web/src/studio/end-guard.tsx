/* Ending cannot be taken back, so it is asked once more, with how many would be sent home. */
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { useAction } from '../ui/action';
import { plural } from '../ui/format';
import { Stop } from '../ui/icons';
import { Sheet } from '../ui/sheet';

type Props = { viewers: number; onEnd: () => Promise<void>; round?: boolean; small?: boolean };

export function EndGuard({ viewers, onEnd, round = false, small = false }: Props): JSX.Element {
	const [asking, setAsking] = useState(false);
	const action = useAction();
	return (
		<>
			<button type="button" class={`end ${round ? 'round glass' : small ? 'small' : ''}`} aria-label="End the show" onClick={() => setAsking(true)} data-testid="end-show">
				<Stop /> {!round && (small ? 'End the show' : 'End')}
			</button>
			{asking && (
				<Sheet title="End the show?" onClose={() => setAsking(false)} testid="end-sheet">
					<p>{viewers > 0 ? `${plural(viewers, 'person is', 'people are')} watching.` : 'Nobody is watching right now.'} A show that has ended cannot go on.</p>
					<p class="error" role="alert">
						{action.error}
					</p>
					<div class="stack">
						<button type="button" class="primary" onClick={() => setAsking(false)}>
							Keep going
						</button>
						<button type="button" class="danger" disabled={action.busy} onClick={() => void action.run(onEnd)} data-testid="end-show-confirm">
							{action.busy ? 'Ending…' : 'End the show'}
						</button>
					</div>
				</Sheet>
			)}
		</>
	);
}
