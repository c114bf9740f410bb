/* Packing slips to print, one sheet of paper for each order: what is in the parcel and where it goes. No prices: a parcel may be
 * a present. */
import type { JSX } from 'preact';
import { get } from '../api/http';
import type { Order } from '../api/types';
import { AddressLines } from '../buy/address-lines';
import { Alert } from '../ui/alert';
import { dateTime, plural } from '../ui/format';
import { useData } from '../ui/use-data';
import './seller.css';

export function Slips({ ids }: { ids: string }): JSX.Element {
	const orders = useData(async () => {
		const wanted = ids.split(',').filter(Boolean);
		const answers = await Promise.all(wanted.map((id) => get<{ order: Order }>(`/api/v1/orders/${id}`)));
		return answers.map(({ order }) => order);
	}, ids);
	const slips = orders.value ?? [];
	return (
		<>
			<div class="slips-head no-print">
				<h1>{slips.length ? plural(slips.length, 'packing slip', 'packing slips') : 'Packing slips'}</h1>
				{orders.error && <Alert text={orders.error} />}
				{slips.length > 0 && (
					<button type="button" class="primary" onClick={() => print()} data-testid="slips-print">
						Print
					</button>
				)}
			</div>
			<div class="slips">
				{slips.map((order) => (
					<Slip key={order.id} order={order} />
				))}
			</div>
		</>
	);
}

function Slip({ order }: { order: Order }): JSX.Element {
	const units = order.lines.reduce((n, line) => n + line.quantity, 0);
	return (
		<article class="slip" aria-label={`Packing slip for ${order.address.name}`} data-testid="slip" data-order={order.id}>
			<header>
				<div>
					<h2>Packing slip</h2>
					<p>from {order.seller.display_name}</p>
				</div>
				<p class="slip-order">
					<code>{order.id}</code>
					<span>{dateTime(order.paid_ms ?? order.created_ms)}</span>
				</p>
			</header>
			<AddressLines order={order} />
			<table>
				<thead>
					<tr>
						<th scope="col">No.</th>
						<th scope="col">What</th>
						<th scope="col">Units</th>
						<th scope="col">
							<span class="visually-hidden">Packed</span>
						</th>
					</tr>
				</thead>
				<tbody>
					{order.lines.map((line) => (
						<tr key={`${line.listing} ${line.variant}`}>
							<td class="digits">{line.number || ''}</td>
							<td>
								{line.title}
								{line.variant && <b>, {line.variant}</b>}
							</td>
							<td class="digits">{line.quantity}</td>
							<td>
								<span class="tick" aria-hidden="true" />
							</td>
						</tr>
					))}
				</tbody>
			</table>
			<p class="slip-sum">{plural(units, 'unit', 'units')} in this parcel. Thank you!</p>
		</article>
	);
}
