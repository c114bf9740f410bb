/* Orders, as their buyer or their seller looks at them. */
import type { ComponentChildren, JSX } from 'preact';
import type { Order } from '../api/types';
import { dateTime, money } from '../ui/format';
import { OrderLines } from './lines';
import { stateText } from './order-state';
import './buy.css';
import './orders.css';

/** `tools`: what can be done with it, below. */
type Props = { orders: Order[]; as: 'buyer' | 'seller'; tools?: (order: Order) => ComponentChildren };

export function OrderList({ orders, as, tools }: Props): JSX.Element {
	if (orders.length === 0)
		return <p class="empty">{as === 'buyer' ? 'You have not bought anything yet.' : 'No orders yet. They appear here as soon as they are paid.'}</p>;
	return (
		<ul class="orders">
			{orders.map((order) => (
				<li key={order.id} class="order" id={order.id} data-testid="order" data-order={order.id}>
					<header>
						<b>{as === 'buyer' ? order.seller.display_name : order.buyer.display_name}</b>
						<span class={`state ${order.state}`} data-testid="order-state">
							{stateText(order)}
						</span>
						<span class="order-total">{money(order.total, order.currency)}</span>
					</header>
					<OrderLines order={order} />
					<p class="hint">
						{dateTime(order.paid_ms ?? order.created_ms)}
						{order.shipping > 0 && ` · with ${money(order.shipping, order.currency)} shipping`}
					</p>
					{as === 'seller' && <AddressLines address={order.address} />}
					{tools?.(order)}
				</li>
			))}
		</ul>
	);
}

export function AddressLines({ address }: { address: Order['address'] }): JSX.Element {
	const country = new Intl.DisplayNames(undefined, { type: 'region' }).of(address.country || 'ZZ');
	const lines = [address.name, address.line1, address.line2, `${address.postcode} ${address.city}`, address.country && country].filter(Boolean);
	return (
		<address>
			{lines.map((line) => (
				<span key={line}>{line}</span>
			))}
		</address>
	);
}
