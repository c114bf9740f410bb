/* What was bought, line by line, and what it comes to: the same on the form, in the list of orders and on the receipt. */
import type { ComponentChildren, JSX } from 'preact';
import type { Hold, Order, OrderLine } from '../api/types';
import { money } from '../ui/format';
import { ListingPhoto } from '../ui/picture';
import './buy.css';

type LineOf = Pick<OrderLine, 'title' | 'variant' | 'photo' | 'quantity' | 'price'> & { host?: OrderLine['host'] };

export const heldLine = (hold: Hold): LineOf => ({ ...hold, title: hold.listing.title, photo: hold.listing.photo });

/** `children`: what else is to be said about it, after the price; `tools`: at its end. */
type RowProps = { line: LineOf; currency: string; children?: ComponentChildren; tools?: ComponentChildren; picture?: boolean };

export function Line({ line, currency, children, tools, picture = true }: RowProps): JSX.Element {
	return (
		<>
			{picture && <ListingPhoto photo={line.photo} size="s" />}
			<span class="row-text">
				<b>{line.title}</b>
				<span>
					{line.variant && `${line.variant} · `}
					{line.quantity > 1 && `${line.quantity} × `}
					{money(line.price, currency)}
					{children}
				</span>
				{line.host && <span>shown by {line.host.display_name}</span>}
			</span>
			{tools}
		</>
	);
}

export function OrderLines({ order, picture = true }: { order: Order; picture?: boolean }): JSX.Element {
	return (
		<ul class="rows">
			{order.lines.map((line, at) => (
				<li key={`${line.listing} ${at}`} class="row" data-testid="order-line">
					<Line line={line} currency={order.currency} picture={picture} tools={<span class="amount">{money(line.price * line.quantity, order.currency)}</span>} />
				</li>
			))}
		</ul>
	);
}

/** What the goods cost, the parcel, and both; one line where there is nothing to add up. */
export function Totals({ total, shipping, currency }: { total: number; shipping: number; currency: string }): JSX.Element {
	return (
		<dl class="facts totals" data-testid="totals">
			<div>
				<dt>Items</dt>
				<dd>{money(total - shipping, currency)}</dd>
			</div>
			<div>
				<dt>Shipping, once</dt>
				<dd data-testid="shipping">{shipping ? money(shipping, currency) : 'Free'}</dd>
			</div>
			<div class="sum">
				<dt>Total</dt>
				<dd data-testid="total">{money(total, currency)}</dd>
			</div>
		</dl>
	);
}

export const heldSum = (held: Hold[]): number => held.reduce((sum, hold) => sum + hold.price * hold.quantity, 0);
