/* What cannot be taken back is asked once more; the safe answer comes first. */
import type { ComponentChildren, JSX } from 'preact';
import { useAction } from './action';
import { Alert } from './alert';
import { Sheet } from './sheet';

type Props = {
	title: string;
	children: ComponentChildren;
	stay: string;
	go: string;
	/** What it says while it is done, if that takes a while. */
	going?: string;
	harmless?: boolean;
	onGo: () => Promise<void>;
	onClose: () => void;
	testid: string;
	goTestid: string;
};

export function ConfirmSheet({ title, children, stay, go, going = go, harmless = false, onGo, onClose, testid, goTestid }: Props): JSX.Element {
	const action = useAction();
	return (
		<Sheet title={title} onClose={onClose} testid={testid}>
			{children}
			<Alert text={action.error} />
			<div class="stack">
				<button type="button" class="primary" onClick={onClose}>
					{stay}
				</button>
				<button type="button" class={harmless ? '' : 'danger'} disabled={action.busy} onClick={() => void action.run(onGo)} data-testid={goTestid}>
					{action.busy ? going : go}
				</button>
			</div>
		</Sheet>
	);
}
