/* The studio's first view: shows, listings, orders to ship. */
import type { JSX } from 'preact';
import { serverNow } from '../api/clock';
import { get } from '../api/http';
import type { Listing, Order } from '../api/types';
import { Alert } from '../ui/alert';
import { money, plural, when } from '../ui/format';
import { ListingPhoto } from '../ui/picture';
import { useData } from '../ui/use-data';
import { MoreButton, usePages } from '../ui/use-pages';
import { AskToHost } from './ask-to-host';
import { LISTINGS_PAGE, myListings, myShows, SHOWS_PAGE } from './mine';

const stockText = ({ stock, held, shop, community }: Listing): string =>
	[stock > 0 ? `${stock} in stock` : held > 0 ? 'all held' : 'Sold out', shop && 'in your shop', community?.ok && 'others may show it'].filter(Boolean).join(', ');

const stateNames = { scheduled: 'Planned', live: 'On air', ended: 'Ended' };
const order = { live: 0, scheduled: 1, ended: 2 };

export function Dashboard({ mayHost }: { mayHost: boolean }): JSX.Element {
	const listings = usePages(myListings, LISTINGS_PAGE, 'listings');
	const orders = useData(() => get<{ orders: Order[] }>('/api/v1/orders?as=seller&state=paid'), 'orders', 15_000);
	const toShip = orders.value?.orders.length ?? 0;
	const error = listings.error || orders.error;
	return (
		<>
			<h1>Studio</h1>
			{error && <Alert text={error} />}
			{mayHost ? <Shows /> : <AskToHost />}
			<section aria-labelledby="orders">
				<h2 id="orders">Selling</h2>
				<nav class="menu" aria-label="Selling">
					<a href="/studio#orders" data-testid="seller-orders">
						<span class="grow">Orders</span>
						{toShip > 0 && <span class="state paid">{plural(toShip, 'to ship', 'to ship')}</span>}
					</a>
					<a href="/studio#money" data-testid="seller-money">
						Money and shipping
					</a>
					{mayHost && (
						<a href="/studio#catalogue" data-testid="catalogue-open">
							Find listings of other sellers
						</a>
					)}
					<a href="/studio#profile" data-testid="seller-profile">
						Credit and blocked hosts
					</a>
				</nav>
			</section>
			<section aria-labelledby="listings">
				<div class="section-head">
					<h2 id="listings">Listings</h2>
					<a class="button small primary" href="/studio#listing" data-testid="new-listing">
						New listing
					</a>
				</div>
				{listings.value?.length === 0 && <p class="empty">No listings yet. Take a photo of what you sell.</p>}
				<ul class="rows">
					{listings.value?.map((listing) => (
						<li key={listing.id}>
							<a class="row link" href={`/studio#listing/${listing.id}`} data-testid="my-listing" data-listing={listing.id}>
								<ListingPhoto photo={listing.photo} size="s" />
								<span class="row-text">
									<b>{listing.title}</b>
									<span>
										{money(listing.price, listing.currency)} · {stockText(listing)}
									</span>
								</span>
							</a>
						</li>
					))}
				</ul>
				<MoreButton more={listings.more} what="Show older listings" />
			</section>
		</>
	);
}

function Shows(): JSX.Element {
	const shows = usePages(myShows, SHOWS_PAGE, 'shows');
	const sorted = [...(shows.value ?? [])].sort((a, b) => order[a.state] - order[b.state] || (a.id < b.id ? 1 : -1));
	return (
		<section aria-labelledby="shows">
			<div class="section-head">
				<h2 id="shows">Shows</h2>
				<a class="button small primary" href="/studio#new-show" data-testid="new-show">
					New show
				</a>
			</div>
			{shows.error && <Alert text={shows.error} />}
			{shows.value && sorted.length === 0 && <p class="empty">No shows yet. Make one: it takes a title, nothing more.</p>}
			<ul class="rows">
				{sorted.map((show) => (
					<li key={show.id}>
						<a class="row link" href={`/studio#show/${show.id}`} data-testid="my-show" data-show={show.id}>
							<span class="row-text">
								<b>{show.title}</b>
								<span>{show.starts_at && show.state === 'scheduled' ? when(Date.parse(show.starts_at), serverNow()) : stateNames[show.state]}</span>
							</span>
							{show.state === 'live' && <span class="live-badge">Live</span>}
						</a>
					</li>
				))}
			</ul>
			<MoreButton more={shows.more} what="Show older shows" />
		</section>
	);
}
