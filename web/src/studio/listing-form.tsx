/* Make or change a listing, the photo straight from the phone's camera. */
import type { JSX } from 'preact';
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { get, patch, post } from '../api/http';
import { askMarket, market } from '../api/market';
import { account } from '../api/session';
import type { Listing } from '../api/types';
import { explain } from '../text/codes';
import { useAction } from '../ui/action';
import { store } from '../ui/dom';
import { Field } from '../ui/field';
import { moneyInput, parseMoney } from '../ui/format';
import { Camera } from '../ui/icons';
import { notify } from '../ui/notices';
import { navigate } from '../ui/router';
import { useData } from '../ui/use-data';
import { drawPhoto, toJpeg } from './photo';

const CURRENCY = 'trunkshow.currency'; /* what this host chose last */
const currencies = ['EUR', 'USD', 'GBP', 'CHF', 'SEK', 'NOK', 'DKK', 'PLN', 'CZK', 'CAD', 'AUD', 'JPY'];

export function ListingView({ id }: { id: string }): JSX.Element {
	const known = useData(async () => (id ? get<{ listing: Listing }>(`/api/v1/listings/${id}`) : null), id);
	if (id && !known.value)
		return known.error ? (
			<p class="error" role="alert">
				{known.error}
			</p>
		) : (
			<p aria-busy="true">One moment…</p>
		);
	return (
		<>
			<h1>{id ? 'Listing' : 'New listing'}</h1>
			<ListingForm listing={known.value?.listing ?? null} onDone={() => navigate('/studio')} />
		</>
	);
}

type FormProps = { listing: Listing | null; onDone: (listing: Listing) => void };

