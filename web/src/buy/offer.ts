/* What can be claimed: an item of a show, or a listing out of its seller's shop. To the button they are the same. */
import type { Id, Item, Listing, Variant } from '../api/types';
import { presentPrice, variantName } from '../ui/variant';

export type Offer = {
	/** The item's, in a show; else the listing's. */
	id: Id;
	show: Id | null;
	listing: Listing;
	price: number;
	flash: Item['flash'];
	currency: string;
	stock: number;
	waiting: number;
};

export const itemOffer = (item: Item, show: Id): Offer => ({ ...item, show });

export const shopOffer = (listing: Listing): Offer => ({
	id: listing.id,
	show: null,
	listing,
	price: listing.price,
	flash: null,
	currency: listing.currency,
	stock: listing.stock,
	waiting: 0,
});

export const priceOf = (offer: Offer, nowMs: number): number => presentPrice(offer, nowMs);

export const variantOf = (listing: Listing, id: Id | null): Variant | null => listing.variants.find((one) => one.id === id) ?? null;

/** How many can be had now, and how many others hold: of the variant, or of all. */
export function unitsOf(offer: Offer, variant: Variant | null): { stock: number; held: number } {
	return variant ?? { stock: offer.stock, held: offer.listing.held };
}

/** What a buyer wants to know beside the title: brand, size, and the one variant where nothing is to be chosen. */
export function aboutText({ brand, size, variants }: Listing): string {
	const only = variants.length === 1 ? variantName(variants[0]!) : '';
	return [brand, size && `Size ${size}`, only].filter(Boolean).join(' · ');
}

/** "Size", "Colour", or both: what has to be chosen. */
export function choiceName(listing: Listing): string {
	const size = listing.variants.some((one) => one.size);
	const colour = listing.variants.some((one) => one.colour);
	return size && colour ? 'size and colour' : colour ? 'colour' : 'size';
}

/** The buyer's own, of the holds or places in line, for what is offered. */
export const mineOf = <T extends { item: Id | null; listing: { id: Id } }>(list: T[], offer: Offer): T[] =>
	list.filter((one) => (offer.show ? one.item === offer.id : one.listing.id === offer.listing.id));

/** "3 left", "Last one", "Held by others", "Sold out"; `own`: how many of those held are the buyer's. */
export function stockText({ stock, held }: { stock: number; held: number }, own = 0): string {
	if (stock <= 0) return held > own ? 'Held by others' : own > 0 ? 'Held for you' : 'Sold out';
	return stock === 1 ? 'Last one' : `${stock} left`;
}

export const unitsHeld = (list: { quantity: number }[]): number => list.reduce((n, { quantity }) => n + quantity, 0);
