/* Claiming. One press is one attempt with one key, whatever happens on the way: a lost line, a reload, signing
 * up first. Only a clear answer ends the attempt, so a unit is never claimed twice by one press. */
import { effect, signal } from '@preact/signals';
import { serverNow } from '../api/clock';
import { ApiError, isUncertain } from '../api/error';
import { newKey } from '../api/key';
import type { Room } from '../api/room';
import { account } from '../api/session';
import { socket } from '../api/socket';
import type { ClaimReply, Id, Item } from '../api/types';
import { explain, sentence } from '../text/codes';
import { store } from '../ui/dom';
import { brief, countdown } from '../ui/format';
import { notify } from '../ui/notices';

const PENDING = 'trunkshow.claim';
const STALE_MS = 120_000; /* nobody expects a press of two minutes ago to count */
const TRIES = 5;
const WARN_MS = 60_000;

type Pending = { show: Id; item: Id; quantity: number; price: number; key: string; atMs: number };
export type Refusal = { code: 'sold_out' } | { code: 'price_changed'; price: number };

export class ClaimDesk {
	readonly pending = signal<Pending | null>(null);
	readonly refusals = signal<Record<Id, Refusal>>({});
	readonly wantsSignIn = signal(false);
	private sending = false;
	private tries = 0;
	private timer: number | undefined;
	private warned = new Set<Id>();
	private stops: (() => void)[];

	constructor(private readonly room: Room) {
		const kept = store.get<Pending>(sessionStorage, PENDING);
		if (kept && kept.show === room.id && Date.now() - kept.atMs < STALE_MS) this.pending.value = kept;
		else store.set(sessionStorage, PENDING, null);
		this.stops = [
			room.onJoined(() => this.resume()),
			socket.on('hold', ({ hold }) => {
				if (hold.state === 'expired' && hold.show === room.id)
					notify(`The time for “${brief(hold.listing.title)}” has run out. It is back for everybody.`, 'bad');
			}),
			/* A stock or price that moves makes an earlier refusal out of date. */
			effect(() => {
				const items = room.items.value;
				const refusals = this.refusals.peek();
				const kept = Object.entries(refusals).filter(([id, refusal]) => {
					const item = items.find((i) => i.id === id);
					return item && (refusal.code === 'sold_out' ? item.stock === 0 : item.price === refusal.price);
				});
				if (kept.length !== Object.keys(refusals).length) this.refusals.value = Object.fromEntries(kept);
			}),
		];
		const warn = setInterval(() => this.warn(), 1000);
		this.stops.push(() => clearInterval(warn));
	}

	close(): void {
		clearTimeout(this.timer);
		for (const stop of this.stops) stop();
	}

	/** The buyer presses; `price` is what the button showed. */
	claim(item: Item, price = item.price): void {
		if (this.pending.value && (this.sending || this.timer !== undefined)) return;
		this.forget(item.id);
		this.keep({ show: this.room.id, item: item.id, quantity: 1, price, key: newKey(), atMs: Date.now() });
		this.tries = 0;
		if (account.value) void this.send();
		else this.wantsSignIn.value = true;
	}

	/** The guest closed the sign-in sheet: the press is taken back. */
	giveUp(): void {
		this.wantsSignIn.value = false;
		this.keep(null);
	}

	private resume(): void {
		if (!this.pending.value) return;
		/* The page was reloaded while the guest was signing up. */
		this.wantsSignIn.value = !account.value;
		if (account.value) void this.send();
	}

	private async send(): Promise<void> {
		const claim = this.pending.value;
		if (!claim || this.sending) return;
		this.sending = true;
		clearTimeout(this.timer);
		this.timer = undefined;
		try {
			const { show, item, quantity, price, key } = claim;
			this.answered(claim, await socket.request<ClaimReply>('claim', { show, item, quantity, price, key }));
		} catch (error) {
			this.failed(error);
		} finally {
			this.sending = false;
		}
	}

	private answered(claim: Pending, reply: ClaimReply): void {
		this.keep(null);
		if (reply.status === 'held' && reply.hold) {
			this.room.putHold(reply.hold);
			const left = Math.floor((reply.hold.expires_at_ms - serverNow()) / 1000) * 1000;
			notify(`Yours for ${countdown(left)}.`, 'good');
			return;
		}
		const item = this.room.items.value.find((i) => i.id === claim.item);
		if (item) this.room.setItem({ ...item, price: reply.price ?? item.price, stock: reply.stock ?? item.stock });
		const refusal: Refusal =
			reply.status === 'price_changed'
				? { code: 'price_changed', price: reply.price ?? item?.price ?? claim.price }
				: { code: 'sold_out' };
		this.refusals.value = { ...this.refusals.value, [claim.item]: refusal };
		/* The button itself says it, unless it is already about what is held: this press wanted one more. */
		if (this.room.holds.value.some((hold) => hold.item === claim.item)) notify(sentence(refusal.code), 'bad');
	}

	private failed(error: unknown): void {
		const code = error instanceof ApiError ? error.code : 'internal';
		if (code === 'unauthenticated') {
			this.wantsSignIn.value = true;
		} else if (code === 'offline') {
			/* Joining again after the reconnect sends it once more, with the same key. */
		} else if (isUncertain(error) && ++this.tries < TRIES) {
			this.timer = window.setTimeout(() => {
				this.timer = undefined;
				void this.send();
			}, 500 * this.tries);
		} else {
			this.keep(null);
			notify(explain(error), 'bad');
		}
	}

	private warn(): void {
		for (const hold of this.room.holds.value) {
			const left = hold.expires_at_ms - serverNow();
			if (hold.state !== 'active' || left > WARN_MS || left < 0 || this.warned.has(hold.id)) continue;
			this.warned.add(hold.id);
			notify(`One minute left for “${brief(hold.listing.title)}”.`);
		}
	}

	forget(item: Id): void {
		const { [item]: _, ...rest } = this.refusals.value;
		this.refusals.value = rest;
	}

	private keep(claim: Pending | null): void {
		this.pending.value = claim;
		store.set(sessionStorage, PENDING, claim);
	}
}
