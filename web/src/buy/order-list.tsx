/* Orders, as their buyer or their seller looks at them. */
import type { JSX } from 'preact';
import type { Order } from '../api/types';
import { dateTime, money } from '../ui/format';
import { ListingPhoto } from '../ui/picture';
import './orders.css';

const states: Record<Order['state'], string> = { paying: 'Payment under way', paid: 'Paid', failed: 'Payment failed', cancelled: 'Cancelled', shipped: 'Shipped' };

export function OrderList({ orders, as }: { orders: Order[]; as: 'buyer' | 'seller' }): JSX.Element {
	if (orders.length === 0)
		return <p class="empty">{as === 'buyer' ? 'You have not bought anything yet.' : 'No orders yet. They appear here as soon as they are paid.'}</p>;
	return (
		<ul class="orders">
			{orders.map((order) => (
				<li key={order.id} class="order" data-testid="order" data-order={order.id}>
					<header>
						<b>{as === 'buyer' ? order.seller.display_name : order.buyer.display_name}</b>
						<span class={`state ${order.state}`}>{states[order.state]}</span>
						<span class="order-total">{money(order.total, order.currency)}</span>
					</header>
					<ul class="rows">
						{order.lines.map((line) => (
							<li key={line.listing} class="row">
								<ListingPhoto photo={line.photo} size="s" />
								<span class="row-text">
									<b>{line.title}</b>
									<span>
										{line.quantity > 1 && `${line.quantity} × `}
										{money(line.price, order.currency)}
									</span>
								</span>
							</li>
						))}
					</ul>
					<p class="hint">{dateTime(order.paid_ms ?? order.created_ms)}</p>
					{as === 'seller' && (
						<address>
							{[order.address.name, order.address.line1, order.address.line2, `${order.address.postcode} ${order.address.city}`, order.address.country]
								.filter(Boolean)
								.map((part) => (
									<span key={part}>{part}</span>
								))}
						</address>
					)}
				</li>
			))}
		</ul>
	);
}
