/* The screen stays on while the show runs. The browser lets go of the lock whenever the page is hidden. */
import { useEffect } from 'preact/hooks';

export function useWakeLock(wanted: boolean): void {
	useEffect(() => {
		if (!wanted || !('wakeLock' in navigator)) return undefined;
		let lock: WakeLockSentinel | undefined;
		let over = false;
		const take = (): void => {
			if (document.hidden || over) return;
			navigator.wakeLock.request('screen').then(
				(got) => {
					if (over) void got.release();
					else lock = got;
				},
				/* Low battery or no permission: the show goes on, the screen may sleep. */
				() => undefined,
			);
		};
		take();
		document.addEventListener('visibilitychange', take);
		return () => {
			over = true;
			document.removeEventListener('visibilitychange', take);
			void lock?.release();
		};
	}, [wanted]);
}
