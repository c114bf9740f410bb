/* Short messages that come and go, read out politely; one place for the whole page. While a sheet is open the
 * page behind it is inert, so the sheet shows them instead. */
import { signal } from '@preact/signals';
import type { JSX } from 'preact';
import { explain } from '../text/codes';

export type NoticeAction = { label: string; run: () => void };
type Notice = { id: number; text: string; kind: 'info' | 'good' | 'bad'; action: NoticeAction | undefined; depth: number };

/** How many sheets are open: the innermost shows the notices. */
export const sheetDepth = signal(0);

const SHOWN_MS = 5000;
const MOST = 2;
const notices = signal<Notice[]>([]);
let lastId = 0;

const drop = (id: number): void => {
	notices.value = notices.value.filter((notice) => notice.id !== id);
};

/** @return takes it back, when it is no longer true. */
export function notify(text: string, kind: Notice['kind'] = 'info', action?: NoticeAction): () => void {
	const id = ++lastId;
	const others = notices.value.filter((notice) => notice.text !== text);
	notices.value = [...others, { id, text, kind, action, depth: sheetDepth.peek() }].slice(-MOST);
	setTimeout(() => drop(id), SHOWN_MS + text.length * 30 + (action ? SHOWN_MS : 0));
	return () => drop(id);
}

/** Good news is old news once one goes on; what went wrong stays to be read. */
export const dropGoodNews = (): void => {
	notices.value = notices.value.filter((notice) => notice.kind !== 'good');
};

export const notifyError = (error: unknown): void => void notify(explain(error), 'bad');

export function Notices(props: { depth: number }): JSX.Element {
	/* Over a sheet there is room for one, and none for what was said before it opened. */
	const fresh = notices.value.filter((notice) => notice.depth >= props.depth);
	const shown = props.depth !== sheetDepth.value ? [] : props.depth ? fresh.slice(-1) : fresh;
	return (
		<div class="notices" role="status" aria-live="polite" data-testid={props.depth ? undefined : 'notices'}>
			{shown.map((notice) => (
				<p key={notice.id} class={`notice ${notice.kind}`}>
					<span>{notice.text}</span>
					{notice.action && (
						<button
							type="button"
							onClick={() => {
								notice.action!.run();
								drop(notice.id);
							}}
							data-testid="notice-action"
						>
							{notice.action.label}
						</button>
					)}
				</p>
			))}
		</div>
	);
}
