/* Each notice as a sentence, and where it leads. */
import type { News } from '../api/types';
import { brief, money } from '../ui/format';

const who = (news: News): string => news.actor?.display_name ?? 'Somebody';
const what = (news: News): string => (news.title ? `“${brief(news.title)}”` : 'an item');
const units = (news: News): string => (news.quantity > 1 ? `${news.quantity} × ` : '');
const sum = (news: News): string => money(news.amount, news.currency);

const sentences: Record<News['code'], (news: News) => string> = {
	featured: (news) => `${who(news)} shows your ${what(news)} right now.`,
	community_sold: (news) => `${who(news)} sold your ${units(news)}${what(news)}${news.amount ? ` for ${sum(news)}` : ''}.`,
	withdrawn: (news) => `${who(news)} took ${what(news)} back. You can no longer show it.`,
	blocked: (news) => `${who(news)} no longer lets you sell their listings.`,
	your_turn: (news) => `It is your turn: ${units(news)}${what(news)} is held for you.`,
	wait_ended: (news) => `Your wait for ${what(news)} is over: it is gone, or no longer offered at the price you saw.`,
	wait_lapsed: (news) => `You were away too long: your place in line for ${what(news)} went to the next.`,
	second_chance: (news) => `A second chance: ${units(news)}${what(news)} is held for you again.`,
	sold: (news) => `You sold ${units(news)}${what(news)}${news.amount ? ` for ${sum(news)}` : ''}.`,
	shipped: (news) => `${what(news)} is on its way to you.`,
	cancelled: (news) => `The order of ${what(news)} was cancelled${news.actor ? ` by ${news.actor.display_name}` : ''}.`,
	disk_full: (news) => `The disk is full: ${what(news)} is no longer recorded. The show itself goes on.`,
	seller_banned: (news) => `${units(news)}${what(news)} is no longer held for you: its seller may not sell here any more. You pay nothing for it.`,
	claim_voided: (news) => `${units(news)}${what(news)} is no longer held for you, because you were banned. You pay nothing for it.`,
	refunded: (news) => `${sum(news)}${news.title ? ` for ${what(news)}` : ''} went back to your card.`,
};

export const newsText = (news: News): string => sentences[news.code]?.(news) ?? news.title;

/** Where to look at it; null: nowhere in particular. */
export function newsLink(news: News): string | null {
	switch (news.code) {
		case 'disk_full':
		case 'featured':
		case 'your_turn':
		case 'second_chance':
		case 'wait_ended':
		case 'wait_lapsed':
		case 'seller_banned':
		case 'claim_voided':
			return news.show ? `/s/${news.show}` : '/';
		case 'community_sold':
		case 'sold':
			return '/studio#orders';
		case 'shipped':
		case 'refunded':
			return news.order ? `/orders#${news.order}` : '/orders';
		case 'withdrawn':
		case 'blocked':
			return '/studio';
		default:
			return null;
	}
}
