/* Claiming. One press is one attempt with one key, whatever happens on the way: a lost line, a reload, signing
 * up first. Only a clear answer ends the attempt, so a unit is never claimed twice by one press. */
import { signal, type ReadonlySignal } from '@preact/signals';
import { serverNow } from '../api/clock';
import { ApiError, isUncertain } from '../api/error';
import { post, remove } from '../api/http';
import { newKey } from '../api/key';
import { holds, loadCart, putHold, putWait, sellers } from '../api/mine';
import { account } from '../api/session';
import { socket } from '../api/socket';
import type { ClaimReply, Hold, Id, Waiting } from '../api/types';
import { explain, sentence } from '../text/codes';
import { store } from '../ui/dom';
import { brief, heldFor, ordinal } from '../ui/format';
import { notify } from '../ui/notices';
import { priceOf, type Offer } from './offer';

const PENDING = 'trunkshow.claim';
const STALE_MS = 120_000; /* nobody expects a press of two minutes ago to count */
const TRIES = 5;
const WARN_MS = 60_000;

type Pending = {
	/** The page it was pressed on. */
	place: string;
	show: Id | null;
	offer: Id;
	variant: Id | null;
	quantity: number;
	price: number;
	key: string;
	atMs: number;
};

/** `seen` is the price that the refused press carried. */
export type Refusal = { code: 'sold_out' } | { code: 'price_changed'; price: number; seen: number };

/** Where things are offered: a show, or a shop. */
export type Stand = {
	offers: ReadonlySignal<Offer[]>;
	/** An answer told more than the page knew. */
	learn: (offer: Offer, variant: Id | null, told: { price?: number; stock?: number }) => void;
	/** Run when it is known who claims, and again after each reconnect. @return stop. */
	whenReady: (fn: () => void) => () => void;
};

export const placeText = (waiting: Waiting): string => (waiting.place <= 1 ? 'You are next' : `${ordinal(waiting.place)} in line`);

export const nameOf = (what: { listing: { title: string }; variant: string | null }): string =>
	`“${brief(what.listing.title)}”${what.variant ? `, ${what.variant}` : ''}`;

export class ClaimDesk {
	readonly pending = signal<Pending | null>(null);
	readonly refusals = signal<Record<string, Refusal>>({});
	readonly wantsSignIn = signal(false);
	/** Which size or colour is chosen, by offer. */
	readonly chosen = signal<Record<Id, Id>>({});
	private sending = false;
	private tries = 0;
	private timer: number | undefined;
	private takeBack: (() => void) | undefined;
	private warned = new Set<Id>();
	private stops: (() => void)[];

	constructor(private readonly stand: Stand) {
		const kept = store.get<Pending>(sessionStorage, PENDING);
		if (kept && kept.place === location.pathname && Date.now() - kept.atMs < STALE_MS) this.pending.value = kept;
		else store.set(sessionStorage, PENDING, null);
		this.stops = [
			stand.whenReady(() => this.resume()),
			socket.on('hold', ({ hold }) => {
				if (hold.state === 'expired') notify(`The time for ${nameOf(hold)} has run out. Others can have it now.`, 'bad');
			}),
		];
		const warn = setInterval(() => this.warn(), 1000);
		this.stops.push(() => clearInterval(warn));
	}

	close(): void {
		clearTimeout(this.timer);
		for (const stop of this.stops) stop();
	}

	/** The chosen size or colour; where there is only one, it is that. */
	variantFor(offer: Offer): Id | null {
		const { variants } = offer.listing;
		if (variants.length === 1) return variants[0]!.id;
		const chosen = this.chosen.value[offer.id];
		return variants.some(({ id }) => id === chosen) ? chosen! : null;
	}

	choose(offer: Offer, variant: Id): void {
		this.chosen.value = { ...this.chosen.value, [offer.id]: variant };
	}

	/** A refusal counts until what it spoke of has moved on. */
	refusalFor(offer: Offer, variant: Id | null, stock: number, nowMs: number): Refusal | null {
		const refusal = this.refusals.value[refusalKey(offer.id, variant)];
		if (!refusal) return null;
		if (refusal.code === 'sold_out') return stock === 0 ? refusal : null;
		const price = priceOf(offer, nowMs);
		return price === refusal.price || price === refusal.seen ? refusal : null;
	}

	/** The buyer presses; `price` is what the button showed. */
	claim(offer: Offer, variant: Id | null, price: number, quantity = 1): void {
		if (this.pending.value && (this.sending || this.timer !== undefined)) return;
		this.refuse(offer.id, variant, null);
		const { show, id } = offer;
		this.keep({ place: location.pathname, show, offer: id, variant, quantity, price, key: newKey(), atMs: Date.now() });
		this.tries = 0;
		this.enter();
	}

