/* /orders: what one has bought. */
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { get } from '../api/http';
import { account } from '../api/session';
import type { Order } from '../api/types';
import { TopBar } from '../ui/account';
import { setTitle } from '../ui/router';
import { SignInForm } from '../ui/signin';
import { useData } from '../ui/use-data';
import { OrderList } from './order-list';

export default function OrdersPage(): JSX.Element {
	useEffect(() => setTitle('My orders'), []);
	return (
		<>
			<TopBar personal back="/" />
			<main class="page narrow">
				<h1>My orders</h1>
				{account.value === null && <SignInForm why="Sign in to see what you have bought." />}
				{account.value && <Mine />}
			</main>
		</>
	);
}

function Mine(): JSX.Element {
	const orders = useData(() => get<{ orders: Order[] }>('/api/v1/orders?as=buyer'), account.value?.id, 15_000);
	return (
		<>
			{orders.error && (
				<p class="error" role="alert">
					{orders.error}
				</p>
			)}
			{/* A declined payment is no order. */}
			{orders.value && <OrderList orders={orders.value.orders.filter((order) => order.state !== 'failed')} as="buyer" />}
		</>
	);
}
