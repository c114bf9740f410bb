/* The notices of the account, newest first; looking at them marks them read. */
import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { serverNow } from '../api/clock';
import { latest, loadNews, NEWS_PAGE, readUntil } from '../api/news';
import type { News } from '../api/types';
import { newsLink, newsText } from '../text/news';
import { useAction } from './action';
import { Alert } from './alert';
import { clockTime, when } from './format';
import { Sheet } from './sheet';

export function NewsSheet({ onClose }: { onClose: () => void }): JSX.Element {
	const [list, setList] = useState<News[] | null>(null);
	const [more, setMore] = useState(false);
	const action = useAction();
	const load = (before?: News): void =>
		void action.run(async () => {
			const page = await loadNews(before?.id);
			setList((known) => (before ? [...(known ?? []), ...page] : page));
			setMore(page.length >= NEWS_PAGE);
			/* Marked by what was shown: what comes meanwhile stays unread. */
			if (!before && page[0] && !page.every(({ read }) => read)) await readUntil(page[0].id);
		});
	useEffect(() => load(), [latest.value?.id]);
	return (
		<Sheet title="Notices" onClose={onClose} testid="news-sheet">
			{action.error && <Alert text={action.error} />}
			{list?.length === 0 && <p class="empty">Nothing has happened yet. Places in line, parcels and sales are told here.</p>}
			<ul class="rows" onClick={(event) => (event.target as Element).closest('a') && onClose()}>
				{list?.map((news) => (
					<Row key={news.id} news={news} />
				))}
			</ul>
			{more && (
				<button type="button" disabled={action.busy} onClick={() => load(list!.at(-1))}>
					Older ones
				</button>
			)}
		</Sheet>
	);
}

function Row({ news }: { news: News }): JSX.Element {
	const to = newsLink(news);
	const text = (
		<span class="row-text">
			<b>
				{!news.read && <span class="visually-hidden">New: </span>}
				{newsText(news)}
			</b>
			<span>{serverNow() - news.at_ms < 12 * 3_600_000 ? clockTime(news.at_ms) : when(news.at_ms, serverNow())}</span>
		</span>
	);
	return (
		<li class={news.read ? '' : 'unread'} data-testid="news" data-code={news.code} data-read={news.read}>
			{to ? (
				<a class="row link" href={to}>
					{text}
				</a>
			) : (
				<span class="row">{text}</span>
			)}
		</li>
	);
}
