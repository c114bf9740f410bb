/* Checkout over the picture: one seller, one address, one payment. Nothing typed is lost by closing the sheet. */
import { signal } from '@preact/signals';
import type { JSX } from 'preact';
import { useCallback, useEffect, useState } from 'preact/hooks';
import { now } from '../api/clock';
import { codeOf } from '../api/error';
import { get } from '../api/http';
import { holds, loadCart, putHold, sellers } from '../api/mine';
import type { Address, Hold, Id, Order } from '../api/types';
import { explain } from '../text/codes';
import { useAction } from '../ui/action';
import { store } from '../ui/dom';
import { countdown, money } from '../ui/format';
import { Check } from '../ui/icons';
import { Sheet } from '../ui/sheet';
import { AddressFields, emptyAddress } from './address';
import { CardField } from './card-field';
import { PendingPayment } from './confirm';
import { heldLine, heldSum, Line, OrderLines, Totals } from './lines';
import { pay, UnknownOutcome } from './pay';
import './buy.css';

const ADDRESS = 'trunkshow.address';

/* The draft outlives the sheet; the card number lives in this page's memory alone. */
const address = signal<Address | null>(null);
const card = signal('');

const sellerOf = (hold: Hold): Id => hold.listing.seller.id;
const refusedText = 'You refused the payment. Nothing was charged, and what you hold is still yours to pay.';
const failedText = 'The payment did not go through. Nothing was charged.';
const givenBackText = (order: Order): string =>
	`The payment came when this could no longer be sold to you. All of it, ${money(order.total, order.currency)}, goes back to your card.`;

/* Why an order is none, in words; null: it is one, or may become one. */
const whyNot = (order: Order): string | null => (order.refund !== 'none' ? givenBackText(order) : order.state === 'failed' ? failedText : null);

export function CheckoutSheet({ seller: first, onClose }: { seller: Id | null; onClose: () => void }): JSX.Element {
	/* Chosen once and kept: while a payment is decided its holds come and go, and the form must stand still. */
	const [seller, setSeller] = useState(() => first ?? (holds.peek()[0] ? sellerOf(holds.peek()[0]!) : null));
	const [order, setOrder] = useState<Order | null>(null);
	const [failure, setFailure] = useState('');
	const [names] = useState(() => new Map<Id, string>());
	for (const { listing } of holds.value) names.set(listing.seller.id, listing.seller.display_name);
	const heard = useCallback((told: Order, refused = false) => {
		/* A refusal is heard twice: as the answer to the press, and by the socket. */
		const failed = whyNot(told);
		if (failed) setFailure((said) => (refused ? refusedText : said || failed));
		setOrder(failed ? null : told);
		/* What is held after this, and what else the seller could put into the parcel. */
		if (told.state !== 'paying') void loadCart().catch(() => undefined);
	}, []);
	useEffect(() => {
		/* A payment of this seller that is still under way comes first. */
		if (!seller || !holds.peek().some((hold) => sellerOf(hold) === seller && hold.state === 'paying')) return;
		void get<{ orders: Order[] }>('/api/v1/orders?as=buyer&state=paying').then(({ orders }) => {
			const open = orders.find((one) => one.seller.id === seller && one.state === 'paying');
			if (open) setOrder(open);
		}, () => undefined);
	}, [seller]);
	if (order?.state === 'paying') {
		return (
			<Sheet title="Almost there" onClose={onClose} testid="pending-sheet">
				<OrderLines order={order} />
				<PendingPayment order={order} onOrder={heard} />
			</Sheet>
		);
	}
	if (order) return <Done order={order} onNext={(next) => (setSeller(next), setOrder(null), setFailure(''))} onClose={onClose} />;
	const others = new Set(holds.value.map(sellerOf));
	return (
		<Sheet title={seller && names.has(seller) ? `Check out with ${names.get(seller)}` : 'Check out'} onClose={onClose} testid="checkout-sheet">
			{others.size > 1 && (
				<div class="choices" role="group" aria-label="Seller">
					{[...others].map((id) => (
						<button key={id} type="button" class="small" aria-pressed={id === seller} onClick={() => setSeller(id)}>
							{names.get(id)}
						</button>
					))}
				</div>
			)}
			<PayForm key={seller ?? ''} seller={seller} failure={failure} onFailure={setFailure} onOrder={heard} />
		</Sheet>
	);
}

type FormProps = { seller: Id | null; failure: string; onFailure: (text: string) => void; onOrder: (order: Order) => void };

