/* Small facts about the device the page runs on. */

/** Where the keyboard covers the page rather than resizing it (iOS), keep the visible height in --vh. */
export function followKeyboard(): void {
	const view = window.visualViewport;
	if (!view) return;
	const root = document.documentElement.style;
	const apply = (): void => {
		const covered = window.innerHeight - view.height > 80 && view.scale < 1.05;
		if (covered) {
			root.setProperty('--vh', `${view.height}px`);
			root.setProperty('--vtop', `${view.offsetTop}px`);
		} else {
			root.removeProperty('--vh');
			root.removeProperty('--vtop');
		}
	};
	view.addEventListener('resize', apply);
	view.addEventListener('scroll', apply);
}

export const prefersReducedMotion = (): boolean => matchMedia('(prefers-reduced-motion: reduce)').matches;

/** Copy text; the clipboard API is for secure contexts, and a page on the local network may be plain http. */
export async function copyText(text: string): Promise<boolean> {
	try {
		await navigator.clipboard.writeText(text);
		return true;
	} catch {
		const area = document.createElement('textarea');
		area.value = text;
		area.setAttribute('readonly', '');
		(document.querySelector('dialog[open]') ?? document.body).append(area);
		area.select();
		const done = document.execCommand('copy');
		area.remove();
		return done;
	}
}

/** Web storage may be switched off or full; then the page works without remembering. */
export const store = {
	get<T>(area: Storage, key: string): T | null {
		try {
			return JSON.parse(area.getItem(key) ?? 'null') as T | null;
		} catch {
			return null;
		}
	},
	set(area: Storage, key: string, value: unknown): void {
		try {
			if (value === null) area.removeItem(key);
			else area.setItem(key, JSON.stringify(value));
		} catch {
			/* remembered for this page's life only */
		}
	},
};
