/* What has been sold and goes out: packing slips, tracking, cancelling, the list as CSV. */
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { get } from '../api/http';
import type { Id, Order } from '../api/types';
import { isOrder } from '../buy/order-state';
import { Alert } from '../ui/alert';
import { MoreButton, usePages } from '../ui/use-pages';
import { OrderCard } from './order-card';
import './seller.css';

const LOOK_MS = 10_000;

type View = 'paid' | 'shipped' | 'all';
const views: [View, string][] = [
	['paid', 'To ship'],
	['shipped', 'Shipped'],
	['all', 'All'],
];
const nothing: Record<View, string> = {
	paid: 'Nothing to ship. Orders appear here as soon as they are paid.',
	shipped: 'Nothing has been shipped yet.',
	all: 'No orders yet. They appear here as soon as they are paid.',
};

const PAGE = 100;

const ask = async (view: View, before?: Id): Promise<Order[]> =>
	(await get<{ orders: Order[] }>(`/api/v1/orders?as=seller${view === 'all' ? '' : `&state=${view}`}${before ? `&before=${before}` : ''}`)).orders;

export function SellerOrders(): JSX.Element {
	const [view, setView] = useState<View>('paid');
	const [chosen, setChosen] = useState<Set<string>>(new Set());
	/* What is to be shipped is always known, the rest when it is looked at. */
	const paid = usePages((before) => ask('paid', before), PAGE, 'paid', LOOK_MS);
	const others = usePages((before) => (view === 'paid' ? Promise.resolve([]) : ask(view, before)), PAGE, view, LOOK_MS);
	const orders = view === 'paid' ? paid : others;
	const toShip = paid.value ?? [];
	const shown = (orders.value ?? []).filter((order) => isOrder(order) && (view === 'all' || order.state === view));
	const put = (order: Order): void => {
		const changed = (known: Order): Order => (known.id === order.id ? order : known);
		paid.set(toShip.map(changed).filter(({ state }) => state === 'paid'));
		if (others.value) others.set(others.value.map(changed));
	};
	const choose = (id: string): void => {
		const next = new Set(chosen);
		if (!next.delete(id)) next.add(id);
		setChosen(next);
	};
	/* Only what is still to be shipped is packed. */
	const picked = toShip.filter((order) => chosen.has(order.id));
	const packed = picked.length ? picked : toShip;
	return (
		<>
			<h1>Orders</h1>
			<div class="choices" role="group" aria-label="Which orders">
				{views.map(([key, name]) => (
					<button key={key} type="button" class="small" aria-pressed={view === key} onClick={() => setView(key)} data-testid={`orders-${key}`}>
						{name} {key === 'paid' && toShip.length > 0 && <span class="digits">{toShip.length}</span>}
					</button>
				))}
			</div>
			{orders.error && <Alert text={orders.error} />}
			{view === 'paid' && packed.length > 0 && (
				<a class="button" href={`/studio#slips/${packed.map((order) => order.id).join(',')}`} data-testid="slips-open">
					{packed.length === 1 ? 'Packing slip' : picked.length ? `${packed.length} packing slips` : `All ${packed.length} packing slips`}
				</a>
			)}
			{orders.value && shown.length === 0 && <p class="empty">{nothing[view]}</p>}
			<ul class="orders">
				{shown.map((order) => (
					<OrderCard key={order.id} order={order} onChange={put} chosen={chosen.has(order.id)} onChoose={view === 'paid' && toShip.length > 1 ? () => choose(order.id) : undefined} />
				))}
			</ul>
			<MoreButton more={orders.more} what="Show older orders" />
			<a class="button quiet" href="/api/v1/orders.csv?as=seller" download="orders.csv" data-testid="orders-csv">
				All orders as a table (CSV)
			</a>
		</>
	);
}