	/** The guest closed the sign-in sheet: the press is taken back. */
	giveUp(): void {
		this.wantsSignIn.value = false;
		this.keep(null);
	}

	private resume(): void {
		const claim = this.pending.value;
		if (!claim) return;
		if (Date.now() - claim.atMs > STALE_MS && account.value) {
			this.keep(null);
			notify('Your claim did not get through while the connection was away. Please look again.', 'bad');
			return;
		}
		this.enter();
	}

	/* Who claims may not be known yet; then it goes on when it is. */
	private enter(): void {
		this.wantsSignIn.value = account.value === null;
		if (account.value) void this.send();
	}

	private async send(): Promise<void> {
		const claim = this.pending.value;
		if (!claim || this.sending) return;
		this.sending = true;
		clearTimeout(this.timer);
		this.timer = undefined;
		try {
			this.answered(claim, await ask(claim));
		} catch (error) {
			this.failed(claim, error);
		} finally {
			this.sending = false;
		}
	}

	private answered(claim: Pending, reply: ClaimReply): void {
		this.takeBack?.();
		this.keep(null);
		/* What ships along may be another seller's now, or one less. */
		if (sellers.peek()) void loadCart().catch(() => undefined);
		if (reply.status === 'held' && reply.hold) {
			putHold(reply.hold);
			notify(`Yours for ${heldFor(reply.hold.expires_at_ms - serverNow())}.`, 'good');
			return;
		}
		if (reply.status === 'waitlisted' && reply.waiting) {
			putWait(reply.waiting);
			notify(`${placeText(reply.waiting)}. It is yours as soon as it becomes free, while you stay here.`, 'good');
			return;
		}
		const offer = this.stand.offers.value.find((one) => one.id === claim.offer);
		if (offer) this.stand.learn(offer, claim.variant, reply);
		const refusal: Refusal =
			reply.status === 'price_changed'
				? { code: 'price_changed', price: reply.price ?? claim.price, seen: claim.price }
				: { code: 'sold_out' };
		this.refuse(claim.offer, claim.variant, refusal);
		/* The button itself says it, unless it is already about what is held: this press wanted one more. */
		if (holds.value.some((hold) => hold.item === claim.offer)) notify(sentence(refusal.code), 'bad');
	}

	private failed(claim: Pending, error: unknown): void {
		const code = error instanceof ApiError ? error.code : 'internal';
		if (code === 'unauthenticated') {
			this.wantsSignIn.value = true;
		} else if (code === 'offline' && claim.show) {
			/* Joining again after the reconnect sends it once more, with the same key. */
			this.takeBack = notify('No connection. Your claim goes out as soon as it is back, within two minutes.', 'bad');
		} else if (isUncertain(error) && ++this.tries < TRIES) {
			this.timer = window.setTimeout(() => {
				this.timer = undefined;
				void this.send();
			}, 500 * this.tries);
		} else {
			this.keep(null);
			notify(explain(error), 'bad');
			/* Perhaps it was done all the same: the bag knows. */
			if (isUncertain(error)) void loadCart().catch(() => undefined);
		}
	}

	private warn(): void {
		for (const hold of holds.value) {
			const left = hold.expires_at_ms - serverNow();
			if (hold.state !== 'active' || left > WARN_MS || left < 0 || this.warned.has(hold.id)) continue;
			this.warned.add(hold.id);
			notify(`One minute left for ${nameOf(hold)}.`);
		}
	}

	private refuse(offer: Id, variant: Id | null, refusal: Refusal | null): void {
		const { [refusalKey(offer, variant)]: _, ...rest } = this.refusals.value;
		this.refusals.value = refusal ? { ...rest, [refusalKey(offer, variant)]: refusal } : rest;
	}

	private keep(claim: Pending | null): void {
		this.pending.value = claim;
		store.set(sessionStorage, PENDING, claim);
	}
}

const refusalKey = (offer: Id, variant: Id | null): string => `${offer} ${variant ?? ''}`;

/* In a show over the socket, in the same queue as everybody's; out of a shop no socket needs to be open. */
function ask({ show, offer, variant, quantity, price, key }: Pending): Promise<ClaimReply> {
	const what = { ...(variant ? { variant } : {}), quantity, price, key };
	return show ? socket.request<ClaimReply>('claim', { show, item: offer, ...what }) : post<ClaimReply>('/api/v1/claims', { listing: offer, ...what });
}

/** @return once the server has taken it back. */
export async function giveBack(hold: Hold): Promise<void> {
	await remove(`/api/v1/holds/${hold.id}`);
	putHold({ ...hold, state: 'released' });
}

export async function leaveQueue(waiting: Waiting): Promise<void> {
	await remove(`/api/v1/waiting/${waiting.id}`);
	putWait({ ...waiting, state: 'left' });
}
