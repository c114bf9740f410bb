/* What goes into the run of show: one's own listings by a tap, those of others at a price of one's own. */
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { post } from '../api/http';
import type { Room } from '../api/room';
import type { Item, Listing } from '../api/types';
import { useAction } from '../ui/action';
import { Alert } from '../ui/alert';
import { money } from '../ui/format';
import { Plus } from '../ui/icons';
import { ListingPhoto } from '../ui/picture';
import { Sheet } from '../ui/sheet';
import { MoreButton, usePages } from '../ui/use-pages';
import { variantName } from '../ui/variant';
import { Catalogue } from './catalogue';
import { ListingForm } from './listing-form';
import { LISTINGS_PAGE, myListings } from './mine';
import { PickForm } from './pick-form';

export function AddSheet({ room, onClose }: { room: Room; onClose: () => void }): JSX.Element {
	const [step, setStep] = useState<'mine' | 'others' | 'make'>('mine');
	const [picked, setPicked] = useState<Listing | null>(null);
	const inShow = new Set(room.items.value.map((item) => item.listing.id));
	const action = useAction();
	const add = async (listing: Listing): Promise<void> => {
		const { item } = await post<{ item: Item }>(`/api/v1/shows/${room.id}/items`, { listing: listing.id });
		room.setItem(item);
	};
	if (step === 'make') {
		return (
			<Sheet title="New listing" onClose={() => setStep('mine')} testid="make-sheet">
				<ListingForm
					listing={null}
					onDone={(listing) => {
						setStep('mine');
						void action.run(() => add(listing));
					}}
				/>
			</Sheet>
		);
	}
	if (picked) {
		return (
			<Sheet title="Add to the show" onClose={() => setPicked(null)} testid="pick-sheet">
				<PickForm
					listing={picked}
					show={room.id}
					onDone={(item) => {
						room.setItem(item);
						setPicked(null);
					}}
				/>
			</Sheet>
		);
	}
	return (
		<Sheet title="Add to the show" onClose={onClose} testid="add-sheet" tall>
			<div class="choices" role="group" aria-label="Whose">
				<button type="button" class="small" aria-pressed={step === 'mine'} onClick={() => setStep('mine')} data-testid="add-mine">
					Mine
				</button>
				<button type="button" class="small" aria-pressed={step === 'others'} onClick={() => setStep('others')} data-testid="add-others">
					From other sellers
				</button>
			</div>
			<Alert text={action.error} />
			{step === 'mine' ? (
				<Mine inShow={inShow} busy={action.busy} onAdd={(listing) => void action.run(() => add(listing))} onMake={() => setStep('make')} />
			) : (
				<Catalogue without={inShow} onPick={setPicked} />
			)}
		</Sheet>
	);
}

type MineProps = { inShow: Set<string>; busy: boolean; onAdd: (listing: Listing) => void; onMake: () => void };

function Mine({ inShow, busy, onAdd, onMake }: MineProps): JSX.Element {
	const listings = usePages(myListings, LISTINGS_PAGE, 'mine');
	const all = listings.value ?? [];
	const free = all.filter((listing) => !inShow.has(listing.id));
	return (
		<>
			<button type="button" onClick={onMake} data-testid="make-listing">
				<Plus size={20} /> New listing
			</button>
			{listings.error && <Alert text={listings.error} />}
			{listings.value && free.length === 0 && <p class="empty">{all.length ? 'All your listings are in this show.' : 'You have no listings yet.'}</p>}
			<ul class="rows">
				{free.map((listing) => (
					<li key={listing.id}>
						<button type="button" class="row link" disabled={busy} onClick={() => onAdd(listing)} data-testid="add-item" data-listing={listing.id}>
							<ListingPhoto photo={listing.photo} size="s" />
							<span class="row-text">
								<b>{listing.title}</b>
								<span>
									{money(listing.price, listing.currency)} · {listing.stock} in stock
								</span>
								{listing.variants.length > 0 && <span>{listing.variants.map(variantName).join(' · ')}</span>}
							</span>
							<Plus />
						</button>
					</li>
				))}
			</ul>
			<MoreButton more={listings.more} what="Show older listings" />
		</>
	);
}
