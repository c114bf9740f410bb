/* Claims as they come: the newest over the picture, all of them in a sheet, with who waits and whose turn passed by. */
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { now } from '../api/clock';
import { isOpen } from '../api/mine';
import type { Room } from '../api/room';
import type { Claim, Waiter } from '../api/types';
import { countdown, money, ordinal } from '../ui/format';
import { ListingPhoto } from '../ui/picture';
import { Sheet } from '../ui/sheet';
import { MoreButton } from '../ui/use-pages';
import { loadOlder, type DeskList } from './desk';
import { hasSince, isGone, isPassedBy, SecondChance, whyPassed } from './second-chance';

const FRESH_MS = 20_000; /* how long a claim stays over the picture */

const states: Record<Claim['state'], string> = {
	active: 'holds it',
	paying: 'is paying',
	sold: 'has paid',
	released: 'gave it back',
	expired: 'ran out of time',
	returned: 'was cancelled',
};

export function LatestClaim({ room, onOpen }: { room: Room; onOpen: () => void }): JSX.Element {
	const latest = room.claims.value[0];
	const fresh = latest && room.claimSeen(latest.id) > now.value - FRESH_MS;
	return (
		<div class="latest-claim" role="status" aria-live="polite">
			{fresh && (
				<button type="button" class="claim-toast" onClick={onOpen}>
					<span class="one-line">
						<b>{latest.buyer.display_name}</b> {states[latest.state]}: {latest.listing.title}
						{latest.variant && `, ${latest.variant}`}
					</span>
				</button>
			)}
		</div>
	);
}

const waits = (waiter: Waiter): boolean => waiter.state === 'waiting';

type View = 'all' | 'unpaid' | 'waiting' | 'gone';
const listsOf: Record<View, DeskList[]> = { all: ['claims'], unpaid: ['claims'], waiting: ['waiting'], gone: ['claims', 'gone'] };

export function ClaimsSheet({ room, onClose }: { room: Room; onClose: () => void }): JSX.Element {
	const [view, setView] = useState<View>('all');
	const claims = room.claims.value;
	const waiting = room.waiters.value.filter(waits).sort((a, b) => a.place - b.place);
	const passed = room.waiters.value.filter(isPassedBy);
	const lost = claims.filter(isGone);
	const views: [View, string, number][] = [
		['all', 'All', claims.length],
		['unpaid', 'Not paid', claims.filter(isOpen).length],
		['waiting', 'Waiting', waiting.length],
		['gone', 'Passed', lost.length + passed.length],
	];
	const shown = view === 'all' ? claims : view === 'unpaid' ? claims.filter(isOpen) : view === 'gone' ? lost : [];
	const queue = view === 'waiting' ? waiting : view === 'gone' ? passed : [];
	return (
		<Sheet title="Claims" onClose={onClose} testid="claims-sheet" tall>
			<Totals claims={claims} more={room.older.value.claims !== null} />
			<div class="choices views" role="group" aria-label="Which ones">
				{views.map(([key, name, n]) => (
					<button key={key} type="button" class="small" aria-pressed={view === key} onClick={() => setView(key)} data-testid={`claims-${key}`}>
						{name} {n > 0 && <span class="digits">{n}</span>}
					</button>
				))}
			</div>
			{shown.length + queue.length === 0 && <p class="empty">{view === 'all' ? 'No claims yet.' : 'Nobody.'}</p>}
			<ul class="rows" data-testid="studio-claims">
				{shown.map((claim) => (
					<ClaimRow key={claim.id} room={room} claim={claim} />
				))}
				{queue.map((waiter) => (
					<WaiterRow key={waiter.id} room={room} waiter={waiter} />
				))}
			</ul>
			<MoreButton more={listsOf[view].some((list) => room.older.value[list]) ? () => void loadOlder(room, listsOf[view]) : null} what="Look further back" />
		</Sheet>
	);
}

