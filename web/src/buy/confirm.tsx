/* A payment that waits for its buyer: the bank asks back. With the test provider the buyer plays the bank. */
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { now } from '../api/clock';
import { get, post } from '../api/http';
import { askMarket, market } from '../api/market';
import { holds } from '../api/mine';
import { socket } from '../api/socket';
import type { Order } from '../api/types';
import { useAction } from '../ui/action';
import { Alert } from '../ui/alert';
import { countdown, money } from '../ui/format';

const LOOK_MS = 4000;

/** `refused`: by this press. */
export type OrderProps = { order: Order; onOrder: (order: Order, refused?: boolean) => void };

/** Hear what becomes of an order: told by the socket, and asked for in case the line is away. */
export function useOrder({ order, onOrder }: OrderProps): void {
	const open = order.state === 'paying';
	useEffect(() => {
		if (!open) return undefined;
		const stop = socket.on('order', (event) => event.order.id === order.id && onOrder(event.order));
		const look = (): void => void get<{ order: Order }>(`/api/v1/orders/${order.id}`).then((reply) => onOrder(reply.order), () => undefined);
		const timer = setInterval(look, LOOK_MS);
		return () => {
			stop();
			clearInterval(timer);
		};
	}, [order.id, open, onOrder]);
}

export function PendingPayment({ order, onOrder }: OrderProps): JSX.Element {
	useOrder({ order, onOrder });
	useEffect(() => void askMarket(), []);
	const action = useAction();
	const answer = (agree: boolean): void =>
		void action.run(async () => onOrder((await post<{ order: Order }>(`/api/v1/payments/test/${order.id}`, { agree })).order, !agree));
	if (!order.confirm) {
		return (
			<p class="pending" role="status" data-testid="payment-pending">
				<span class="spinner" aria-hidden="true" /> Your payment of {money(order.total, order.currency)} is being decided. You can leave this page: what becomes of it is in
				your orders.
			</p>
		);
	}
	return (
		<div class="confirm stack" data-testid="payment-confirm" data-order={order.id}>
			<p role="status">
				<b>Your bank asks you to confirm</b> the payment of {money(order.total, order.currency)} to {order.seller.display_name}.<TimeToConfirm order={order} />
			</p>
			<p class="hint">
				Nothing is charged until you do.{market.value?.payments === 'test' && ' In this market of test payments you answer for the bank yourself.'}
			</p>
			<Alert text={action.error} />
			<div class="pair">
				<button type="button" disabled={action.busy} onClick={() => answer(false)} data-testid="payment-refuse">
					Refuse
				</button>
				<button type="button" class="primary" disabled={action.busy} onClick={() => answer(true)} data-testid="payment-agree">
					{action.busy ? 'One moment…' : 'Confirm'}
				</button>
			</div>
		</div>
	);
}

/* What is being paid is held until the latest of its deadlines. */
function TimeToConfirm({ order }: { order: Order }): JSX.Element | null {
	const paying = holds.value.filter((hold) => hold.state === 'paying' && hold.listing.seller.id === order.seller.id);
	const left = Math.max(...paying.map((hold) => hold.expires_at_ms)) - now.value;
	if (!(left > 0)) return null;
	return (
		<>
			{' '}
			It is held for <span class="digits">{countdown(left)}</span>.
		</>
	);
}
