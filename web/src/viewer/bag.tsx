/* Everything of this show in one sheet: what is held for the buyer, and the run of show. */
import type { JSX } from 'preact';
import { now } from '../api/clock';
import type { Room } from '../api/room';
import { socket } from '../api/socket';
import type { Hold } from '../api/types';
import { useAction } from '../ui/action';
import { countdown, money } from '../ui/format';
import { ListingPhoto } from '../ui/picture';
import { Sheet } from '../ui/sheet';
import { ClaimButton, stockText } from './claim-button';
import type { ClaimDesk } from './claims';

type Props = { room: Room; desk: ClaimDesk; onCheckout: (hold: Hold) => void; onClose: () => void };

export function BagSheet({ room, desk, onCheckout, onClose }: Props): JSX.Element {
	const holds = room.holds.value;
	const items = room.items.value;
	return (
		<Sheet title="In this show" onClose={onClose} testid="bag-sheet">
			{holds.length > 0 && (
				<section aria-label="Held for you">
					<h3>Held for you</h3>
					<ul class="rows">
						{holds.map((hold) => (
							<HoldRow key={hold.id} hold={hold} room={room} onCheckout={onCheckout} />
						))}
					</ul>
				</section>
			)}
			{holds.length > 0 && items.length > 0 && <h3>All items</h3>}
			{items.length === 0 && <p class="hint">The host has not put anything into this show yet.</p>}
			<ul class="rows">
				{items.map((item) => (
					<li key={item.id} class={`row ${item.id === room.featuredId.value ? 'current' : ''}`} data-testid="bag-item" data-item={item.id}>
						<ListingPhoto photo={item.listing.photo} size="s" />
						<span class="row-text">
							<b>
								{item.number}. {item.listing.title}
							</b>
							<span>
								{money(item.price, item.currency)} · {stockText(item)}
								{item.id === room.featuredId.value && ' · Shown now'}
								{item.listing.seller.id !== room.show.value?.host.id && ` · from ${item.listing.seller.display_name}`}
							</span>
						</span>
						<ClaimButton item={item} room={room} desk={desk} onCheckout={onCheckout} small />
					</li>
				))}
			</ul>
		</Sheet>
	);
}

function HoldRow({ hold, room, onCheckout }: { hold: Hold; room: Room; onCheckout: (hold: Hold) => void }): JSX.Element {
	const action = useAction();
	const release = (): void =>
		void action.run(async () => {
			await socket.request('release', { hold: hold.id });
			room.putHold({ ...hold, state: 'released' });
		});
	return (
		<li class="row" data-testid="hold-row" data-hold={hold.id}>
			<ListingPhoto photo={hold.listing.photo} size="s" />
			<span class="row-text">
				<b>{hold.listing.title}</b>
				<span>
					{money(hold.price * hold.quantity, hold.currency)} ·{' '}
					<span class="digits">{hold.state === 'paying' ? 'paying…' : countdown(hold.expires_at_ms - now.value)}</span>
				</span>
				{action.error && (
					<span class="error" role="alert">
						{action.error}
					</span>
				)}
			</span>
			{hold.state === 'active' && (
				<span class="row-tools">
					<button type="button" class="small quiet" disabled={action.busy} onClick={release} data-testid="release-hold" aria-label={`Give back ${hold.listing.title}`}>
						Give back
					</button>
					<button type="button" class="small primary" onClick={() => onCheckout(hold)} aria-label={`Pay for ${hold.listing.title}`}>
						Pay
					</button>
				</span>
			)}
		</li>
	);
}
