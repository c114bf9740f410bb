/* What it costs now: while a flash runs, its price and time left beside the struck normal one. */
import type { JSX } from 'preact';
import { now } from '../api/clock';
import { countdown, money } from '../ui/format';
import { Bolt } from '../ui/icons';
import type { Offer } from './offer';

export function PriceTag({ offer, testid }: { offer: Pick<Offer, 'price' | 'flash' | 'currency'>; testid?: string }): JSX.Element {
	const { price, flash, currency } = offer;
	if (!flash || flash.until_ms <= now.value) return <b data-testid={testid}>{money(price, currency)}</b>;
	return (
		<span class="flash">
			<b data-testid={testid}>{money(flash.price, currency)}</b>
			<s data-testid="struck-price">
				<span class="visually-hidden">instead of </span>
				{money(price, currency)}
			</s>
			<span class="flash-left" data-testid="flash-left">
				<Bolt size={14} />
				<span class="visually-hidden">ends in </span>
				<span class="digits">{countdown(flash.until_ms - now.value)}</span>
			</span>
		</span>
	);
}