/** Sums of what is paid, and of what is held and not paid yet; a show may sell in several currencies. */
function Totals({ claims, more }: { claims: Claim[]; more: boolean }): JSX.Element {
	const sum = (some: Claim[]): string => {
		const sums = new Map<string, number>();
		for (const { currency, price, quantity } of some) sums.set(currency, (sums.get(currency) ?? 0) + price * quantity);
		return [...sums].map(([currency, amount]) => money(amount, currency)).join(' + ') || '–';
	};
	return (
		<dl class="totals" data-testid="claims-totals">
			<div>
				<dt>Paid{more && `, of the last ${claims.length}`}</dt>
				<dd class="good">{sum(claims.filter((claim) => claim.state === 'sold'))}</dd>
			</div>
			<div>
				<dt>Not paid yet</dt>
				<dd>{sum(claims.filter(isOpen))}</dd>
			</div>
		</dl>
	);
}

const what = (number: number, variant: string | null): string => [number ? `No. ${number}` : '', variant].filter(Boolean).join(' ');

function ClaimRow({ room, claim }: { room: Room; claim: Claim }): JSX.Element {
	const { listing, buyer } = claim;
	return (
		<li class="row" data-testid="studio-claim" data-hold={claim.id} data-state={claim.state}>
			<ListingPhoto photo={listing.photo} size="s" />
			<span class="row-text">
				<b>{buyer.display_name}</b>
				<span>
					{[what(claim.number, claim.variant), listing.title].filter(Boolean).join(' · ')}
				</span>
				<span>
					{claim.quantity > 1 && `${claim.quantity} × ${money(claim.price, claim.currency)} = `}
					{money(claim.price * claim.quantity, claim.currency)}
				</span>
			</span>
			<span class="claim-end">
				<ClaimState claim={claim} />
				{isGone(claim) && !hasSince(room.claims.value, claim) && <Again room={room} body={{ hold: claim.id }} name={buyer.display_name} />}
			</span>
		</li>
	);
}

function ClaimState({ claim }: { claim: Claim }): JSX.Element {
	if (claim.state === 'active')
		return (
			<span class="state active">
				not paid <span class="digits">{countdown(claim.expires_at_ms - now.value)}</span>
			</span>
		);
	const words: Record<Claim['state'], string> = { active: '', paying: 'paying…', sold: 'paid', released: 'given back', expired: 'ran out', returned: 'cancelled' };
	return <span class={`state ${claim.state}`}>{words[claim.state]}</span>;
}

function WaiterRow({ room, waiter }: { room: Room; waiter: Waiter }): JSX.Element {
	const item = room.items.value.find((each) => each.id === waiter.item || each.listing.id === waiter.listing.id);
	return (
		<li class="row" data-testid="studio-waiter" data-waiting={waiter.id} data-state={waiter.state}>
			<ListingPhoto photo={item?.listing.photo ?? null} size="s" />
			<span class="row-text">
				<b>{waiter.buyer.display_name}</b>
				<span>
					{[what(item?.number ?? 0, waiter.variant), waiter.listing.title].filter(Boolean).join(' · ')}
				</span>
				{waiter.quantity > 1 && <span>{waiter.quantity} units</span>}
			</span>
			<span class="claim-end">
				<span class="state">{waiter.state === 'waiting' ? (waiter.place === 1 ? 'next in line' : `${ordinal(waiter.place)} in line`) : whyPassed[waiter.state]}</span>
				{isPassedBy(waiter) && <Again room={room} body={{ waiting: waiter.id }} name={waiter.buyer.display_name} />}
			</span>
		</li>
	);
}

/* Moderators look on. */
function Again({ room, body, name }: { room: Room; body: { hold: string } | { waiting: string }; name: string }): JSX.Element | null {
	return room.role.value === 'host' ? <SecondChance of={`/api/v1/shows/${room.id}`} body={body} name={name} /> : null;
}
