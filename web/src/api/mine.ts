/* What the account holds and waits for, in whichever show or shop: one truth for all pages. Snapshots (of a show's join,
 * of the cart) fill it, events keep it current. */
import { batch, signal } from '@preact/signals';
import { learnClock } from './clock';
import { get } from './http';
import { socket } from './socket';
import type { Hold, Id, Listing, Person, Waiting } from './types';

/** What is open with one seller: the price of the parcel, and what else would ship in it. */
export type CartSeller = { seller: Person; shipping: number; also: Listing[] };

export const holds = signal<Hold[]>([]);
export const waits = signal<Waiting[]>([]);
/** Null until the cart was asked for. */
export const sellers = signal<CartSeller[] | null>(null);

export const isOpen = (hold: Hold): boolean => hold.state === 'active' || hold.state === 'paying';
export const isWaiting = (waiting: Waiting): boolean => waiting.state === 'waiting';

/* Ids are time-ordered, so what was claimed first stands first whoever tells it. */
const byAge = (a: { id: Id }, b: { id: Id }): number => (a.id < b.id ? -1 : 1);
const placed = <T extends { id: Id }>(list: T[], one: T, kept: boolean): T[] => {
	const others = list.filter((known) => known.id !== one.id);
	return kept ? [...others, one].sort(byAge) : others;
};

/* How often something was told: what was asked for before that is out of date. */
let told = 0;

export function putHold(hold: Hold): void {
	told++;
	holds.value = placed(holds.value, hold, isOpen(hold));
}

export function putWait(waiting: Waiting): void {
	told++;
	waits.value = placed(waits.value, waiting, isWaiting(waiting));
}

/** The snapshot of one show replaces what was known of it; what comes from elsewhere stays. */
export function takeShow(show: Id, held: Hold[], waiting: Waiting[]): void {
	const merge = <T extends { id: Id; show: Id | null }>(known: T[], told: T[]): T[] => {
		const ids = new Set(told.map(({ id }) => id));
		return [...known.filter((one) => one.show !== show && !ids.has(one.id)), ...told].sort(byAge);
	};
	batch(() => {
		holds.value = merge(holds.value, held.filter(isOpen));
		waits.value = merge(waits.value, waiting.filter(isWaiting));
	});
}

type Cart = { holds: Hold[]; waiting: Waiting[]; sellers: CartSeller[]; now_ms: number };

let loading: Promise<void> | undefined;

/** Ask for all of it; who asks while that is under way waits for the same answer. */
export function loadCart(): Promise<void> {
	loading ??= askCart().finally(() => (loading = undefined));
	return loading;
}

async function askCart(): Promise<void> {
	for (let again = 0; ; again++) {
		const sentMs = Date.now();
		const before = told;
		const cart = await get<Cart>('/api/v1/cart');
		learnClock(sentMs, Date.now(), cart.now_ms);
		/* An event overtook the answer, which may be older: ask once more, but not for ever. */
		if (told === before || again >= 3) return takeCart(cart);
	}
}

function takeCart(cart: Cart): void {
	batch(() => {
		holds.value = cart.holds.filter(isOpen).sort(byAge);
		waits.value = cart.waiting.filter(isWaiting).sort(byAge);
		sellers.value = cart.sellers;
	});
}

socket.on('hold', ({ hold }) => putHold(hold));
socket.on('waiting', ({ waiting }) => putWait(waiting));
/* While the line was away a hold may have run out, and a snapshot of one show does not tell of the others. */
socket.onOpen(() => {
	if (holds.peek().length + waits.peek().length > 0) void loadCart().catch(() => undefined);
});
