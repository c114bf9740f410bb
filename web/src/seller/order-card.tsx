/* One order as its seller sees it, with what there is to do about it. */
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { post } from '../api/http';
import type { Order, OrderLine, Person } from '../api/types';
import { AddressLines } from '../buy/address-lines';
import { stateText } from '../buy/order-state';
import { submitting, useAction } from '../ui/action';
import { Alert } from '../ui/alert';
import { ConfirmSheet } from '../ui/confirm-sheet';
import { Field } from '../ui/field';
import { dateTime, money } from '../ui/format';
import { ListingPhoto } from '../ui/picture';
import { Sheet } from '../ui/sheet';
import { BlockSheet } from './blocks';

type Props = { order: Order; onChange: (order: Order) => void; chosen: boolean; onChoose: (() => void) | undefined };

export function OrderCard({ order, onChange, chosen, onChoose }: Props): JSX.Element {
	const [open, setOpen] = useState<'none' | 'ship' | 'cancel'>('none');
	const [host, setHost] = useState<Person | null>(null);
	const close = (): void => setOpen('none');
	return (
		<li class="order seller-order" data-testid="order" data-order={order.id} data-state={order.state}>
			<header>
				{onChoose ? (
					<label class="order-pick">
						<input type="checkbox" checked={chosen} onChange={onChoose} data-testid="order-choose" />
						<b>{order.buyer.display_name}</b>
					</label>
				) : (
					<b>{order.buyer.display_name}</b>
				)}
				<span class={`state ${order.state}`}>{stateText(order)}</span>
				<span class="order-total">{money(order.total, order.currency)}</span>
			</header>
			<ul class="rows">
				{order.lines.map((line) => (
					<Line key={`${line.listing} ${line.variant}`} line={line} currency={order.currency} onHost={setHost} />
				))}
			</ul>
			<p class="hint">
				{dateTime(order.paid_ms ?? order.created_ms)}
				{order.shipping > 0 && ` · with ${money(order.shipping, order.currency)} for shipping`}
			</p>
			<AddressLines order={order} />
			{order.state === 'shipped' && (
				<p data-testid="order-tracking">
					{[order.carrier, order.tracking].filter(Boolean).join(' ') || 'Without a tracking number'}
					{order.shipped_ms ? `, ${dateTime(order.shipped_ms)}` : ''}
				</p>
			)}
			<div class="choices">
				{order.state === 'paid' && (
					<button type="button" class="small primary" onClick={() => setOpen('ship')} data-testid="order-ship">
						Mark as shipped
					</button>
				)}
				{order.state === 'shipped' && (
					<button type="button" class="small" onClick={() => setOpen('ship')} data-testid="order-ship">
						Correct the tracking number
					</button>
				)}
				{order.state !== 'cancelled' && (
					<a class="button small" href={`/studio#slips/${order.id}`} data-testid="order-slip">
						Packing slip
					</a>
				)}
				{order.state === 'paid' && (
					<button type="button" class="small quiet" onClick={() => setOpen('cancel')} data-testid="order-cancel">
						Cancel
					</button>
				)}
			</div>
			{open === 'ship' && <ShipSheet order={order} onChange={onChange} onClose={close} />}
			{open === 'cancel' && <CancelSheet order={order} onChange={onChange} onClose={close} />}
			{host && <BlockSheet host={host} onClose={() => setHost(null)} />}
		</li>
	);
}

function Line({ line, currency, onHost }: { line: OrderLine; currency: string; onHost: (host: Person) => void }): JSX.Element {
	const { host } = line;
	return (
		<li class="row">
			<ListingPhoto photo={line.photo} size="s" />
			<span class="row-text">
				<b>{line.title}</b>
				<span>
					{[line.number ? `No. ${line.number}` : '', line.variant].filter(Boolean).map((part) => `${part} · `)}
					{line.quantity > 1 && `${line.quantity} × `}
					{money(line.price, currency)}
				</span>
				{host && (
					<span>
						shown by{' '}
						<button type="button" class="inline" onClick={() => onHost(host)} data-testid="order-host">
							{host.display_name}
						</button>
					</span>
				)}
			</span>
		</li>
	);
}

type SheetProps = { order: Order; onChange: (order: Order) => void; onClose: () => void };

const carriers = ['DHL', 'DPD', 'GLS', 'Hermes', 'Post', 'UPS'];

function ShipSheet({ order, onChange, onClose }: SheetProps): JSX.Element {
	const [carrier, setCarrier] = useState(order.carrier);
	const [tracking, setTracking] = useState(order.tracking);
	const action = useAction();
	const ship = async (): Promise<void> => {
		const { order: shipped } = await post<{ order: Order }>(`/api/v1/orders/${order.id}/ship`, { carrier: carrier.trim(), tracking: tracking.trim() });
		onChange(shipped);
		onClose();
	};
	return (
		<Sheet title={`To ${order.address.name}`} onClose={onClose} testid="ship-sheet">
			<form class="stack" onSubmit={submitting(() => void action.run(ship))}>
				<div class="choices chips" role="group" aria-label="Carrier">
					{carriers.map((name) => (
						<button key={name} type="button" class="small" aria-pressed={carrier === name} onClick={() => setCarrier(name)}>
							{name}
						</button>
					))}
				</div>
				<Field label="Carrier" value={carrier} onValue={setCarrier} maxLength={31} testid="ship-carrier" />
				<Field label="Tracking number" value={tracking} onValue={setTracking} maxLength={63} autocapitalize="none" spellcheck={false} testid="ship-tracking" />
				<p class="hint">{order.buyer.display_name} is told at once. Both may stay empty if there is none.</p>
				<Alert text={action.error} />
				<button type="submit" class="primary big" disabled={action.busy} data-testid="ship-save">
					{action.busy ? 'One moment…' : order.state === 'shipped' ? 'Correct it' : 'It is on its way'}
				</button>
			</form>
		</Sheet>
	);
}

/* Cancelling gives the money back and the goods to the next; it is asked once more. */
function CancelSheet({ order, onChange, onClose }: SheetProps): JSX.Element {
	const cancel = async (): Promise<void> => {
		const { order: cancelled } = await post<{ order: Order }>(`/api/v1/orders/${order.id}/cancel`);
		onChange(cancelled);
		onClose();
	};
	return (
		<ConfirmSheet
			title="Cancel this order?"
			stay="Keep the order"
			go="Cancel and give the money back"
			going="Cancelling…"
			onGo={cancel}
			onClose={onClose}
			testid="cancel-sheet"
			goTestid="order-cancel-confirm"
		>
			<p>
				{order.buyer.display_name} gets {money(order.total, order.currency)} back, and what was ordered is in stock again: whoever waits for it is next. This cannot be taken back.
			</p>
		</ConfirmSheet>
	);
}
