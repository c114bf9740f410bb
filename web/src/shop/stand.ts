/* A shop as a stand: what its seller offers outside of shows. */
import { effect, signal } from '@preact/signals';
import { account } from '../api/session';
import type { Listing } from '../api/types';
import type { Stand } from '../buy/claim-desk';
import { shopOffer, type Offer } from '../buy/offer';

export class ShopStand implements Stand {
	readonly offers = signal<Offer[]>([]);

	show(listings: Listing[]): void {
		this.offers.value = listings.map(shopOffer);
	}

	learn(offer: Offer, variant: string | null, { price, stock }: { price?: number; stock?: number }): void {
		const known = offer.listing;
		const variants = known.variants.map((one) => (one.id === variant && stock !== undefined ? { ...one, stock } : one));
		const listing = { ...known, variants, price: price ?? known.price, stock: variant ? known.stock : (stock ?? known.stock) };
		this.offers.value = this.offers.value.map((one) => (one.id === offer.id ? shopOffer(listing) : one));
	}

	whenReady(fn: () => void): () => void {
		return effect(() => {
			if (account.value !== undefined) queueMicrotask(fn);
		});
	}
}
