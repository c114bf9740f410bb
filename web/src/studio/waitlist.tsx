/* Who waits for a listing, next first. */
import type { JSX } from 'preact';
import { get } from '../api/http';
import type { Waiter } from '../api/types';
import { ordinal, plural } from '../ui/format';
import { useData } from '../ui/use-data';

const LOOK_MS = 15_000;

export function Waitlist({ listing }: { listing: string }): JSX.Element | null {
	const list = useData(() => get<{ waiting: Waiter[] }>(`/api/v1/listings/${listing}/waitlist`), listing, LOOK_MS);
	const waiting = list.value?.waiting ?? [];
	if (waiting.length === 0) return null;
	return (
		<section aria-labelledby="waitlist" data-testid="waitlist">
			<h2 id="waitlist">{plural(waiting.length, 'person waits for it', 'people wait for it')}</h2>
			<ol class="rows">
				{waiting.map((waiter) => (
					<li key={waiter.id} class="row" data-testid="waitlist-entry">
						<span class="row-text">
							<b>{waiter.buyer.display_name}</b>
							<span>{[waiter.variant, waiter.quantity > 1 ? `${waiter.quantity} units` : ''].filter(Boolean).join(', ')}</span>
						</span>
						<span class="state">{waiter.place === 1 ? 'next' : ordinal(waiter.place)}</span>
					</li>
				))}
			</ol>
			<p class="hint">New stock goes to them first, in this order.</p>
		</section>
	);
}
