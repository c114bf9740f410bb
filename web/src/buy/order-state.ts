/* Where an order stands, in words; the server's states and the refund together make one. */
import type { Order } from '../api/types';

const words: Record<Order['state'], string> = {
	paying: 'Payment under way',
	paid: 'Paid, to be shipped',
	shipped: 'On its way',
	failed: 'Payment failed',
	cancelled: 'Cancelled',
};
const refunds: Record<Order['refund'], string> = { none: '', owed: ', refund under way', done: ', refunded' };

export const stateText = (order: Order): string =>
	order.state === 'paying' && order.confirm ? 'Waits for your confirmation' : words[order.state] + refunds[order.refund];

/** A declined payment is no order, unless money came late and goes back. */
export const isOrder = (order: Order): boolean => order.state !== 'failed' || order.refund !== 'none';
