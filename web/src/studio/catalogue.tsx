/* What other sellers let one show: searched while one types, newest first until then. */
import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { get } from '../api/http';
import { askMarket, market } from '../api/market';
import type { Listing } from '../api/types';
import { explain } from '../text/codes';
import { Alert } from '../ui/alert';
import { Field } from '../ui/field';
import { money, parseMoney } from '../ui/format';
import { ListingPhoto } from '../ui/picture';
import { variantName } from '../ui/variant';

const PAUSE_MS = 250; /* of typing, before the server is asked */
const FULL = 100; /* a shorter page is the last */

type Wish = { q: string; size: string; brand: string; most: string; auction: boolean };
const anything: Wish = { q: '', size: '', brand: '', most: '', auction: false };

function query(wish: Wish, currency: string, before?: string): string {
	const words = new URLSearchParams();
	const put = (name: string, value: string): void => {
		if (value.trim()) words.set(name, value.trim());
	};
	put('q', wish.q);
	put('size', wish.size);
	put('brand', wish.brand);
	const most = parseMoney(wish.most, currency);
	if (most) {
		put('currency', currency);
		put('price_most', String(most));
	}
	if (wish.auction) put('auction', '1');
	put('before', before ?? '');
	return words.toString();
}

type Found = { listings: Listing[] | null; error: string; more: boolean; loadMore: () => void };

/* The newest question alone may answer. */
function useCatalogue(wish: Wish, currency: string): Found {
	const [listings, setListings] = useState<Listing[] | null>(null);
	const [error, setError] = useState('');
	const [more, setMore] = useState(false);
	const asked = useRef(0);
	const ask = async (known: Listing[]): Promise<void> => {
		const mine = ++asked.current;
		try {
			const page = await get<{ listings: Listing[] }>(`/api/v1/catalogue?${query(wish, currency, known[known.length - 1]?.id)}`);
			if (mine !== asked.current) return;
			setListings([...known, ...page.listings]);
			/* What is best first has no next page. */
			setMore(!wish.q.trim() && page.listings.length >= FULL);
			setError('');
		} catch (failure) {
			if (mine === asked.current) setError(explain(failure));
		}
	};
	const first = useRef(true);
	const key = query(wish, currency);
	useEffect(() => {
		const timer = setTimeout(() => void ask([]), first.current ? 0 : PAUSE_MS);
		first.current = false;
		return () => clearTimeout(timer);
	}, [key]);
	return { listings, error, more, loadMore: () => void ask(listings ?? []) };
}

type Props = { without?: Set<string>; onPick: (listing: Listing) => void };

export function Catalogue({ without, onPick }: Props): JSX.Element {
	const [wish, setWish] = useState<Wish>(anything);
	const [filters, setFilters] = useState(false);
	useEffect(() => void askMarket(), []);
	const currency = market.value?.currency ?? 'EUR';
	const found = useCatalogue(wish, currency);
	const set = (part: Partial<Wish>): void => setWish({ ...wish, ...part });
	const filtered = [wish.size, wish.brand, wish.most].filter((text) => text.trim()).length + (wish.auction ? 1 : 0);
	const listings = (found.listings ?? []).filter((listing) => !without?.has(listing.id));
	return (
		<section class="stack" aria-label="Listings of other sellers" data-testid="catalogue">
			<div class="beside">
				<Field label="Search" value={wish.q} onValue={(q) => set({ q })} maxLength={100} placeholder="Dress, brand, colour…" testid="catalogue-search" />
				<button type="button" aria-expanded={filters} onClick={() => setFilters(!filters)} data-testid="catalogue-filters">
					Filters {filtered > 0 && <span class="digits">{filtered}</span>}
				</button>
			</div>
			{filters && (
				<div class="stack filters">
					<div class="pair">
						<Field label="Size" value={wish.size} onValue={(size) => set({ size })} maxLength={31} testid="catalogue-size" />
						<Field label="Brand" value={wish.brand} onValue={(brand) => set({ brand })} maxLength={80} testid="catalogue-brand" />
					</div>
					<div class="pair">
						<Field label={`At most (${currency})`} value={wish.most} onValue={(most) => set({ most })} inputMode="decimal" testid="catalogue-most" />
						<label class="switch">
							For auction
							<input type="checkbox" role="switch" checked={wish.auction} onChange={(event) => set({ auction: event.currentTarget.checked })} data-testid="catalogue-auction" />
						</label>
					</div>
					{filtered > 0 && (
						<button type="button" class="small quiet" onClick={() => setWish({ ...anything, q: wish.q })}>
							Clear the filters
						</button>
					)}
				</div>
			)}
			<Alert text={found.error} />
			<p class="visually-hidden" role="status">
				{found.listings && `${listings.length} found`}
			</p>
			{found.listings && listings.length === 0 && (
				<p class="empty">{wish.q.trim() || filtered ? 'Nothing fits. Try fewer words or filters.' : 'No seller lets others show something right now.'}</p>
			)}
			<ul class="rows">
				{listings.map((listing) => (
					<Found key={listing.id} listing={listing} onPick={() => onPick(listing)} />
				))}
			</ul>
			{found.more && (
				<button type="button" onClick={found.loadMore} data-testid="catalogue-more">
					Older ones
				</button>
			)}
		</section>
	);
}

function Found({ listing, onPick }: { listing: Listing; onPick: () => void }): JSX.Element {
	const { community, currency, seller } = listing;
	const about = [listing.brand, listing.variants.map(variantName).join(' · ') || listing.size, `${listing.stock} in stock`].filter(Boolean).join(', ');
	return (
		<li>
			<button type="button" class="row link" onClick={onPick} data-testid="catalogue-item" data-listing={listing.id}>
				<ListingPhoto photo={listing.photo} size="m" />
				<span class="row-text">
					<b>{listing.title}</b>
					<span>{about}</span>
					<span>
						<b class="price">{money(listing.price, currency)}</b> at least {money(community?.floor || listing.price, currency)} · {seller.display_name}
					</span>
				</span>
			</button>
		</li>
	);
}
