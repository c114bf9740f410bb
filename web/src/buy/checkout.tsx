/* Checkout over the picture: one seller, one address, one payment. Nothing typed is lost by closing the sheet. */
import { signal, type ReadonlySignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { now } from '../api/clock';
import { isOpen } from '../api/room';
import type { Address, Hold, Id, Order } from '../api/types';
import { explain } from '../text/codes';
import { store } from '../ui/dom';
import { countdown, money } from '../ui/format';
import { Check } from '../ui/icons';
import { ListingPhoto } from '../ui/picture';
import { Sheet } from '../ui/sheet';
import { AddressFields, emptyAddress } from './address';
import { CardField } from './card-field';
import { pay, UnknownOutcome } from './pay';

const ADDRESS = 'trunkshow.address';

/* The draft outlives the sheet; the card number lives in this page's memory alone. */
const address = signal<Address | null>(null);
const card = signal('');

type Props = {
	holds: ReadonlySignal<Hold[]>;
	seller: Id | null;
	onHold: (hold: Hold) => void;
	onClose: () => void;
};

export function CheckoutSheet({ holds, seller: first, onHold, onClose }: Props): JSX.Element {
	/* Chosen once and kept: while a payment is decided its holds come and go, and the form must stand still. */
	const [chosen, setSeller] = useState(() => first ?? holds.peek()[0]?.listing.seller.id ?? null);
	const [order, setOrder] = useState<Order | null>(null);
	const open = holds.value.filter(isOpen);
	const [names] = useState(() => new Map<Id, string>());
	for (const { listing } of open) names.set(listing.seller.id, listing.seller.display_name);
	const sellers = new Map(open.map((hold) => [hold.listing.seller.id, hold.listing.seller.display_name]));
	const next = [...sellers.keys()].find((id) => id !== order?.seller.id);
	if (order) {
		return (
			<Sheet title="Thank you!" onClose={onClose} testid="order-sheet">
				<OrderDone order={order} />
				<div class="stack">
					{next && (
						<button
							type="button"
							class="primary"
							onClick={() => {
								setSeller(next);
								setOrder(null);
							}}
						>
							Check out with {sellers.get(next)} too
						</button>
					)}
					<button type="button" class={next ? '' : 'primary'} onClick={onClose} data-testid="order-close">
						Back to the show
					</button>
					<a class="button quiet" href="/orders">
						All my orders
					</a>
				</div>
			</Sheet>
		);
	}
	const held = open.filter((hold) => hold.listing.seller.id === chosen);
	return (
		<Sheet title={chosen && names.has(chosen) ? `Check out with ${names.get(chosen)}` : 'Check out'} onClose={onClose} testid="checkout-sheet">
			{sellers.size > 1 && (
				<div class="choices" role="group" aria-label="Seller">
					{[...sellers].map(([id, name]) => (
						<button key={id} type="button" class="small" aria-pressed={id === chosen} onClick={() => setSeller(id)}>
							{name}
						</button>
					))}
				</div>
			)}
			<PayForm
				key={chosen ?? ''}
				held={held}
				onPaid={(paid) => {
					for (const hold of held) onHold({ ...hold, state: 'sold' });
					setOrder(paid);
				}}
			/>
		</Sheet>
	);
}

function PayForm({ held, onPaid }: { held: Hold[]; onPaid: (order: Order) => void }): JSX.Element {
	const [busy, setBusy] = useState(false);
	const [failure, setFailure] = useState('');
	useEffect(() => {
		address.value ??= store.get<Address>(localStorage, ADDRESS) ?? emptyAddress();
	}, []);
	const total = held.reduce((sum, hold) => sum + hold.price * hold.quantity, 0);
	const currency = held[0]?.currency;
	const submit = async (event: Event): Promise<void> => {
		event.preventDefault();
		const seller = held[0]?.listing.seller.id;
		if (busy || !seller || !address.value) return;
		setBusy(true);
		setFailure('');
		try {
			const order = await pay(seller, address.value, card.value.replace(/\D/g, ''));
			store.set(localStorage, ADDRESS, address.value);
			card.value = '';
			onPaid(order);
		} catch (error) {
			setFailure(
				error instanceof UnknownOutcome
					? 'We could not hear whether the payment went through. Press pay once more: you are charged only once.'
					: explain(error),
			);
			setBusy(false);
		}
	};
	return (
		<form class="stack" onSubmit={(event) => void submit(event)} data-testid="checkout-form">
			{held.length === 0 && !busy && <p role="status">Nothing is held for you any more. What was here has run out or is paid.</p>}
			<ul class="rows">
				{held.map((hold) => (
					<li key={hold.id} class="row">
						<ListingPhoto photo={hold.listing.photo} size="s" />
						<span class="row-text">
							<b>{hold.listing.title}</b>
							<span>
								{hold.quantity > 1 && `${hold.quantity} × `}
								{money(hold.price, hold.currency)} ·{' '}
								{hold.state === 'paying' ? 'paying…' : <>held for <span class="digits">{countdown(hold.expires_at_ms - now.value)}</span></>}
							</span>
						</span>
					</li>
				))}
			</ul>
			{address.value && <AddressFields value={address.value} onChange={(value) => (address.value = value)} />}
			<CardField value={card.value} onValue={(value) => (card.value = value)} />
			<div class="sticky">
				<p class="error" role="alert" data-testid="pay-error">
					{failure}
				</p>
				<button type="submit" class="primary big" disabled={busy || held.length === 0} data-testid="pay-button">
					{busy ? 'Paying…' : currency ? `Pay ${money(total, currency)}` : 'Pay'}
				</button>
			</div>
		</form>
	);
}

function OrderDone({ order }: { order: Order }): JSX.Element {
	return (
		<div class="order-done" data-testid="order-done" data-order={order.id}>
			<span class="done-mark" aria-hidden="true">
				<Check size={32} />
			</span>
			<p role="status">
				Paid {money(order.total, order.currency)} to <b>{order.seller.display_name}</b>.
			</p>
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
			<p class="hint">
				Goes to {order.address.name}, {order.address.line1}, {order.address.postcode} {order.address.city}.
			</p>
		</div>
	);
}
