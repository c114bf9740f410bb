/* What a page loads by HTTP and looks at again from time to time. */
import { useCallback, useEffect, useState } from 'preact/hooks';
import { explain } from '../text/codes';

export type Data<T> = { value: T | null; error: string; reload: () => Promise<void>; set: (value: T) => void };

/** Load now, when `key` changes, and every `everyMs` (0: not again) while the page is in sight. */
export function useData<T>(load: () => Promise<T>, key: unknown, everyMs = 0): Data<T> {
	const [value, setValue] = useState<T | null>(null);
	const [error, setError] = useState('');
	const reload = useCallback(async () => {
		try {
			setValue(await load());
			setError('');
		} catch (failure) {
			/* What was shown stays; the next look may succeed. */
			setError(explain(failure));
		}
	}, [key]);
	useEffect(() => {
		void reload();
		if (!everyMs) return undefined;
		const look = (): void => void (!document.hidden && reload());
		const timer = setInterval(look, everyMs);
		document.addEventListener('visibilitychange', look);
		return () => {
			clearInterval(timer);
			document.removeEventListener('visibilitychange', look);
		};
	}, [reload, everyMs]);
	return { value, error, reload, set: setValue };
}
