/* The listing that the host holds up right now, with the one big button. */
import type { JSX } from 'preact';
import { now } from '../api/clock';
import { holds, waits } from '../api/mine';
import type { Room } from '../api/room';
import type { Hold, Item } from '../api/types';
import { ClaimControls } from '../buy/claim-button';
import type { ClaimDesk } from '../buy/claim-desk';
import { aboutText, itemOffer, mineOf, stockText, unitsHeld, unitsOf, variantOf, type Offer } from '../buy/offer';
import { PriceTag } from '../buy/price-tag';
import { countdown } from '../ui/format';
import { ListingPhoto } from '../ui/picture';
import { variantName } from '../ui/variant';
import { closedText } from './stand';

type Props = { room: Room; desk: ClaimDesk; onCheckout: (hold: Hold) => void; onOpen: () => void };

/** What is held apart from the item on show, which has its own button: the way to pay for it stays in sight. */
export function HeldStrip({ room, onCheckout }: Pick<Props, 'room' | 'onCheckout'>): JSX.Element | null {
	const others = holds.value.filter((hold) => (!hold.item || hold.item !== room.featuredId.value) && hold.state === 'active');
	const first = others.sort((a, b) => a.expires_at_ms - b.expires_at_ms)[0];
	if (!first) return null;
	return (
		<button type="button" class="claim held small" onClick={() => onCheckout(first)} data-testid="held-strip">
			<span class="one-line">
				{others.length > 1 ? `${others.length} more held` : first.listing.title} · check out ·{' '}
				<span class="digits">{countdown(first.expires_at_ms - now.value)}</span>
			</span>
		</button>
	);
}

export function FeaturedCard({ room, desk, onCheckout, onOpen }: Props): JSX.Element | null {
	const item = room.featured.value;
	/* After the show the card stays only as the way to pay for what it shows, or to see one's place in line. */
	const open = [...room.holds.value, ...waits.value].some((one) => one.item === item?.id);
	if (!item || (room.show.value?.state === 'ended' && !open)) return null;
	const { listing } = item;
	const offer = itemOffer(item, room.id);
	const about = aboutText(listing);
	return (
		<section class="card" key={item.id} aria-label="Shown right now" data-testid="featured-card" data-item={item.id}>
			<div>
				<button type="button" class="card-about" onClick={onOpen}>
					<ListingPhoto photo={listing.photo} size="m" />
					<span class="card-text">
						<b class="card-title">
							{item.number}. {listing.title}
						</b>
						{about && <span class="card-more">{about}</span>}
						<span class="card-price">
							<PriceTag offer={offer} testid="featured-price" /> <Stock offer={offer} desk={desk} />
						</span>
					</span>
				</button>
				<Shown item={item} room={room} />
			</div>
			<ClaimControls offer={offer} desk={desk} onCheckout={onCheckout} closed={closedText(room)} />
		</section>
	);
}

function Stock({ offer, desk }: { offer: Offer; desk: ClaimDesk }): JSX.Element {
	const variant = variantOf(offer.listing, desk.variantFor(offer));
	const units = unitsOf(offer, variant);
	const own = mineOf(holds.value, offer).filter((hold) => !variant || hold.variant === variantName(variant));
	return (
		<span class={units.stock === 1 ? 'few' : ''} data-testid="featured-stock">
			{stockText(units, unitsHeld(own))}
		</span>
	);
}

/* Whoever sells it is named when it is not the host: they are paid, and they ship. */
function Shown({ item, room }: { item: Item; room: Room }): JSX.Element | null {
	const host = room.show.value?.host;
	const { seller } = item.listing;
	if (!host || seller.id === host.id) return null;
	return (
		<p class="card-credit" data-testid="credit-line">
			shown by {host.display_name} for {seller.username ? <a href={`/u/${seller.username}`}>{seller.display_name}</a> : seller.display_name}
		</p>
	);
}
