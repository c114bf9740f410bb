/* How an item stands: its price, what is left, who waits; a flash price while it runs. */
import type { JSX } from 'preact';
import { now } from '../api/clock';
import type { Item } from '../api/types';
import { countdown, money } from '../ui/format';
import { Bolt } from '../ui/icons';

const LINE_MS = 300; /* the clocks differ by the line's own time: sixty seconds are not 1:01 */

export function ItemState({ item }: { item: Item }): JSX.Element {
	const left = item.stock > 0 ? `${item.stock} left` : item.listing.held > 0 ? 'all held' : 'sold out';
	return (
		<span>
			<PresentPrice item={item} /> {left}
			{item.waiting > 0 && `, ${item.waiting} waiting`}
		</span>
	);
}

export function PresentPrice({ item }: { item: Item }): JSX.Element {
	/* Only a running flash moves with the clock. */
	const left = item.flash ? item.flash.until_ms - now.value : 0;
	if (!item.flash || left <= 0) return <b class="price">{money(item.price, item.currency)}</b>;
	return (
		<b class="price in-flash">
			<Bolt size={16} /> {money(item.flash.price, item.currency)} <span class="digits">{countdown(left - LINE_MS)}</span>
		</b>
	);
}