export function ListingForm({ listing, onDone }: FormProps): JSX.Element {
	const [chosen, setCurrency] = useState(listing?.currency ?? store.get<string>(localStorage, CURRENCY));
	useEffect(() => void askMarket(), []);
	const currency = chosen ?? market.value?.currency ?? 'EUR';
	const [title, setTitle] = useState(listing?.title ?? '');
	const [description, setDescription] = useState(listing?.description ?? '');
	const [price, setPrice] = useState(listing ? moneyInput(listing.price, listing.currency) : '');
	const [stock, setStock] = useState(String(listing?.stock ?? 1));
	const [size, setSize] = useState(listing?.size ?? '');
	const [brand, setBrand] = useState(listing?.brand ?? '');
	const [priceError, setPriceError] = useState('');
	const [shared, setShared] = useState(listing?.community?.ok ?? false);
	const [floor, setFloor] = useState(listing?.community?.floor ? moneyInput(listing.community.floor, listing.currency) : '');
	const [floorError, setFloorError] = useState('');
	/* Made already though its photo failed: the next press only sends what is missing. */
	const [made, setMade] = useState<Listing | null>(listing);
	const canvas = useRef<HTMLCanvasElement>(null);
	const [photoState, setPhotoState] = useState<'none' | 'new' | 'sent'>('none');
	const ids = { currency: useId(), description: useId() };
	const action = useAction();
	const own = !listing || listing.seller.id === account.value?.id;

	const form = useRef<HTMLFormElement>(null);
	/* The field may be out of sight by the time one presses the button at the end. */
	const refuse = (show: (text: string) => void, text: string): void => {
		show(text);
		requestAnimationFrame(() => form.current?.querySelector<HTMLElement>('[aria-invalid=true]')?.focus());
	};

	const save = async (): Promise<void> => {
		setPriceError('');
		setFloorError('');
		const minor = parseMoney(price, currency);
		if (minor === null || minor <= 0) {
			refuse(setPriceError, 'Please give a price, such as 45 or 45.50.');
			return;
		}
		/* Left empty, nobody may sell it for less than it costs here. */
		const lowest = floor.trim() ? parseMoney(floor, currency) : minor;
		if (shared && (lowest === null || lowest <= 0 || lowest > minor)) {
			refuse(setFloorError, 'Please give a price that is not above your own.');
			return;
		}
		const community = { ok: shared, floor: shared ? lowest : (made?.community?.floor ?? 0), auction: made?.community?.auction ?? false };
		const fields = { title: title.trim(), description: description.trim(), price: minor, size: size.trim(), brand: brand.trim(), community };
		let saved: Listing;
		if (made) {
			const delta = Number(stock) - made.stock;
			saved = (await patch<{ listing: Listing }>(`/api/v1/listings/${made.id}`, { ...fields, ...(delta ? { stock_delta: delta } : {}) })).listing;
		} else {
			saved = (await post<{ listing: Listing }>('/api/v1/listings', { ...fields, currency, stock: Number(stock) })).listing;
		}
		setMade(saved);
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
			onSubmit={(event) => {
				event.preventDefault();
				void action.run(save);
			}}
			data-testid="listing-form"
		>
			<PhotoInput canvas={canvas} shown={listing?.photo ?? null} drawn={photoState !== 'none'} onDrawn={() => setPhotoState('new')} />
			<Field label="What is it?" value={title} onValue={setTitle} required maxLength={120} testid="listing-title" />
			<div class="pair">
				<Field label="Price" value={price} onValue={setPrice} inputMode="decimal" required error={priceError} testid="listing-price" />
				<div class="field">
					<label for={ids.currency}>Currency</label>
					<select id={ids.currency} value={currency} disabled={!!made} onChange={(event) => setCurrency(event.currentTarget.value)} data-testid="listing-currency">
						{[...new Set([currency, ...currencies])].map((code) => (
							<option key={code}>{code}</option>
						))}
					</select>
				</div>
			</div>
			<div class="pair">
				<Field label="In stock" type="number" min={0} max={100000} step={1} value={stock} onValue={setStock} inputMode="numeric" required testid="listing-stock" />
				<Field label="Size (optional)" value={size} onValue={setSize} maxLength={40} testid="listing-size" />
			</div>
			<Field label="Brand (optional)" value={brand} onValue={setBrand} maxLength={80} testid="listing-brand" />
			<div class="field">
				<label for={ids.description}>Description (optional)</label>
				<textarea id={ids.description} rows={3} maxLength={2000} value={description} onInput={(event) => setDescription(event.currentTarget.value)} data-testid="listing-description" />
			</div>
			<CommunityFields shared={shared} onShared={setShared} floor={floor} onFloor={setFloor} error={floorError} price={price} />
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

type CommunityProps = { shared: boolean; onShared: (on: boolean) => void; floor: string; onFloor: (text: string) => void; error: string; price: string };

function CommunityFields({ shared, onShared, floor, onFloor, error, price }: CommunityProps): JSX.Element {
	return (
		<>
			<label class="switch">
				<span>
					Let other hosts show it
					<span class="hint">You are paid and you ship, whoever shows it.</span>
				</span>
				<input type="checkbox" role="switch" checked={shared} onChange={(event) => onShared(event.currentTarget.checked)} data-testid="listing-community" />
			</label>
			{shared && (
				<Field
					label="Lowest price (optional)"
					value={floor}
					onValue={onFloor}
					inputMode="decimal"
					placeholder={price}
					error={error}
					hint="Others may not sell it for less. Empty: for your price."
					testid="listing-floor"
				/>
			)}
		</>
	);
}

type PhotoProps = {
	canvas: { current: HTMLCanvasElement | null };
	shown: string | null;
	drawn: boolean;
	onDrawn: () => void;
};

function PhotoInput({ canvas, shown, drawn, onDrawn }: PhotoProps): JSX.Element {
	const [failure, setFailure] = useState('');
	const id = useId();
	const input = useRef<HTMLInputElement>(null);
	/* `capture` is no property in every browser's element; as an attribute phones understand it. */
	useEffect(() => input.current!.setAttribute('capture', 'environment'), []);
	const take = async (file: File | undefined): Promise<void> => {
		if (!file) return;
		try {
			await drawPhoto(file, canvas.current!);
			setFailure('');
			onDrawn();
		} catch (error) {
			setFailure(error instanceof DOMException ? 'This file is no picture that can be read. Please choose a JPEG, PNG or WebP.' : explain(error));
		}
	};
	return (
		<div class="photo-input">
			<input
				ref={input}
				id={id}
				class="visually-hidden"
				type="file"
				accept="image/jpeg,image/png,image/webp"
				onChange={(event) => void take(event.currentTarget.files?.[0])}
				data-testid="listing-photo"
			/>
			<label for={id} class="photo-drop">
				<canvas ref={canvas} class={drawn ? '' : 'gone'} width={1} height={1} role="img" aria-label="The new photo" />
				{!drawn && shown && <img src={shown} alt="The present photo" />}
				<span class="photo-hint">
					<Camera /> {drawn || shown ? 'Another photo' : 'Take a photo'}
				</span>
			</label>
			{failure && (
				<p class="error" role="alert">
					{failure}
				</p>
			)}
		</div>
	);
}
