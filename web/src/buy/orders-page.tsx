/* /orders: what one has bought, where it is, and what can still be done about it. */
import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { get, post } from '../api/http';
import { holds, loadCart } from '../api/mine';
import { account } from '../api/session';
import { socket } from '../api/socket';
import type { Id, Order } from '../api/types';
import { TopBar } from '../ui/account';
import { useAction } from '../ui/action';
import { Alert } from '../ui/alert';
import { copyText } from '../ui/dom';
import { dateTime, money } from '../ui/format';
import { Copy } from '../ui/icons';
import { notify } from '../ui/notices';
import { hash, setTitle } from '../ui/router';
import { SignInForm } from '../ui/signin';
import { MoreButton, usePages } from '../ui/use-pages';
import { PendingPayment } from './confirm';
import { OrderList } from './order-list';
import { isOrder } from './order-state';

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

const PAGE = 100;

const ask = async (before?: Id): Promise<Order[]> => (await get<{ orders: Order[] }>(`/api/v1/orders?as=buyer${before ? `&before=${before}` : ''}`)).orders;

function Mine(): JSX.Element {
	const orders = usePages(ask, PAGE, account.value?.id, 15_000);
	const list = orders.value;
	const [watched] = useState(() => new Set<Id>());
	/* A payment that was seen under way does not vanish when it fails: what became of it is told. */
	for (const { id, state } of list ?? []) if (state === 'paying') watched.add(id);
	const put = (told: Order): void => {
		if (list) orders.set(list.map((known) => (known.id === told.id ? told : known)));
	};
	useEffect(() => socket.on('order', ({ order }) => (list?.some(({ id }) => id === order.id) ? put(order) : void orders.reload())), [list]);
	/* What became of a payment's holds is told beside it. */
	useEffect(() => void (watched.size && loadCart().catch(() => undefined)), [watched.size]);
	/* A notice leads to its order. */
	const wanted = hash.value;
	const there = !!list?.some(({ id }) => id === wanted);
	useEffect(() => void (there && document.getElementById(wanted)?.scrollIntoView({ block: 'center' })), [wanted, there]);
	return (
		<>
			{orders.error && <Alert text={orders.error} />}
			{list && <OrderList orders={list.filter((order) => isOrder(order) || watched.has(order.id))} tools={(order) => <Tools order={order} onOrder={put} />} />}
			<MoreButton more={orders.more} what="Show older orders" />
		</>
	);
}

type ToolsProps = { order: Order; onOrder: (order: Order) => void };

function Tools({ order, onOrder }: ToolsProps): JSX.Element | null {
	if (order.state === 'paying') return <PendingPayment order={order} onOrder={onOrder} />;
	if (!order.paid_ms) return <Unpaid order={order} />;
	return (
		<>
			{order.state === 'shipped' && <Shipment order={order} />}
			<Refund order={order} />
			<Actions order={order} onOrder={onOrder} />
		</>
	);
}

/* Declined, refused, or not confirmed in time; or the money came when it was too late. */
function Unpaid({ order }: { order: Order }): JSX.Element {
	const held = holds.value.some((hold) => hold.state === 'active' && hold.listing.seller.id === order.seller.id);
	if (order.refund !== 'none')
		return (
			<>
				<p>The payment came too late: what it was for is no longer held.</p>
				<Refund order={order} />
			</>
		);
	return (
		<p data-testid="order-unpaid">
			Nothing was charged. {held ? 'What you hold is in your bag, to be paid another way.' : 'What it was for is no longer held for you.'}
		</p>
	);
}

function Refund({ order: { refund, total, currency } }: { order: Order }): JSX.Element | null {
	if (refund === 'none') return null;
	return (
		<p data-testid="order-refund">
			{refund === 'owed' ? `${money(total, currency)} are on their way back to your card.` : `${money(total, currency)} went back to your card.`}
		</p>
	);
}

function Shipment({ order: { carrier, tracking, shipped_ms } }: { order: Order }): JSX.Element {
	const copy = async (): Promise<void> => void notify((await copyText(tracking)) ? 'The tracking number is copied.' : tracking);
	return (
		<div class="copy-row" data-testid="order-shipment">
			<span>
				<span class="label">
					{carrier || 'Shipped'}
					{shipped_ms && ` · ${dateTime(shipped_ms)}`}
				</span>
				{tracking && <code data-testid="tracking">{tracking}</code>}
			</span>
			{tracking && (
				<button type="button" class="round quiet" aria-label="Copy the tracking number" onClick={() => void copy()} data-testid="tracking-copy">
					<Copy />
				</button>
			)}
		</div>
	);
}

function Actions({ order, onOrder }: ToolsProps): JSX.Element {
	const [asked, setAsked] = useState(false);
	const action = useAction();
	const cancel = (): void =>
		void action.run(async () => {
			onOrder((await post<{ order: Order }>(`/api/v1/orders/${order.id}/cancel`)).order);
			setAsked(false);
		});
	if (asked && order.state === 'paid') {
		return (
			<div class="stack guard" role="group" aria-label="Cancel this order?" data-testid="cancel-guard">
				<p>
					<b>Cancel this order?</b> {order.seller.display_name} is told, and {money(order.total, order.currency)} go back to your card. The items are offered to others again.
				</p>
				<Alert text={action.error} />
				<div class="pair">
					<button type="button" onClick={() => setAsked(false)} data-testid="cancel-keep">
						Keep it
					</button>
					<button type="button" class="danger" disabled={action.busy} onClick={cancel} data-testid="cancel-confirm">
						{action.busy ? 'Cancelling…' : 'Cancel it'}
					</button>
				</div>
			</div>
		);
	}
	return (
		<div class="order-tools">
			<a class="button small" href={`/orders/${order.id}/receipt`} data-testid="order-receipt">
				Receipt
			</a>
			{order.state === 'paid' && (
				<button type="button" class="small quiet" onClick={() => setAsked(true)} data-testid="order-cancel">
					Cancel…
				</button>
			)}
		</div>
	);
}
