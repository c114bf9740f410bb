/* Make or change a listing, the photo straight from the phone's camera. */
import type { JSX } from 'preact';
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { get, patch, post } from '../api/http';
import { askMarket, market } from '../api/market';
import { account } from '../api/session';
import type { Listing } from '../api/types';
import { submitting, useAction } from '../ui/action';
import { Alert } from '../ui/alert';
import { store } from '../ui/dom';
import { Clips } from '../ui/clips';
import { Field } from '../ui/field';
import { notify } from '../ui/notices';
import { navigate } from '../ui/router';
import { useData } from '../ui/use-data';
import { draftOf, fieldsOf, partsOf, type Draft, type Wrong } from './listing-draft';
import { toJpeg } from './photo';
import { PhotoInput } from './photo-input';
import { Variants } from './variants';
import { Missed, Waitlist } from './waitlist';

export const CURRENCY = 'trunkshow.currency'; /* what this host chose last */
const currencies = ['EUR', 'USD', 'GBP', 'CHF', 'SEK', 'NOK', 'DKK', 'PLN', 'CZK', 'CAD', 'AUD', 'JPY'];

export function ListingView({ id }: { id: string }): JSX.Element {
	const known = useData(async () => (id ? get<{ listing: Listing }>(`/api/v1/listings/${id}`) : null), id);
	if (id && !known.value)
		return known.error ? (
			<Alert text={known.error} />
		) : (
			<p aria-busy="true">One moment…</p>
		);
	return (
		<>
			<h1>{id ? 'Listing' : 'New listing'}</h1>
			{id && <Waitlist listing={id} />}
			<ListingForm listing={known.value?.listing ?? null} onDone={() => navigate('/studio')} />
			{known.value && <Clips listing={id} title={known.value.listing.title} />}
			{id && <Missed listing={id} />}
		</>
	);
}

type FormProps = { listing: Listing | null; onDone: (listing: Listing) => void };

export function ListingForm({ listing, onDone }: FormProps): JSX.Element {
	const [chosen, setCurrency] = useState(listing?.currency ?? store.get<string>(localStorage, CURRENCY));
	useEffect(() => void askMarket(), []);
	const currency = chosen ?? market.value?.currency ?? 'EUR';
	const [draft, setDraft] = useState<Draft>(() => draftOf(listing));
	const [wrong, setWrong] = useState<Wrong | null>(null);
	/* Made already though its photo failed: the next press only sends what is missing. */
	const [made, setMade] = useState<Listing | null>(listing);
	const canvas = useRef<HTMLCanvasElement>(null);
	const [photoState, setPhotoState] = useState<'none' | 'new' | 'sent'>('none');
	const action = useAction();
	const own = !listing || listing.seller.id === account.value?.id;
	const set = (part: Partial<Draft>): void => setDraft((before) => ({ ...before, ...part }));
	const wrongAt = (field: Wrong['field']): string => (wrong?.field === field ? wrong.text : '');

	const form = useRef<HTMLFormElement>(null);
	const save = async (): Promise<void> => {
		const ready = fieldsOf(draft, made, currency);
		setWrong('wrong' in ready ? ready.wrong : null);
		if ('wrong' in ready) {
			/* The field may be out of sight by the time one presses the button at the end. */
			requestAnimationFrame(() => form.current?.querySelector<HTMLElement>('[aria-invalid=true], [data-wrong]')?.focus());
			return;
		}
		let { listing: saved } = made
			? await patch<{ listing: Listing }>(`/api/v1/listings/${made.id}`, ready.fields)
			: await post<{ listing: Listing }>('/api/v1/listings', ready.fields);
		setMade(saved);
		set({ parts: partsOf(saved), stock: String(saved.stock) });
		store.set(localStorage, CURRENCY, currency);
		if (photoState === 'new') {
			const { photo } = await post<{ photo: string }>(`/api/v1/listings/${saved.id}/photos`, await toJpeg(canvas.current!), 60_000);
			saved = { ...saved, photo };
			setPhotoState('sent');
		}
		notify(listing ? 'Saved.' : 'It is in your listings.', 'good');
		onDone(saved);
	};

	return (
		<form
			ref={form}
			class="stack"
			onSubmit={submitting(() => void action.run(save))}
			data-testid="listing-form"
		>
			<PhotoInput canvas={canvas} shown={listing?.photo ?? null} drawn={photoState !== 'none'} onDrawn={() => setPhotoState('new')} />
			<What draft={draft} set={set} currency={currency} onCurrency={made ? undefined : setCurrency} wrong={wrongAt('price')} />
			<Variants parts={draft.parts} onParts={(parts) => set({ parts })} error={wrongAt('parts')} />
			<label class="switch">
				<span>
					In your shop
					<span class="hint">Buyers find it on your page, outside of shows, too.</span>
				</span>
				<input type="checkbox" role="switch" checked={draft.shop} onChange={(event) => set({ shop: event.currentTarget.checked })} data-testid="listing-shop" />
			</label>
			<Community draft={draft} set={set} error={wrongAt('floor')} />
			<div class="sticky">
				<p class="error" role="alert" data-testid="listing-error">
					{action.error}
				</p>
				<button type="submit" class="primary big" disabled={action.busy || !own} data-testid="listing-save">
					{action.busy ? 'Saving…' : listing ? 'Save' : 'Make listing'}
				</button>
			</div>
		</form>
	);
}

