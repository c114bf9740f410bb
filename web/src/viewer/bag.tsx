/* Everything of this show in one sheet: what is held for the buyer, and the run of show. */
import type { JSX } from 'preact';
import { now } from '../api/clock';
import { holds, waits } from '../api/mine';
import type { Room } from '../api/room';
import type { Hold, Item } from '../api/types';
import { CartView } from '../buy/cart';
import { ClaimControls } from '../buy/claim-button';
import type { ClaimDesk } from '../buy/claim-desk';
import { aboutText, itemOffer, mineOf, priceOf, stockText, unitsHeld } from '../buy/offer';
import { money } from '../ui/format';
import { ListingPhoto } from '../ui/picture';
import { Sheet } from '../ui/sheet';
import { closedText } from './stand';

type Props = { room: Room; desk: ClaimDesk; onCheckout: (hold: Hold) => void };

export function BagSheet({ room, desk, onCheckout, onClose }: Props & { onClose: () => void }): JSX.Element {
	const items = room.items.value;
	const mine = holds.value.length + waits.value.length > 0;
	return (
		<Sheet title={mine ? 'Your bag' : 'In this show'} onClose={onClose} testid="bag-sheet">
			<CartView desk={desk} onCheckout={onCheckout} />
			{mine && items.length > 0 && <h3>In this show</h3>}
			{items.length === 0 && <p class="hint">The host has not put anything into this show yet.</p>}
			<ul class="rows">
				{items.map((item) => (
					<ItemRow key={item.id} item={item} room={room} desk={desk} onCheckout={onCheckout} />
				))}
			</ul>
		</Sheet>
	);
}

function ItemRow({ item, room, desk, onCheckout }: Props & { item: Item }): JSX.Element {
	const { listing } = item;
	const { seller } = listing;
	const about = aboutText(listing);
	const offer = itemOffer(item, room.id);
	const left = stockText({ stock: item.stock, held: listing.held }, unitsHeld(mineOf(holds.value, offer)));
	const shown = item.id === room.featuredId.value;
	return (
		<li class={`row wrap ${shown ? 'current' : ''}`} data-testid="bag-item" data-item={item.id}>
			<ListingPhoto photo={listing.photo} size="s" />
			<span class="row-text">
				<b>
					{item.number}. {listing.title}
				</b>
				{about && <span>{about}</span>}
				<span>
					{money(priceOf(offer, item.flash ? now.value : 0), item.currency)} · {left}
					{shown && ' · Shown now'}
				</span>
				{seller.id !== room.show.value?.host.id && (
					<span>for {seller.username ? <a href={`/u/${seller.username}`}>{seller.display_name}</a> : seller.display_name}</span>
				)}
			</span>
			<ClaimControls offer={offer} desk={desk} onCheckout={onCheckout} closed={closedText(room)} small />
		</li>
	);
}
