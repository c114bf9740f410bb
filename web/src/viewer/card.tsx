/* The listing that the host holds up right now, with the one big button. */
import type { JSX } from 'preact';
import { now } from '../api/clock';
import type { Room } from '../api/room';
import type { Hold } from '../api/types';
import { countdown, money } from '../ui/format';
import { ListingPhoto } from '../ui/picture';
import { ClaimButton, stockText } from './claim-button';
import type { ClaimDesk } from './claims';

type Props = { room: Room; desk: ClaimDesk; onCheckout: (hold: Hold) => void; onOpen: () => void };

/** What is held apart from the item on show, which has its own button: the way to pay for it stays in sight. */
export function HeldStrip({ room, onCheckout }: Pick<Props, 'room' | 'onCheckout'>): JSX.Element | null {
	const others = room.holds.value.filter((hold) => hold.item !== room.featuredId.value && hold.state === 'active');
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
	/* After the show the card stays only as the way to pay for what it shows. */
	const held = room.holds.value.some((hold) => hold.item === item?.id);
	if (!item || (room.show.value?.state === 'ended' && !held)) return null;
	const { listing } = item;
	/* Whoever sells it is named when it is not the host: they are paid, and they ship. */
	const seller = listing.seller.id !== room.show.value?.host.id && `from ${listing.seller.display_name}`;
	const about = [listing.brand, listing.size && `Size ${listing.size}`, seller].filter(Boolean).join(' · ');
	return (
		<section class="card" key={item.id} aria-label="Shown right now" data-testid="featured-card" data-item={item.id}>
			<button type="button" class="card-about" onClick={onOpen}>
				<ListingPhoto photo={listing.photo} size="m" />
				<span class="card-text">
					<b class="card-title">{listing.title}</b>
					{about && <span class="card-more">{about}</span>}
					<span class="card-price">
						<b data-testid="featured-price">{money(item.price, item.currency)}</b>{' '}
						<span class={item.stock === 1 ? 'few' : ''} data-testid="featured-stock">
							{stockText(item)}
						</span>
					</span>
				</span>
			</button>
			<ClaimButton item={item} room={room} desk={desk} onCheckout={onCheckout} />
		</section>
	);
}