function PayForm({ seller, failure, onFailure, onOrder }: FormProps): JSX.Element {
	const [busy, setBusy] = useState(false);
	const parcel = useAction();
	useEffect(() => {
		address.value ??= store.get<Address>(localStorage, ADDRESS) ?? emptyAddress();
		void parcel.run(loadCart);
	}, []);
	const held = holds.value.filter((hold) => sellerOf(hold) === seller);
	const currency = held[0]?.currency;
	const shipping = sellers.value?.find((one) => one.seller.id === seller)?.shipping;
	const total = shipping === undefined ? undefined : heldSum(held) + shipping;
	const submit = async (event: Event): Promise<void> => {
		event.preventDefault();
		if (busy || !seller || !address.value) return;
		setBusy(true);
		onFailure('');
		try {
			const order = await pay(seller, address.value, card.value.replace(/\D/g, ''), total);
			store.set(localStorage, ADDRESS, address.value);
			card.value = '';
			if (order.state === 'paid') for (const hold of held) putHold({ ...hold, state: 'sold' });
			onOrder(order);
		} catch (error) {
			/* The seller asks more for the parcel by now: show it, and let them press again. */
			if (codeOf(error) === 'price_changed') void parcel.run(loadCart);
			onFailure(
				error instanceof UnknownOutcome
					? 'We could not hear whether the payment went through. Press pay once more: you are charged only once.'
					: codeOf(error) === 'not_live'
						? 'This seller may no longer sell here. Nothing was charged.'
						: explain(error),
			);
		} finally {
			setBusy(false);
		}
	};
	return (
		<form class="stack" onSubmit={(event) => void submit(event)} data-testid="checkout-form">
			{held.length === 0 && !busy && <p role="status">Nothing is held for you any more. What was here has run out or is paid.</p>}
			<ul class="rows">
				{held.map((hold) => (
					<li key={hold.id} class="row">
						<Line line={heldLine(hold)} currency={hold.currency}>
							{' · '}
							{hold.state === 'paying' ? 'paying…' : <span class="digits">{countdown(hold.expires_at_ms - now.value)} left</span>}
						</Line>
					</li>
				))}
			</ul>
			{currency && total !== undefined && <Totals total={total} shipping={shipping!} currency={currency} />}
			{address.value && <AddressFields value={address.value} onChange={(value) => (address.value = value)} />}
			<CardField value={card.value} onValue={(value) => (card.value = value)} />
			<div class="sticky">
				<p class="error" role="alert" data-testid="pay-error">
					{failure || parcel.error}
				</p>
				{parcel.error ? (
					<button type="button" class="big" disabled={parcel.busy} onClick={() => void parcel.run(loadCart)}>
						Ask for the price again
					</button>
				) : (
					<button type="submit" class="primary big" disabled={busy || held.length === 0 || total === undefined} data-testid="pay-button">
						{busy ? 'Paying…' : currency && total !== undefined ? `Pay ${money(total, currency)}` : 'Pay'}
					</button>
				)}
			</div>
		</form>
	);
}

function Done({ order, onNext, onClose }: { order: Order; onNext: (seller: Id) => void; onClose: () => void }): JSX.Element {
	const next = holds.value.find((hold) => hold.state === 'active' && sellerOf(hold) !== order.seller.id);
	const { address: to } = order;
	return (
		<Sheet title="Thank you!" onClose={onClose} testid="order-sheet">
			<div class="order-done" data-testid="order-done" data-order={order.id}>
				<span class="done-mark" aria-hidden="true">
					<Check size={32} />
				</span>
				<p role="status">
					Paid {money(order.total, order.currency)} to <b>{order.seller.display_name}</b>.
				</p>
				<OrderLines order={order} />
				<Totals total={order.total} shipping={order.shipping} currency={order.currency} />
				<p class="hint">
					Goes to {to.name}, {to.line1}, {to.postcode} {to.city}.
				</p>
			</div>
			<div class="stack">
				{next && (
					<button type="button" class="primary" onClick={() => onNext(sellerOf(next))}>
						Check out with {next.listing.seller.display_name} too
					</button>
				)}
				<button type="button" class={next ? '' : 'primary'} onClick={onClose} data-testid="order-close">
					{location.pathname.startsWith('/s/') ? 'Back to the show' : 'Done'}
				</button>
				<a class="button quiet" href="/orders" onClick={onClose}>
					All my orders
				</a>
			</div>
		</Sheet>
	);
}
