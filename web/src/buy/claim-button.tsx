/* The button that claims: what it says follows the offer, the buyer's hold on it or place in line, and the last answer. */
import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { now } from '../api/clock';
import { holds, waits } from '../api/mine';
import { account } from '../api/session';
import { socket } from '../api/socket';
import type { Hold, Variant, Waiting } from '../api/types';
import { useAction } from '../ui/action';
import { countdown, money } from '../ui/format';
import { variantName } from '../ui/variant';
import { leaveQueue, placeText, type ClaimDesk } from './claim-desk';
import { choiceName, mineOf, priceOf, stockText, unitsHeld, unitsOf, variantOf, type Offer } from './offer';

const SETTLE_MS = 500;

/* Just after the offer or its price has changed under the thumb a press was meant for what stood there before. */
function useSettled(what: string): boolean {
	const [settled, setSettled] = useState('');
	useEffect(() => {
		const timer = setTimeout(() => setSettled(what), SETTLE_MS);
		return () => clearTimeout(timer);
	}, [what]);
	return settled === what;
}

type Props = {
	offer: Offer;
	desk: ClaimDesk;
	onCheckout: (hold: Hold) => void;
	/** Why nothing can be claimed at the moment: "Show is over". */
	closed?: string;
	small?: boolean;
};

/** Sizes and colours to choose from, and the button. */
export function ClaimControls(props: Props): JSX.Element {
	const { offer, desk } = props;
	const chips = useRef<HTMLDivElement>(null);
	const several = offer.listing.variants.length > 1;
	return (
		<>
			{several && <Chips offer={offer} desk={desk} box={chips} />}
			<ClaimButton {...props} onMissing={() => chips.current?.querySelector<HTMLElement>('button:not(:disabled)')?.focus()} />
		</>
	);
}

function Chips({ offer, desk, box }: Pick<Props, 'offer' | 'desk'> & { box: { current: HTMLDivElement | null } }): JSX.Element {
	const chosen = desk.variantFor(offer);
	const own = mineOf(holds.value, offer);
	return (
		<div class="chips" role="group" aria-label={`Choose a ${choiceName(offer.listing)}`} ref={box} data-testid="variants">
			{offer.listing.variants.map((one) => (
				<Chip key={one.id} variant={one} own={own} chosen={one.id === chosen} onChoose={() => desk.choose(offer, one.id)} />
			))}
		</div>
	);
}

type ChipProps = { variant: Variant; own: Hold[]; chosen: boolean; onChoose: () => void };

function Chip({ variant, own, chosen, onChoose }: ChipProps): JSX.Element {
	const gone = variant.stock <= 0 && variant.held <= 0;
	const yours = unitsHeld(own.filter((hold) => hold.variant === variantName(variant)));
	const about = variant.stock <= 0 ? stockText(variant, yours).toLowerCase() : '';
	return (
		<button
			type="button"
			class={`chip ${gone ? 'struck' : about ? 'taken' : ''}`}
			disabled={gone}
			aria-pressed={chosen}
			onClick={onChoose}
			data-testid="variant"
			data-variant={variant.id}
		>
			{variantName(variant)}
			{about && <span class="visually-hidden">, {about}</span>}
		</button>
	);
}

function ClaimButton(props: Props & { onMissing: () => void }): JSX.Element {
	const { offer, desk, onCheckout, closed, small = false } = props;
	const variant = variantOf(offer.listing, desk.variantFor(offer));
	const name = variant && variantName(variant);
	const { stock, held } = unitsOf(offer, variant);
	const price = priceOf(offer, offer.flash ? now.value : 0);
	const queue = stock <= 0 && held > 0;
	/* What the thumb aims at: another offer, price or meaning is another button. */
	const settled = useSettled(`${offer.id} ${price} ${queue}`);
	const own = mineOf(holds.value, offer);
	const wait = mineOf(waits.value, offer).find((one) => one.variant === name || (!variant && offer.listing.variants.length > 0));
	const asking = desk.pending.value?.offer === offer.id && !desk.wantsSignIn.value;
	const kind = `claim ${small ? 'small' : ''}`;
	const claim = (at = price): void => desk.claim(offer, variant?.id ?? null, at);
	if (own.length) {
		const whole = variant !== null || offer.listing.variants.length === 0;
		/* One does not wait for what one holds oneself. */
		const line = queue && !wait && held > unitsHeld(own.filter((hold) => hold.variant === name));
		const more = !closed && !small && whole && (stock > 0 || line);
		return (
			<>
				<span class={small ? '' : 'claim-row'}>
					<HeldButton holds={own} kind={kind} small={small} onCheckout={onCheckout} />
					{more && (
						<button type="button" class="more" disabled={!settled || asking} onClick={() => claim()} data-testid="claim-more">
							<span>
								{stock > 0 ? '+1' : 'Wait'}
								<span class="visually-hidden">{`${stock > 0 ? ' more' : ' in line'}${name ? `, ${name},` : ''} for ${money(price, offer.currency)}`}</span>
							</span>
						</button>
					)}
				</span>
				{wait && !small && <WaitRow wait={wait} />}
			</>
		);
	}
	/* Lists tell the place; the way out stands once, above them. */
	if (wait) return small ? <b class="wait-place">{placeText(wait)}</b> : <WaitRow wait={wait} />;
	const face = faceOf({ ...props, variant, stock, held, price, asking });
	return (
		<button
			type="button"
			class={`${kind} ${face.look ?? ''} ${settled || !face.press ? '' : 'settling'}`}
			disabled={!face.press || !settled}
			onClick={() => (face.press === 'choose' ? props.onMissing() : claim(face.price))}
			data-testid="claim-button"
		>
			{face.text}
			{small && <span class="visually-hidden"> {offer.listing.title}</span>}
		</button>
	);
}