type PartProps = { draft: Draft; set: (part: Partial<Draft>) => void };
type WhatProps = PartProps & { currency: string; onCurrency: ((code: string) => void) | undefined; wrong: string };

function What({ draft, set, currency, onCurrency, wrong }: WhatProps): JSX.Element {
	const ids = { currency: useId(), description: useId() };
	return (
		<>
			<Field label="What is it?" value={draft.title} onValue={(title) => set({ title })} required maxLength={120} testid="listing-title" />
			<div class="pair">
				<Field label="Price" value={draft.price} onValue={(price) => set({ price })} inputMode="decimal" required error={wrong} testid="listing-price" />
				<div class="field">
					<label for={ids.currency}>Currency</label>
					<select id={ids.currency} value={currency} disabled={!onCurrency} onChange={(event) => onCurrency?.(event.currentTarget.value)} data-testid="listing-currency">
						{[...new Set([currency, ...currencies])].map((code) => (
							<option key={code}>{code}</option>
						))}
					</select>
				</div>
			</div>
			{draft.parts.length === 0 && (
				<div class="pair">
					<Field label="In stock" type="number" min={0} max={100000} step={1} value={draft.stock} onValue={(stock) => set({ stock })} inputMode="numeric" required testid="listing-stock" />
					<Field label="Size (optional)" value={draft.size} onValue={(size) => set({ size })} maxLength={40} testid="listing-size" />
				</div>
			)}
			<Field label="Brand (optional)" value={draft.brand} onValue={(brand) => set({ brand })} maxLength={80} testid="listing-brand" />
			<div class="field">
				<label for={ids.description}>Description (optional)</label>
				<textarea id={ids.description} rows={3} maxLength={2000} value={draft.description} onInput={(event) => set({ description: event.currentTarget.value })} data-testid="listing-description" />
			</div>
		</>
	);
}

function Community({ draft, set, error }: PartProps & { error: string }): JSX.Element {
	return (
		<>
			<label class="switch">
				<span>
					Let other hosts show it
					<span class="hint">You are paid and you ship, whoever shows it.</span>
				</span>
				<input type="checkbox" role="switch" checked={draft.shared} onChange={(event) => set({ shared: event.currentTarget.checked })} data-testid="listing-community" />
			</label>
			{draft.shared && (
				<>
					<Field
						label="Lowest price (optional)"
						value={draft.floor}
						onValue={(floor) => set({ floor })}
						inputMode="decimal"
						placeholder={draft.price}
						error={error}
						hint="Others may not sell it for less. Empty: for your price."
						testid="listing-floor"
					/>
					<label class="switch">
						<span>
							They may auction it
							<span class="hint">Never for less than the lowest price.</span>
						</span>
						<input type="checkbox" role="switch" checked={draft.auction} onChange={(event) => set({ auction: event.currentTarget.checked })} data-testid="listing-auction" />
					</label>
				</>
			)}
		</>
	);
}
