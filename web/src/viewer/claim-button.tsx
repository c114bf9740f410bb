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
	const hold = room.holds.value.find((h) => h.item === item.id);
	const asking = desk.pending.value?.item === item.id && !desk.wantsSignIn.value;
	const refusal = desk.refusals.value[item.id];
	const state = room.show.value?.state;
	const live = state === 'live';
	const kind = `claim ${small ? 'small' : ''}`;
	const own = item.listing.seller.id === account.value?.id;
	if (hold) return <HeldButton hold={hold} kind={kind} onCheckout={onCheckout} />;
	const price = money(item.price, item.currency);
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

function HeldButton({ hold, kind, onCheckout }: { hold: Hold; kind: string; onCheckout: (hold: Hold) => void }): JSX.Element {
	const left = countdown(hold.expires_at_ms - now.value);
	if (hold.state === 'paying') {
		return (
			<button type="button" class={`${kind} held`} disabled>
				Paying…
			</button>
		);
	}
	return (
		<button type="button" class={`${kind} held`} onClick={() => onCheckout(hold)} data-testid="checkout-open">
			<span>
				Check out ·{' '}
				<span class="digits" data-testid="claim-countdown">
					{left}
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
