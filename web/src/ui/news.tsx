/* News as it comes: a short notice on whatever page one is. What the waitlist passed on says how long it is held. */
import { effect, untracked } from '@preact/signals';
import { serverNow } from '../api/clock';
import { holds, loadCart } from '../api/mine';
import { latest } from '../api/news';
import type { News } from '../api/types';
import { newsLink, newsText } from '../text/news';
import { brief, heldFor } from './format';
import { notify, type NoticeAction } from './notices';
import { navigate, path } from './router';

const passedOn = (news: News): boolean => news.code === 'your_turn' || news.code === 'second_chance';

export function startNews(): void {
	effect(() => {
		const news = latest.value;
		if (news) untracked(() => void tell(news));
	});
}

async function tell(news: News): Promise<void> {
	const to = newsLink(news);
	const here = to === null || to.split('#')[0] === path.peek();
	const action: NoticeAction | undefined = here ? undefined : { label: 'Look', run: () => navigate(to) };
	if (!passedOn(news)) return void notify(newsText(news), 'info', action);
	/* The hold is told just before its notice; on a page that heard neither it is asked for. */
	if (!holds.peek().some(({ id }) => id === news.hold)) await loadCart().catch(() => undefined);
	const hold = holds.peek().find(({ id }) => id === news.hold);
	if (!hold) return void notify(newsText(news), 'good', action);
	const left = heldFor(hold.expires_at_ms - serverNow());
	const name = `“${brief(hold.listing.title)}”${hold.variant ? `, ${hold.variant}` : ''}`;
	notify(`${news.code === 'your_turn' ? 'Your turn' : 'A second chance'}: ${name}. It is yours for ${left}.`, 'good', action);
}
