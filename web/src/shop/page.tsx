/* /u/{username}: what a seller offers outside of shows, when they are on, and what they sold for others. */
import type { JSX } from 'preact';
import { useEffect, useMemo, useState } from 'preact/hooks';
import { serverNow } from '../api/clock';
import { get } from '../api/http';
import { holds } from '../api/mine';
import type { Credit, Hold, Listing, Person, Show } from '../api/types';
import { BagBar, useBag } from '../buy/bag-bar';
import { ClaimControls } from '../buy/claim-button';
import { ClaimDesk } from '../buy/claim-desk';
import { aboutText, mineOf, stockText, unitsHeld, type Offer } from '../buy/offer';
import { PriceTag } from '../buy/price-tag';
import { Replays } from '../replay/links';
import { TopBar } from '../ui/account';
import { Alert } from '../ui/alert';
import { Clips } from '../ui/clips';
import { money, plural, when } from '../ui/format';
import { Photo } from '../ui/icons';
import { setTitle } from '../ui/router';
import { useData } from '../ui/use-data';
import { MoreButton } from '../ui/use-pages';
import { ShopStand } from './stand';
import './shop.css';

const EVERY_MS = 10_000;
const PAGE = 200; /* listings */

type Shop = { seller: Person; shipping: number; credit: Credit; listings: Listing[]; shows: Show[]; replays?: Show[] };

/** With as many pages of listings as were asked for. */
async function readShop(username: string, pages: number): Promise<Shop> {
	const path = `/api/v1/sellers/${encodeURIComponent(username)}`;
	const shop = await get<Shop>(path);
	let last = shop.listings;
	for (let page = 1; page < pages && last.length >= PAGE; page++) {
		const { id, stock } = last.at(-1)!;
		last = (await get<Shop>(`${path}?before=${id}&stock=${stock}`)).listings;
		/* What was sold meanwhile has moved behind, and is there already. */
		const known = new Set(shop.listings.map((listing) => listing.id));
		shop.listings = [...shop.listings, ...last.filter((listing) => !known.has(listing.id))];
	}
	return shop;
}

export default function ShopPage({ id: username }: { id: string }): JSX.Element {
	const { stand, desk } = useMemo(() => {
		const made = new ShopStand();
		return { stand: made, desk: new ClaimDesk(made) };
	}, [username]);
	useEffect(() => () => desk.close(), [desk]);
	const [pages, setPages] = useState(1);
	useEffect(() => setPages(1), [username]);
	const { value, error, reload } = useData(
		async () => {
			const shop = await readShop(username, pages);
			stand.show(shop.listings);
			return shop;
		},
		`${username} ${pages}`,
		EVERY_MS,
	);
	const name = value?.seller.display_name ?? '';
	useEffect(() => setTitle(name), [name]);
	/* What one has claimed or given back is another stock. */
	const held = holds.value.map(({ id }) => id).join();
	useEffect(() => void (value && reload()), [held]);
	const bag = useBag();
	return (
		<>
			<TopBar back="/" />
			<main class="page shop">
				{error && <Alert text={error} />}
				{!value && !error && <p class="empty">Opening the shop…</p>}
				{value && (
					<>
						<Head shop={value} />
						<Shows shows={value.shows} />
						<Offers offers={stand.offers.value} desk={desk} onCheckout={bag.checkout} />
						<MoreButton more={value.listings.length >= pages * PAGE ? () => setPages(pages + 1) : null} what="Show more" />
						<Replays shows={value.replays ?? []} />
					</>
				)}
			</main>
			<BagBar desk={desk} {...bag} />
		</>
	);
}

function Head({ shop: { seller, credit } }: { shop: Shop }): JSX.Element {
	return (
		<header class="shop-head">
			<h1 data-testid="shop-name">{seller.display_name}</h1>
			<p class="hint">@{seller.username}</p>
			{credit.items > 0 && (
				<p class="credit" data-testid="shop-credit">
					{creditText(credit)}
				</p>
			)}
		</header>
	);
}

/** "12 items found a home, for 3 sellers, €240": what was sold for others, unpaid. */
const creditText = ({ items, sellers, value }: Credit): string =>
	[
		items === 1 ? '1 item found a home' : `${items} items found a home`,
		`for ${plural(sellers, 'seller', 'sellers')}`,
		...value.map(({ amount, currency }) => money(amount, currency)),
	].join(', ');

function Shows({ shows }: { shows: Show[] }): JSX.Element | null {
	if (shows.length === 0) return null;
	return (
		<section aria-labelledby="shop-shows">
			<h2 id="shop-shows">Shows</h2>
			<ul class="rows">
				{shows.map((show) => (
					<li key={show.id}>
						<a class="row link" href={`/s/${show.id}`} data-testid="shop-show" data-show={show.id}>
							<span class="row-text">
								<b>{show.title}</b>
								<span>{show.state === 'live' ? 'On air now' : show.starts_at ? when(Date.parse(show.starts_at), serverNow()) : 'Soon'}</span>
							</span>
							{show.state === 'live' && <span class="live-badge">Live</span>}
						</a>
					</li>
				))}
			</ul>
		</section>
	);
}

type OffersProps = { offers: Offer[]; desk: ClaimDesk; onCheckout: (hold: Hold) => void };

function Offers({ offers, ...rest }: OffersProps): JSX.Element {
	return (
		<section aria-labelledby="shop-offers">
			<h2 id="shop-offers">In the shop</h2>
			{offers.length === 0 && <p class="empty">Nothing is in this shop at the moment.</p>}
			<ul class="shelf">
				{offers.map((offer) => (
					<Card key={offer.id} offer={offer} {...rest} />
				))}
			</ul>
		</section>
	);
}

function Card({ offer, desk, onCheckout }: Omit<OffersProps, 'offers'> & { offer: Offer }): JSX.Element {
	const { listing } = offer;
	const about = aboutText(listing);
	return (
		<li class="shop-card" data-testid="shop-item" data-listing={listing.id}>
			<span class={`photo shop-photo ${listing.photo ? '' : 'bare'}`}>{listing.photo ? <img src={listing.photo} alt="" loading="lazy" decoding="async" /> : <Photo size={40} />}</span>
			<div class="shop-text">
				<h3>{listing.title}</h3>
				{about && <p class="hint">{about}</p>}
				<p class="card-price">
					<PriceTag offer={offer} testid="shop-price" /> <span data-testid="shop-stock">{stockText({ stock: offer.stock, held: listing.held }, unitsHeld(mineOf(holds.value, offer)))}</span>
				</p>
				{listing.description && <p class="shop-about">{listing.description}</p>}
			</div>
			<Clips listing={listing.id} title={listing.title} />
			<ClaimControls offer={offer} desk={desk} onCheckout={onCheckout} />
		</li>
	);
}
