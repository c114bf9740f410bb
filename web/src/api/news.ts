/* News for the account: what happened while one looked elsewhere. How many are unread, and those that come meanwhile. */
import { effect, signal, untracked } from '@preact/signals';
import { get, post } from './http';
import { account, sessionToken, unread } from './session';
import { socket } from './socket';
import type { Id, News } from './types';

/** The one that came last; what shows it is up to the page. */
export const latest = signal<News | null>(null);

type Page = { notices: News[]; unread: number };

export const NEWS_PAGE = 50;

export async function loadNews(before?: Id): Promise<News[]> {
	const page = await get<Page>(`/api/v1/notices${before ? `?before=${before}` : ''}`);
	unread.value = page.unread;
	return page.notices;
}

/** Everything up to this one has been seen. */
export async function readUntil(until: Id): Promise<void> {
	await post('/api/v1/notices/read', { until });
	unread.value = 0;
}

socket.on('news', ({ notice }) => {
	unread.value += 1;
	latest.value = notice;
});

/** On pages that are about no show: listen all the same, by the account's name. @return stop. */
export function listen(): () => void {
	return effect(() => {
		if (!account.value) return undefined;
		return untracked(() => {
			socket.start();
			return socket.onOpen(() => {
				/* A socket that was opened by a guest does not know yet who has signed in since. */
				const token = sessionToken();
				void socket.request('hello', token ? { token } : {}).catch(() => undefined);
			});
		});
	});
}