type Face = { text: JSX.Element | string; press?: 'claim' | 'choose'; price?: number; look?: string };
type Facts = Props & { variant: Variant | null; stock: number; held: number; price: number; asking: boolean };

function faceOf({ offer, desk, closed, small, variant, stock, held, price, asking }: Facts): Face {
	if (offer.listing.seller.id === account.value?.id) return { text: 'Your own item' };
	if (closed) return { text: closed };
	if (asking) return { text: offer.show && socket.state.value !== 'open' ? 'Waiting for the network…' : 'Claiming…' };
	if (stock <= 0 && held <= 0) return { text: 'Sold out' };
	if (!variant && offer.listing.variants.length > 0) return { text: small ? 'Choose' : `Choose a ${choiceName(offer.listing)}`, press: 'choose', look: 'choose' };
	const refusal = desk.refusalFor(offer, variant?.id ?? null, stock, now.peek());
	if (refusal?.code === 'sold_out') return { text: held > 0 ? 'Sold out for now' : 'Sold out' };
	if (stock <= 0) return { text: queueText(offer.waiting, small), press: 'claim', look: 'queue' };
	if (refusal) {
		return {
			text: (
				<>
					<span>Price is now {money(refusal.price, offer.currency)}.</span> <b>Claim anyway</b>
				</>
			),
			press: 'claim',
			price: refusal.price,
			look: 'changed',
		};
	}
	return { text: small ? 'Claim' : `Claim · ${money(price, offer.currency)}`, press: 'claim' };
}

function queueText(waiting: number, small: boolean | undefined): string {
	if (small) return 'Join waitlist';
	return waiting > 0 ? `${waiting} waiting: join the waitlist` : 'Join the waitlist';
}

/* Each press made a hold of its own; the button counts them together and runs with the one that ends first. */
type HeldProps = { holds: Hold[]; kind: string; small: boolean; onCheckout: (hold: Hold) => void };

function HeldButton({ holds, kind, small, onCheckout }: HeldProps): JSX.Element {
	const active = holds.filter((hold) => hold.state === 'active').sort((a, b) => a.expires_at_ms - b.expires_at_ms);
	const first = active[0];
	if (!first) {
		/* Perhaps it is the buyer whom the payment waits for: the way to it stays open. */
		return (
			<button type="button" class={`${kind} held`} onClick={() => onCheckout(holds[0]!)} data-testid="checkout-open">
				{small ? 'Paying…' : 'Payment under way'}
			</button>
		);
	}
	const units = active.reduce((n, hold) => n + hold.quantity, 0);
	return (
		<button type="button" class={`${kind} held`} onClick={() => onCheckout(first)} data-testid="checkout-open">
			<span>
				{small ? 'Pay' : 'Check out'}
				{units > 1 && ` ${units}`} ·{' '}
				<span class="digits" data-testid="claim-countdown">
					{countdown(first.expires_at_ms - now.value)}
				</span>
			</span>
		</button>
	);
}

/** "You are next", and the way out of the line. */
function WaitRow({ wait }: { wait: Waiting }): JSX.Element {
	return (
		<span class="wait-row" data-testid="wait-row" data-waiting={wait.id}>
			<span role="status">
				<b data-testid="wait-place">{placeText(wait)}</b>
				{wait.variant && <span> · {wait.variant}</span>}
			</span>
			<LeaveButton wait={wait} />
		</span>
	);
}

export function LeaveButton({ wait }: { wait: Waiting }): JSX.Element {
	const action = useAction();
	return (
		<>
			{action.error && (
				<span class="error" role="alert">
					{action.error}
				</span>
			)}
			<button type="button" class="small" disabled={action.busy} onClick={() => void action.run(() => leaveQueue(wait))} data-testid="wait-leave">
				Leave<span class="visually-hidden"> the waitlist for {wait.listing.title}</span>
			</button>
		</>
	);
}
