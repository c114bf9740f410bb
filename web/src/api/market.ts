/* What the market says about itself before anybody signs in: how it is paid, and in which currency. Asked once, by the
 * page that needs it first; until there is an answer nothing is claimed about payments. */
import { signal } from '@preact/signals';
import { get } from './http';

export type Market = { payments: string; currency: string; hosting: 'approved' | 'anyone' };

export const market = signal<Market | null>(null);
let asked: Promise<void> | undefined;

export function askMarket(): Promise<void> {
	asked ??= get<Market>('/api/v1/market').then(
		(answer) => void (market.value = answer),
		/* It is a convenience; the next page to need it asks again. */
		() => void (asked = undefined),
	);
	return asked;
}
