/* Claims as they come: the newest over the picture, all of them in a sheet. */
import type { JSX } from 'preact';
import { now } from '../api/clock';
import type { Room } from '../api/room';
import type { Claim } from '../api/types';
import { countdown, money } from '../ui/format';
import { ListingPhoto } from '../ui/picture';
import { Sheet } from '../ui/sheet';

const FRESH_MS = 20_000; /* how long a claim stays over the picture */

const states: Record<Claim['state'], string> = {
	active: 'holds it',
	paying: 'is paying',
	sold: 'has paid',
	released: 'gave it back',
	expired: 'ran out of time',
	returned: 'went back',
};

export function LatestClaim({ room, onOpen }: { room: Room; onOpen: () => void }): JSX.Element {
	const latest = room.claims.value[0];
	const fresh = latest && room.claimSeen(latest.id) > now.value - FRESH_MS;
	return (
		<div class="latest-claim" role="status" aria-live="polite">
			{fresh && (
				<button type="button" class="claim-toast" onClick={onOpen}>
					<span class="one-line">
						<b>{latest.buyer.display_name}</b> {states[latest.state]}: {latest.listing.title}
					</span>
				</button>
			)}
		</div>
	);
}

export function ClaimsSheet({ room, onClose }: { room: Room; onClose: () => void }): JSX.Element {
	const claims = room.claims.value;
	return (
		<Sheet title="Claims" onClose={onClose} testid="claims-sheet">
			{claims.length === 0 && <p class="empty">No claims yet.</p>}
			<ul class="rows" data-testid="studio-claims">
				{claims.map((claim) => (
					<li key={claim.id} class="row" data-testid="studio-claim" data-hold={claim.id} data-state={claim.state}>
						<ListingPhoto photo={claim.listing.photo} size="s" />
						<span class="row-text">
							<b>{claim.buyer.display_name}</b>
							<span>
								{claim.quantity > 1 && `${claim.quantity} × `}
								{claim.listing.title} · {money(claim.price * claim.quantity, claim.currency)}
							</span>
						</span>
						<span class={`state ${claim.state}`}>
							{claim.state === 'active' ? <span class="digits">{countdown(claim.expires_at_ms - now.value)}</span> : states[claim.state]}
						</span>
					</li>
				))}
			</ul>
		</Sheet>
	);
}
