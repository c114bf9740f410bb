/* The listing that the host holds up right now, with the one big button. */
import type { JSX } from 'preact';
import type { Room } from '../api/room';
import type { Hold } from '../api/types';
import { money } from '../ui/format';
import { ListingPhoto } from '../ui/picture';
import { ClaimButton, stockText } from './claim-button';
import type { ClaimDesk } from './claims';

type Props = { room: Room; desk: ClaimDesk; onCheckout: (hold: Hold) => void; onOpen: () => void };

export function FeaturedCard({ room, desk, onCheckout, onOpen }: Props): JSX.Element | null {
	const item = room.featured.value;
	if (!item) return null;
	const { listing } = item;
	const about = [listing.brand, listing.size && `Size ${listing.size}`].filter(Boolean).join(' · ');
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
