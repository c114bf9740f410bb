/* The address decides the page; links inside the site change it without loading everything again. */
import { signal } from '@preact/signals';

export const path = signal(location.pathname);
export const hash = signal(location.hash.slice(1));

function sync(): void {
	path.value = location.pathname;
	hash.value = location.hash.slice(1);
}

export function navigate(to: string): void {
	history.pushState(null, '', to);
	sync();
	scrollTo(0, 0);
}

export function replaceHash(to: string): void {
	history.replaceState(null, '', `#${to}`);
	sync();
}

export function startRouter(): void {
	addEventListener('popstate', sync);
	addEventListener('hashchange', sync);
	document.addEventListener('click', (event) => {
		if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
		const link = (event.target as Element).closest?.('a');
		if (!link || link.target || link.hasAttribute('download') || link.origin !== location.origin) return;
		event.preventDefault();
		navigate(link.pathname + link.search + link.hash);
	});
}

/** The page's name in the tab and for screen readers. */
export function setTitle(title: string): void {
	document.title = title ? `${title} · Trunkshow` : 'Trunkshow';
}
