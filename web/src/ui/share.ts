/* A link to this page, by the device's own way of sharing, or copied. */
import { copyText } from './dom';
import { notify } from './notices';

/** @param more what goes behind the page's address, such as "?t=42". */
export async function sharePage(title: string, more = ''): Promise<void> {
	const url = location.origin + location.pathname + more;
	if (navigator.share) {
		await navigator.share({ title, url }).catch(() => undefined);
		return;
	}
	notify((await copyText(url)) ? 'The link is copied.' : url);
}
