/* Paying once. The key of an attempt lives until the server has said clearly what became of it; while that is
 * open, pressing again repeats the very same request, which can not charge twice. */
import { ApiError, codeOf, isUncertain } from '../api/error';
import { get, post } from '../api/http';
import { newKey } from '../api/key';
import type { Address, Id, Order } from '../api/types';
import { store } from '../ui/dom';

const TRIES = 3;
const TIMEOUT_MS = 45_000;
const keyName = (seller: Id): string => `trunkshow.pay.${seller}`;

export class UnknownOutcome extends Error {}

/** @param total what the buyer sees; when it is more by now, nothing is charged. @return the paid order. Throws ApiError for a clear refusal, UnknownOutcome when nobody answered. */
export async function pay(seller: Id, address: Address, card: string, total?: number): Promise<Order> {
	const kept = store.get<string>(sessionStorage, keyName(seller));
	const key = kept ?? newKey();
	store.set(sessionStorage, keyName(seller), key);
	for (let attempt = 1; ; attempt++) {
		try {
			const { order } = await post<{ order: Order }>('/api/v1/checkout', { seller, address, key, payment: { card }, ...(total !== undefined && { total }) }, TIMEOUT_MS);
			store.set(sessionStorage, keyName(seller), null);
			return order;
		} catch (error) {
			if (codeOf(error) === 'key_conflict') return settled(seller, error);
			if (!isUncertain(error)) {
				store.set(sessionStorage, keyName(seller), null);
				throw error;
			}
			if (attempt >= TRIES) throw new UnknownOutcome();
			await new Promise((resolve) => setTimeout(resolve, 1000 * attempt));
		}
	}
}

/* The first try did reach the server, and this one differs from it: what came of the first is in the orders. */
async function settled(seller: Id, error: unknown): Promise<Order> {
	store.set(sessionStorage, keyName(seller), null);
	const { orders } = await get<{ orders: Order[] }>('/api/v1/orders?as=buyer');
	const recent = orders.find((o) => o.seller.id === seller && o.state === 'paid' && o.paid_ms && Date.now() - o.paid_ms < 600_000);
	if (recent) return recent;
	throw error instanceof ApiError ? error : new ApiError('internal');
}
