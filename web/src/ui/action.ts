/* One press, one action: busy while it runs, the failure as a sentence, never two at once. */
import { useState } from 'preact/hooks';
import { explain } from '../text/codes';

/** For a form: what its submit button does. */
export const submitting =
	(work: () => void) =>
	(event: Event): void => {
		event.preventDefault();
		work();
	};

export type Action = { busy: boolean; error: string; run: (work: () => Promise<unknown>) => Promise<void>; clear: () => void };

export function useAction(): Action {
	const [busy, setBusy] = useState(false);
	const [error, setError] = useState('');
	const run = async (work: () => Promise<unknown>): Promise<void> => {
		if (busy) return;
		setBusy(true);
		setError('');
		try {
			await work();
		} catch (failure) {
			setError(explain(failure));
		} finally {
			setBusy(false);
		}
	};
	return { busy, error, run, clear: () => setError('') };
}
