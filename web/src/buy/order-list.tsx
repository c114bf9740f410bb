/* Orders, as their buyer looks at them. */
import type { ComponentChildren, JSX } from 'preact';
import type { Order } from '../api/types';
import { dateTime, money } from '../ui/format';
import { OrderLines } from './lines';
import { stateText } from './order-state';
import './buy.css';
import './orders.css';

/** `tools`: what can be done with it, below. */
type Props = { orders: Order[]; tools: (order: Order) => ComponentChildren };

export function OrderList({ orders, tools }: Props): JSX.Element {
	if (orders.length === 0) return <p class="empty">You have not bought anything yet.</p>;
	return (
		<ul class="orders">
			{orders.map((order) => (
				<li key={order.id} class="order" id={order.id} data-testid="order" data-order={order.id}>
					<header>
						<b>{order.seller.display_name}</b>
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
					{tools(order)}
				</li>
			))}
		</ul>
	);
}
