/* What a listing's form holds, and what of it is sent: only differences, for stock is counted by the server. */
import type { Listing, Variant } from '../api/types';
import { moneyInput, parseMoney } from '../ui/format';

/** One size or colour as typed; `known` is what the server has of it. */
export type Part = { key: number; known: Variant | null; size: string; colour: string; stock: string };

export type Draft = {
	title: string;
	description: string;
	price: string;
	stock: string;
	size: string;
	brand: string;
	parts: Part[];
	shop: boolean;
	shared: boolean;
	floor: string;
	auction: boolean;
};

let lastKey = 0;
export const newPart = (size = ''): Part => ({ key: ++lastKey, known: null, size, colour: '', stock: '1' });

export const draftOf = (listing: Listing | null): Draft => ({
	title: listing?.title ?? '',
	description: listing?.description ?? '',
	price: listing ? moneyInput(listing.price, listing.currency) : '',
	stock: String(listing?.stock ?? 1),
	size: listing?.size ?? '',
	brand: listing?.brand ?? '',
	parts: partsOf(listing),
	shop: listing?.shop ?? false,
	shared: listing?.community?.ok ?? false,
	floor: listing?.community?.floor ? moneyInput(listing.community.floor, listing.currency) : '',
	auction: listing?.community?.auction ?? false,
});

export const partsOf = (listing: Listing | null): Part[] =>
	(listing?.variants ?? []).map((known) => ({ key: ++lastKey, known, size: known.size, colour: known.colour, stock: String(known.stock) }));

export type Wrong = { field: 'price' | 'floor' | 'parts'; text: string };

/** What to send for the draft, to POST when nothing is `made` yet, else to PATCH. */
export function fieldsOf(draft: Draft, made: Listing | null, currency: string): { wrong: Wrong } | { fields: Record<string, unknown> } {
	const price = parseMoney(draft.price, currency);
	if (!price) return { wrong: { field: 'price', text: 'Please give a price, such as 45 or 45.50.' } };
	/* Left empty, nobody may sell it for less than it costs here. */
	const floor = draft.floor.trim() ? parseMoney(draft.floor, currency) : price;
	if (draft.shared && (!floor || floor > price)) return { wrong: { field: 'floor', text: 'Please give a price that is not above your own.' } };
	const names = draft.parts.map((part) => `${part.size.trim()}\n${part.colour.trim()}`.toLowerCase());
	if (names.includes('\n')) return { wrong: { field: 'parts', text: 'Please give each a size or a colour.' } };
	if (new Set(names).size < names.length) return { wrong: { field: 'parts', text: 'Two of them are alike.' } };
	const community = draft.shared ? { ok: true, floor, auction: draft.auction } : made?.community?.ok ? { ok: false } : undefined;
	return {
		fields: {
			title: draft.title.trim(),
			description: draft.description.trim(),
			price,
			size: draft.parts.length ? '' : draft.size.trim(),
			brand: draft.brand.trim(),
			shop: draft.shop,
			...(community ? { community } : {}),
			...(made ? stockChanges(draft, made) : firstStock(draft, currency)),
		},
	};
}

const text = ({ size, colour }: Part): { size: string; colour: string } => ({ size: size.trim(), colour: colour.trim() });

const firstStock = (draft: Draft, currency: string): object => ({
	currency,
	...(draft.parts.length ? { variants: draft.parts.map((part) => ({ ...text(part), stock: Number(part.stock) })) } : { stock: Number(draft.stock) }),
});

function stockChanges(draft: Draft, made: Listing): object {
	if (!draft.parts.length && !made.variants.length) {
		const delta = Number(draft.stock) - made.stock;
		return delta ? { stock_delta: delta } : {};
	}
	const kept = new Set(draft.parts.map((part) => part.known?.id));
	const variants: object[] = made.variants.filter(({ id }) => !kept.has(id)).map(({ id }) => ({ id, remove: true }));
	for (const part of draft.parts) {
		const { known } = part;
		const { size, colour } = text(part);
		const delta = Number(part.stock) - (known?.stock ?? 0);
		const stock = delta ? { stock_delta: delta } : {};
		if (!known) variants.push({ size, colour, ...stock });
		else if (size !== known.size || colour !== known.colour) variants.push({ id: known.id, size, colour, ...stock });
		else if (delta) variants.push({ id: known.id, ...stock });
	}
	return variants.length ? { variants } : {};
}
