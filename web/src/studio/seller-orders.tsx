/* What has been sold, with the addresses it goes to. */
import type { JSX } from 'preact';
import { get } from '../api/http';
import type { Order } from '../api/types';
import { OrderList } from '../buy/order-list';
import { useData } from '../ui/use-data';

export function SellerOrders(): JSX.Element {
	const orders = useData(() => get<{ orders: Order[] }>('/api/v1/orders?as=seller'), 'orders', 10_000);
	return (
		<>
			<h1>Orders to ship</h1>
			{orders.error && (
				<p class="error" role="alert">
					{orders.error}
				</p>
			)}
			{orders.value && <OrderList orders={orders.value.orders.filter((o) => o.state !== 'failed')} as="seller" />}
		</>
	);
}
