/* The run of show: which listings, in which order. */
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { codeOf } from '../api/error';
import { get, patch, post, remove } from '../api/http';
import type { Room } from '../api/room';
import { account } from '../api/session';
import { socket } from '../api/socket';
import type { Item, Listing } from '../api/types';
import { useAction } from '../ui/action';
import { money } from '../ui/format';
import { Close, Down, Plus, Star, Up } from '../ui/icons';
import { ListingPhoto } from '../ui/picture';
import { Sheet } from '../ui/sheet';
import { useData } from '../ui/use-data';
import { ListingForm } from './listing-form';
import { PriceSheet } from './price-sheet';

/** `onFeature`: on air, inside a sheet of that name; items are shown rather than moved. */
type Props = { room: Room; onFeature?: () => void };

export function RunOfShow({ room, onFeature }: Props): JSX.Element {
	const [adding, setAdding] = useState(false);
	const [pricing, setPricing] = useState<Item | null>(null);
	const action = useAction();
	const items = room.items.value;
	const path = (item: Item): string => `/api/v1/shows/${room.id}/items/${item.id}`;
	const live = room.show.value?.state === 'live';
	const move = (index: number, by: number): void =>
		void action.run(async () => {
			const item = items[index]!;
			const other = items[index + by]!;
			const { item: moved } = await patch<{ item: Item }>(path(item), { position: other.position });
			/* Where the others went, the server decides. */
			room.setItem(moved);
			const fresh = await get<{ items: Item[] }>(`/api/v1/shows/${room.id}`);
			for (const each of fresh.items) room.setItem(each);
		});
	const drop = (item: Item): void =>
		void action.run(async () => {
			await remove(path(item)).catch((error) => {
				if (codeOf(error) !== 'not_found') throw error;
			});
			room.dropItem(item.id);
		});
	const feature = (item: Item): void =>
		void action.run(async () => {
			await socket.request('feature', { show: room.id, item: item.id });
			onFeature?.();
		});
	return (
		<section class="run" aria-label="Run of show">
			<div class="section-head">
				{onFeature ? <p class="hint">The star shows an item to everybody at once.</p> : <h2>Run of show</h2>}
				<button type="button" class="small" onClick={() => setAdding(true)} data-testid="add-items">
					<Plus size={20} /> Add
				</button>
			</div>
			{items.length === 0 && <p class="empty">Nothing in it yet. Add what you want to show.</p>}
			<ol class="rows">
				{items.map((item, index) => (
					<li key={item.id} class={`row ${item.id === room.featuredId.value ? 'current' : ''}`} data-testid="run-item" data-item={item.id} data-listing={item.listing.id}>
						<ListingPhoto photo={item.listing.photo} size="s" />
						<span class="row-text">
							<b>{item.listing.title}</b>
							<span>
								<button type="button" class="inline" aria-label={`${money(item.price, item.currency)}: change the price of ${item.listing.title}`} onClick={() => setPricing(item)} data-testid="item-price">
									{money(item.price, item.currency)}
								</button>{' '}
								{item.stock > 0 ? `${item.stock} left` : 'sold out'}
							</span>
							{item.listing.seller.id !== account.value?.id && <span>from {item.listing.seller.display_name}</span>}
						</span>
						<span class="row-tools">
							{live && onFeature ? (
								<button
									type="button"
									class="round quiet"
									aria-pressed={item.id === room.featuredId.value}
									aria-label={`Show ${item.listing.title} now`}
									disabled={action.busy}
									onClick={() => feature(item)}
									data-testid="feature-item"
								>
									<Star />
								</button>
							) : (
								<>
									<button type="button" class="round quiet" disabled={action.busy || index === 0} aria-label={`Move ${item.listing.title} up`} onClick={() => move(index, -1)} data-testid="item-up">
										<Up />
									</button>
									<button
										type="button"
										class="round quiet"
										disabled={action.busy || index === items.length - 1}
										aria-label={`Move ${item.listing.title} down`}
										onClick={() => move(index, 1)}
										data-testid="item-down"
									>
										<Down />
									</button>
								</>
							)}
							<button type="button" class="round quiet" disabled={action.busy} aria-label={`Take ${item.listing.title} out`} onClick={() => drop(item)} data-testid="item-remove">
								<Close />
							</button>
						</span>
					</li>
				))}
			</ol>
			<p class="error" role="alert">
				{action.error}
			</p>
			{adding && <AddSheet room={room} onClose={() => setAdding(false)} />}
			{pricing && <PriceSheet room={room} item={pricing} onClose={() => setPricing(null)} />}
		</section>
	);
}

