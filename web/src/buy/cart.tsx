/* The bag: what is held, by seller and so by parcel, what else would ship in it, and what one waits for. */
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { now } from '../api/clock';
import { holds, loadCart, sellers, waits, type CartSeller } from '../api/mine';
import { account } from '../api/session';
import type { Hold, Id, Listing, Person } from '../api/types';
import { useAction } from '../ui/action';
import { Alert } from '../ui/alert';
import { countdown, money } from '../ui/format';
import { ListingPhoto } from '../ui/picture';
import { ClaimControls, LeaveButton } from './claim-button';
import { giveBack, placeText, type ClaimDesk } from './claim-desk';
import { heldLine, heldSum, Line, Totals } from './lines';
import { aboutText, mineOf, shopOffer, stockText, unitsHeld } from './offer';
import './buy.css';

const ALSO_MOST = 6;

export type CartProps = { desk: ClaimDesk; onCheckout: (hold: Hold) => void };

export function CartView({ desk, onCheckout }: CartProps): JSX.Element {
	const load = useAction();
	const who = account.value?.id;
	/* Another seller's parcel is asked for when there is something in it. */
	const parcels = bySeller(holds.value);
	const known = [...parcels.keys()].sort().join();
	useEffect(() => void (who && load.run(loadCart)), [who, known]);
	return (
		<>
			{load.error && <Alert text={load.error} />}
			{[...parcels.values()].map(({ seller, held }) => (
				<Parcel key={seller.id} seller={seller} held={held} about={sellers.value?.find((one) => one.seller.id === seller.id)} desk={desk} onCheckout={onCheckout} />
			))}
			{waits.value.length > 0 && <Waits />}
		</>
	);
}

function bySeller(list: Hold[]): Map<Id, { seller: Person; held: Hold[] }> {
	const parcels = new Map<Id, { seller: Person; held: Hold[] }>();
	for (const hold of list) {
		const { seller } = hold.listing;
		const parcel = parcels.get(seller.id) ?? { seller, held: [] };
		parcel.held.push(hold);
		parcels.set(seller.id, parcel);
	}
	return parcels;
}

type ParcelProps = CartProps & { seller: Person; held: Hold[]; about: CartSeller | undefined };

function Parcel({ seller, held, about, desk, onCheckout }: ParcelProps): JSX.Element {
	const active = held.filter((hold) => hold.state === 'active');
	const paying = held.find((hold) => hold.state === 'paying');
	const { currency } = held[0]!;
	const total = heldSum(active) + (about?.shipping ?? 0);
	const also = (about?.also ?? []).filter((listing) => listing.stock > 0 || listing.held > 0).slice(0, ALSO_MOST);
	return (
		<section class="parcel stack" aria-label={`Held for you, from ${seller.display_name}`} data-testid="parcel" data-seller={seller.id}>
			<h3>Held for you, from {seller.display_name}</h3>
			<ul class="rows">
				{held.map((hold) => (
					<HoldRow key={hold.id} hold={hold} />
				))}
			</ul>
			{about && active.length > 0 && <Totals total={total} shipping={about.shipping} currency={currency} />}
			{active.length > 0 && (
				<button type="button" class="primary" onClick={() => onCheckout(active[0]!)} data-testid="parcel-checkout">
					Check out{active.length > 1 && ` ${active.length} together`}
					{about && ` · ${money(total, currency)}`}
				</button>
			)}
			{paying && (
				<button type="button" class={active.length ? '' : 'primary'} onClick={() => onCheckout(paying)} data-testid="parcel-pending">
					Look at the payment under way
				</button>
			)}
			{also.length > 0 && (
				<div class="also" data-testid="also">
					<h4>Ships with what you took</h4>
					<ul class="rows">
						{also.map((listing) => (
							<ListingRow key={listing.id} listing={listing} desk={desk} onCheckout={onCheckout} />
						))}
					</ul>
				</div>
			)}
		</section>
	);
}

/** A listing out of a shop, in one row with its button. */
export function ListingRow({ listing, desk, onCheckout }: CartProps & { listing: Listing }): JSX.Element {
	return (
		<li class="row wrap" data-testid="shop-item" data-listing={listing.id}>
			<ListingPhoto photo={listing.photo} size="s" />
			<span class="row-text">
				<b>{listing.title}</b>
				{aboutText(listing) && <span>{aboutText(listing)}</span>}
				<span>
					{money(listing.price, listing.currency)} · {stockText(listing, unitsHeld(mineOf(holds.value, shopOffer(listing))))}
				</span>
			</span>
			<ClaimControls offer={shopOffer(listing)} desk={desk} onCheckout={onCheckout} small />
		</li>
	);
}

function HoldRow({ hold }: { hold: Hold }): JSX.Element {
	const action = useAction();
	return (
		<li class="row" data-testid="hold-row" data-hold={hold.id}>
			<Line
				line={heldLine(hold)}
				currency={hold.currency}
				tools={
					hold.state === 'active' && (
						<button
							type="button"
							class="small quiet"
							disabled={action.busy}
							onClick={() => void action.run(() => giveBack(hold))}
							data-testid="release-hold"
							aria-label={`Give back ${hold.listing.title}`}
						>
							Give back
						</button>
					)
				}
			>
				{' · '}
				{hold.state === 'paying' ? 'paying…' : <span class="digits" data-testid="hold-left">{countdown(hold.expires_at_ms - now.value)} left</span>}
				{action.error && (
					<span class="error" role="alert">
						{' '}
						{action.error}
					</span>
				)}
			</Line>
		</li>
	);
}

function Waits(): JSX.Element {
	return (
		<section aria-label="You wait for" data-testid="waits">
			<h3>You wait for</h3>
			<ul class="rows">
				{waits.value.map((wait) => (
					<li key={wait.id} class="row wait">
						<span class="row-text">
							<b>
								{wait.quantity > 1 && `${wait.quantity} × `}
								{wait.listing.title}
							</b>
							<span>
								{wait.variant && `${wait.variant} · `}
								<span data-testid="wait-place">{placeText(wait)}</span>
							</span>
						</span>
						<LeaveButton wait={wait} />
					</li>
				))}
			</ul>
			<p class="hint">A place in line is kept while one of your pages is open.</p>
		</section>
	);
}
