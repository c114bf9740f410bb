/* The button that claims: what it says follows the item, the buyer's hold on it, and the last answer. */
import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { now } from '../api/clock';
import type { Room } from '../api/room';
import { account } from '../api/session';
import type { Hold, Item } from '../api/types';
import { countdown, money } from '../ui/format';
import type { ClaimDesk } from './claims';

const SETTLE_MS = 500;

/* Just after the item or its price has changed under the thumb a press was meant for what stood there before. */
function useSettled(what: string): boolean {
	const [settled, setSettled] = useState('');
	useEffect(() => {
		const timer = setTimeout(() => setSettled(what), SETTLE_MS);
		return () => clearTimeout(timer);
	}, [what]);
	return settled === what;
}

type Props = { item: Item; room: Room; desk: ClaimDesk; onCheckout: (hold: Hold) => void; small?: boolean };

export function ClaimButton({ item, room, desk, onCheckout, small = false }: Props): JSX.Element {
	const settled = useSettled(`${item.id} ${item.price}`);
	const holds = room.holds.value.filter((h) => h.item === item.id);
	const asking = desk.pending.value?.item === item.id && !desk.wantsSignIn.value;
	const refusal = desk.refusals.value[item.id];
	const state = room.show.value?.state;
	const live = state === 'live';
	const kind = `claim ${small ? 'small' : ''}`;
	const own = item.listing.seller.id === account.value?.id;
	const price = money(item.price, item.currency);
	if (holds.length) {
		const more = live && !small && item.stock > 0;
		return (
			<span class={small ? '' : 'claim-row'}>
				<HeldButton holds={holds} kind={kind} onCheckout={onCheckout} />
				{more && (
					<button type="button" class="more" disabled={!settled || asking} onClick={() => desk.claim(item)} data-testid="claim-more">
						<span>
							+1<span class="visually-hidden"> more for {price}</span>
						</span>
					</button>
				)}
			</span>
		);
	}
	if (refusal?.code === 'price_changed' && item.stock > 0) {
		return (
			<button type="button" class={`${kind} changed`} onClick={() => desk.claim(item)} disabled={!settled} data-testid="claim-button">
				<span>Price is now {price}.</span> <b>Claim anyway</b>
			</button>
		);
	}
	if (refusal?.code === 'sold_out' || item.stock <= 0) {
		return (
			<button type="button" class={kind} disabled data-testid="claim-button">
				Sold out
			</button>
		);
	}
	return (
		<button
			type="button"
			class={`${kind} ${settled ? '' : 'settling'}`}
			disabled={!live || !settled || own || asking}
			onClick={() => desk.claim(item)}
			data-testid="claim-button"
		>
			{asking ? 'Claiming…' : own ? 'Your own item' : state === 'ended' ? 'Show is over' : !live ? 'Opens with the show' : small ? 'Claim' : `Claim · ${price}`}
			{small && <span class="visually-hidden"> {item.listing.title}</span>}
		</button>
	);
}

/* Each press made a hold of its own; the button counts them together and runs with the one that ends first. */
function HeldButton({ holds, kind, onCheckout }: { holds: Hold[]; kind: string; onCheckout: (hold: Hold) => void }): JSX.Element {
	const active = holds.filter((hold) => hold.state === 'active').sort((a, b) => a.expires_at_ms - b.expires_at_ms);
	const first = active[0];
	if (!first) {
		return (
			<button type="button" class={`${kind} held`} disabled>
				Paying…
			</button>
		);
	}
	const units = active.reduce((n, hold) => n + hold.quantity, 0);
	return (
		<button type="button" class={`${kind} held`} onClick={() => onCheckout(first)} data-testid="checkout-open">
			<span>
				Check out{units > 1 && ` ${units}`} ·{' '}
				<span class="digits" data-testid="claim-countdown">
					{countdown(first.expires_at_ms - now.value)}
				</span>
			</span>
		</button>
	);
}

/** "3 left", "Last one", "Sold out" */
export function stockText(item: Item): string {
	if (item.stock <= 0) return 'Sold out';
	return item.stock === 1 ? 'Last one' : `${item.stock} left`;
}