function AddSheet({ room, onClose }: { room: Room; onClose: () => void }): JSX.Element {
	const [making, setMaking] = useState(false);
	const listings = useData(() => loadListings(), making);
	const action = useAction();
	const inShow = new Set(room.items.value.map((item) => item.listing.id));
	const add = async (listing: Listing): Promise<void> => {
		const { item } = await post<{ item: Item }>(`/api/v1/shows/${room.id}/items`, { listing: listing.id });
		room.setItem(item);
	};
	if (making) {
		return (
			<Sheet title="New listing" onClose={() => setMaking(false)} testid="make-sheet">
				<ListingForm
					listing={null}
					onDone={(listing) => {
						setMaking(false);
						void action.run(() => add(listing));
					}}
				/>
			</Sheet>
		);
	}
	const free = (all: Listing[]): Listing[] => all.filter((listing) => !inShow.has(listing.id));
	const mine = free(listings.value?.mine ?? []);
	const others = free(listings.value?.others ?? []);
	const row = (listing: Listing): JSX.Element => (
		<AddRow key={listing.id} listing={listing} busy={action.busy} onAdd={() => void action.run(() => add(listing))} />
	);
	return (
		<Sheet title="Add to the show" onClose={onClose} testid="add-sheet">
			<button type="button" onClick={() => setMaking(true)} data-testid="make-listing">
				<Plus size={20} /> New listing
			</button>
			<p class="error" role="alert">
				{action.error || listings.error}
			</p>
			{listings.value && mine.length === 0 && (
				<p class="empty">{listings.value.mine.length ? 'All your listings are in this show.' : 'You have no listings yet.'}</p>
			)}
			<ul class="rows">{mine.map(row)}</ul>
			{others.length > 0 && (
				<section class="stack" aria-labelledby="others">
					<h3 id="others">From other sellers, who let you show it</h3>
					<ul class="rows">{others.map(row)}</ul>
				</section>
			)}
		</Sheet>
	);
}

/* What is one's own, and what others let every host show: they are paid and they ship. */
async function loadListings(): Promise<{ mine: Listing[]; others: Listing[] }> {
	const [own, all] = await Promise.all(['?mine=1', ''].map((query) => get<{ listings: Listing[] }>(`/api/v1/listings${query}`)));
	const others = all!.listings.filter((listing) => listing.seller.id !== account.peek()?.id && listing.community?.ok && listing.stock > 0);
	return { mine: own!.listings, others };
}

function AddRow({ listing, busy, onAdd }: { listing: Listing; busy: boolean; onAdd: () => void }): JSX.Element {
	const { seller, community, currency } = listing;
	const foreign = seller.id !== account.value?.id;
	return (
		<li>
			<button type="button" class="row link" disabled={busy} onClick={onAdd} data-testid="add-item" data-listing={listing.id}>
				<ListingPhoto photo={listing.photo} size="s" />
				<span class="row-text">
					<b>{listing.title}</b>
					<span>
						{money(listing.price, currency)} · {listing.stock} in stock
					</span>
					{foreign && (
						<span>
							{seller.display_name}
							{community?.floor ? ` · at least ${money(community.floor, currency)}` : ''}
						</span>
					)}
				</span>
				<Plus />
			</button>
		</li>
	);
}
