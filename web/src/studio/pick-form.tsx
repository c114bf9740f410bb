/* A listing of somebody else for a show of one's own, at a price that its owner agrees to. */
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { post } from '../api/http';
import type { Item, Listing } from '../api/types';
import { submitting, useAction } from '../ui/action';
import { Alert } from '../ui/alert';
import { Field } from '../ui/field';
import { money, moneyInput } from '../ui/format';
import { ListingPhoto } from '../ui/picture';
import { variantName } from '../ui/variant';
import { readPrice } from './price';

type Props = { listing: Listing; show: string; onDone: (item: Item) => void };

export function PickForm({ listing, show, onDone }: Props): JSX.Element {
	const { currency, seller, community } = listing;
	const floor = community?.floor ?? 0;
	const [text, setText] = useState(moneyInput(Math.max(listing.price, floor), currency));
	const [wrong, setWrong] = useState('');
	const action = useAction();
	const add = async (): Promise<void> => {
		const price = readPrice(text, currency, listing, floor, setWrong);
		if (price !== null) onDone((await post<{ item: Item }>(`/api/v1/shows/${show}/items`, { listing: listing.id, price })).item);
	};
	return (
		<form
			class="stack"
			onSubmit={submitting(() => {
				setWrong('');
				void action.run(add);
			})}
		>
			<div class="row">
				<ListingPhoto photo={listing.photo} size="m" />
				<span class="row-text">
					<b>{listing.title}</b>
					<span>{[listing.brand, listing.variants.map(variantName).join(' · ') || listing.size, `${listing.stock} in stock`].filter(Boolean).join(', ')}</span>
					<span>from {seller.display_name}</span>
				</span>
			</div>
			{listing.description && <p class="description">{listing.description}</p>}
			<p class="hint">
				{seller.display_name} is paid and ships. What you sell for others is counted on your profile, as credit.{' '}
				{community?.auction ? 'It may be auctioned, too.' : 'It may not be auctioned.'}
			</p>
			<Field
				label={`Price in your show (${currency})`}
				value={text}
				onValue={setText}
				inputMode="decimal"
				required
				error={wrong}
				hint={floor ? `${money(floor, currency)} at least.` : undefined}
				testid="pick-price"
			/>
			<Alert text={action.error} />
			<button type="submit" class="primary big" disabled={action.busy} data-testid="pick-add">
				{action.busy ? 'Adding…' : 'Add to the show'}
			</button>
		</form>
	);
}
