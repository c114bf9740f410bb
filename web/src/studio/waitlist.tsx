/* A listing in demand, for its seller: who waits, next first; whose hold ran out or whose turn passed by, and a second
 * chance for them, wherever they wanted it. */
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { get } from '../api/http';
import type { Claim, Id, Waiter } from '../api/types';
import { ordinal, plural } from '../ui/format';
import { MoreButton, usePages } from '../ui/use-pages';
import { hasSince, isGone, isPassedBy, SecondChance, whyPassed } from './second-chance';

const LOOK_MS = 15_000;
const PAGE = 200;
const FEW = 5; /* beside the form there is little room */

type Props = { listing: string };

const of = (listing: string): string => `/api/v1/listings/${listing}`;

export function Waitlist({ listing }: Props): JSX.Element | null {
	const ask = async (after?: Id): Promise<Waiter[]> => (await get<{ waiting: Waiter[] }>(`${of(listing)}/waitlist${after ? `?after=${after}` : ''}`)).waiting;
	const list = usePages(ask, PAGE, listing, LOOK_MS);
	const waiting = list.value ?? [];
	if (waiting.length === 0) return null;
	return (
		<section aria-labelledby="waitlist" data-testid="waitlist">
			<h2 id="waitlist">
				{list.more && 'More than '}
				{plural(waiting.length, 'person waits for it', 'people wait for it')}
			</h2>
			<ol class="rows">
				{waiting.map((waiter) => (
					<li key={waiter.id} class="row" data-testid="waitlist-entry">
						<Buyer name={waiter.buyer.display_name} about={[waiter.variant, units(waiter.quantity)]} />
						<span class="state">{waiter.place === 1 ? 'next' : ordinal(waiter.place)}</span>
					</li>
				))}
			</ol>
			<MoreButton more={list.more} what="Show who comes after them" />
			<p class="hint">New stock goes to them first, in this order.</p>
		</section>
	);
}

const units = (quantity: number): string => (quantity > 1 ? `${quantity} units` : '');

function Buyer({ name, about }: { name: string; about: (string | null)[] }): JSX.Element {
	return (
		<span class="row-text">
			<b>{name}</b>
			<span>{about.filter(Boolean).join(', ')}</span>
		</span>
	);
}

export function Missed({ listing }: Props): JSX.Element | null {
	const [all, setAll] = useState(false);
	const ask = async (list: 'claims' | 'gone', before?: Id): Promise<(Claim | Waiter)[]> =>
		(await get<Record<typeof list, (Claim | Waiter)[]>>(`${of(listing)}/claims?list=${list}${before ? `&before=${before}` : ''}`))[list];
	const claims = usePages((before) => ask('claims', before) as Promise<Claim[]>, PAGE, listing, LOOK_MS);
	const waits = usePages((before) => ask('gone', before) as Promise<Waiter[]>, PAGE, listing, LOOK_MS);
	const lost = (claims.value ?? []).filter((claim) => isGone(claim) && !hasSince(claims.value ?? [], claim));
	const passed = (waits.value ?? []).filter(isPassedBy);
	if (lost.length + passed.length === 0 && !claims.more && !waits.more) return null;
	const further = claims.more || waits.more;
	const more = (): void => {
		setAll(true);
		if (!all) return;
		claims.more?.();
		waits.more?.();
	};
	const most = all ? Infinity : FEW;
	return (
		<section aria-labelledby="missed" data-testid="missed">
			<h2 id="missed">Who did not get it</h2>
			<ul class="rows">
				{lost.slice(0, most).map((claim) => (
					<li key={claim.id} class="row" data-testid="missed-claim" data-hold={claim.id}>
						<Buyer name={claim.buyer.display_name} about={[claim.variant, units(claim.quantity), claim.show ? '' : 'in the shop', claim.state === 'expired' ? 'ran out of time' : 'gave it back']} />
						<SecondChance of={of(listing)} body={{ hold: claim.id }} name={claim.buyer.display_name} />
					</li>
				))}
				{passed.slice(0, Math.max(0, most - lost.length)).map((waiter) => (
					<li key={waiter.id} class="row" data-testid="missed-waiter" data-waiting={waiter.id}>
						<Buyer name={waiter.buyer.display_name} about={[waiter.variant, units(waiter.quantity), whyPassed[waiter.state]]} />
						<SecondChance of={of(listing)} body={{ waiting: waiter.id }} name={waiter.buyer.display_name} />
					</li>
				))}
			</ul>
			<MoreButton more={further || lost.length + passed.length > most ? more : null} what={all ? 'Look further back' : 'Show all of them'} />
			<p class="hint">“Hold again” gives one of them what is in stock, at the price they saw; they are told at once.</p>
		</section>
	);
}
