/* /orders/{id}/receipt: one column, to keep or to print. */
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { get } from '../api/http';
import { account } from '../api/session';
import type { Order } from '../api/types';
import { TopBar } from '../ui/account';
import { Alert } from '../ui/alert';
import { dateTime, money } from '../ui/format';
import { setTitle } from '../ui/router';
import { SignInForm } from '../ui/signin';
import { useData } from '../ui/use-data';
import { AddressLines } from './address-lines';
import { OrderLines, Totals } from './lines';
import './receipt.css';

export default function ReceiptPage({ id }: { id: string }): JSX.Element {
	useEffect(() => setTitle('Receipt'), []);
	return (
		<>
			<TopBar personal back="/orders" />
			<main class="page narrow receipt">
				<h1>Receipt</h1>
				{account.value === null && <SignInForm why="Sign in to see your receipt." />}
				{account.value && <Receipt id={id} />}
			</main>
		</>
	);
}

function Receipt({ id }: { id: string }): JSX.Element {
	const { value, error } = useData(() => get<{ order: Order }>(`/api/v1/orders/${id}`), `${account.value?.id} ${id}`);
	if (error)
		return (
			<Alert text={error} />
		);
	if (!value) return <p class="empty">Opening the receipt…</p>;
	const { order } = value;
	return (
		<div class="stack" data-testid="receipt" data-order={order.id}>
			<p>{moneyText(order)}</p>
			<dl class="facts">
				<Fact name="Order" value={order.id} />
				<Fact name="Seller" value={order.seller.display_name} />
				{order.paid_ms && <Fact name="Paid" value={dateTime(order.paid_ms)} />}
				{order.shipped_ms && <Fact name="Shipped" value={[dateTime(order.shipped_ms), order.carrier, order.tracking].filter(Boolean).join(' · ')} />}
				{order.cancelled_ms && <Fact name="Cancelled" value={dateTime(order.cancelled_ms)} />}
			</dl>
			<section aria-label="What was bought">
				<OrderLines order={order} picture={false} />
				<Totals total={order.total} shipping={order.shipping} currency={order.currency} />
			</section>
			<section>
				<h2>Goes to</h2>
				<AddressLines order={order} />
			</section>
			<button type="button" class="primary no-print" onClick={() => print()} data-testid="print">
				Print
			</button>
		</div>
	);
}

const Fact = ({ name, value }: { name: string; value: string }): JSX.Element => (
	<div>
		<dt>{name}</dt>
		<dd>{value}</dd>
	</div>
);

/* A receipt says what was paid, and what went back. */
function moneyText({ state, refund, total, currency, buyer, seller, paid_ms }: Order): string {
	const sum = money(total, currency);
	if (refund === 'done') return `${sum} were paid and have been given back.`;
	if (refund === 'owed') return `${sum} were paid and are on their way back.`;
	if (!paid_ms || state === 'paying' || state === 'failed') return 'This order is not paid.';
	return `${buyer.display_name} paid ${sum} to ${seller.display_name}.`;
}
