/* Short messages that come and go, read out politely; one place for the whole page. While a sheet is open the
 * page behind it is inert, so the sheet shows them instead. */
import { signal } from '@preact/signals';
import type { JSX } from 'preact';
import { explain } from '../text/codes';

type Notice = { id: number; text: string; kind: 'info' | 'good' | 'bad' };

const SHOWN_MS = 5000;
const MOST = 2;
const notices = signal<Notice[]>([]);
let lastId = 0;

export function notify(text: string, kind: Notice['kind'] = 'info'): void {
	const id = ++lastId;
	const others = notices.value.filter((notice) => notice.text !== text);
	notices.value = [...others, { id, text, kind }].slice(-MOST);
	setTimeout(() => (notices.value = notices.value.filter((notice) => notice.id !== id)), SHOWN_MS + text.length * 30);
}

export const notifyError = (error: unknown): void => notify(explain(error), 'bad');

/** How many sheets are open: the innermost shows the notices. */
export const sheetDepth = signal(0);

export function Notices(props: { depth: number }): JSX.Element {
	/* Over a sheet there is room for one. */
	const shown = props.depth !== sheetDepth.value ? [] : props.depth ? notices.value.slice(-1) : notices.value;
	return (
		<div class="notices" role="status" aria-live="polite" data-testid={props.depth ? undefined : 'notices'}>
			{shown.map((notice) => (
				<p key={notice.id} class={`notice ${notice.kind}`}>
					{notice.text}
				</p>
			))}
		</div>
	);
}
