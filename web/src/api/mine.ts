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

export function putHold(hold: Hold): void {
	holds.value = placed(holds.value, hold, isOpen(hold));
}

export function putWait(waiting: Waiting): void {
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

export async function loadCart(): Promise<void> {
	const sentMs = Date.now();
	const cart = await get<Cart>('/api/v1/cart');
	learnClock(sentMs, Date.now(), cart.now_ms);
	batch(() => {
		holds.value = cart.holds.filter(isOpen).sort(byAge);
		waits.value = cart.waiting.filter(isWaiting).sort(byAge);
		sellers.value = cart.sellers;
	});
}

socket.on('hold', ({ hold }) => putHold(hold));
socket.on('waiting', ({ waiting }) => putWait(waiting));
