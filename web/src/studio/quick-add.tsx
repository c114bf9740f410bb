/* Something that was not prepared, sold while on air: a frame of the live picture, what it is, what it costs, and it is shown. */
import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { patch, post } from '../api/http';
import { askMarket, market } from '../api/market';
import type { Room } from '../api/room';
import { socket } from '../api/socket';
import type { Item, Listing } from '../api/types';
import type { Publisher } from '../media/publish';
import { submitting, useAction } from '../ui/action';
import { Alert } from '../ui/alert';
import { store } from '../ui/dom';
import { Field } from '../ui/field';
import { parseMoney } from '../ui/format';
import { Camera, Photo } from '../ui/icons';
import { notify } from '../ui/notices';
import { Sheet } from '../ui/sheet';
import { CURRENCY } from './listing-form';
import { drawFrame, drawPhoto, toJpeg } from './photo';
import { photoProblem } from './photo-input';

const sizes = ['XS', 'S', 'M', 'L', 'XL', 'XXL'];
const counts = [1, 2, 3, 5, 10];

type Props = { room: Room; publisher: Publisher; onClose: () => void };

export function QuickAdd({ room, publisher, onClose }: Props): JSX.Element {
	const canvas = useRef<HTMLCanvasElement>(null);
	const [pictured, setPictured] = useState(false);
	const [title, setTitle] = useState('');
	const [price, setPrice] = useState('');
	const [wrong, setWrong] = useState('');
	const [chosen, setChosen] = useState<string[]>([]);
	const [count, setCount] = useState(1);
	useEffect(() => void askMarket(), []);
	const currency = store.get<string>(localStorage, CURRENCY) ?? market.value?.currency ?? 'EUR';
	const action = useAction();
	/* What got through before something failed: the next press only sends the rest. */
	const done = useRef<{ listing?: Listing; photo?: boolean; item?: Item }>({});

	const add = async (show: boolean): Promise<void> => {
		const minor = parseMoney(price, currency);
		if (!minor) {
			setWrong('Please give a price, such as 45 or 45.50.');
			return;
		}
		const variants = sizes.filter((size) => chosen.includes(size)).map((size) => ({ size, colour: '', stock: count }));
		const made = done.current;
		const what = { title: title.trim(), price: minor };
		/* Name and price may have been mended since. */
		if (made.listing) await patch(`/api/v1/listings/${made.listing.id}`, what);
		else made.listing = (await post<{ listing: Listing }>('/api/v1/listings', { ...what, currency, ...(variants.length ? { variants } : { stock: count }) })).listing;
		if (pictured && !made.photo) {
			await post(`/api/v1/listings/${made.listing.id}/photos`, await toJpeg(canvas.current!), 60_000);
			made.photo = true;
		}
		made.item ??= (await post<{ item: Item }>(`/api/v1/shows/${room.id}/items`, { listing: made.listing.id })).item;
		if (made.item.price !== minor) made.item = (await patch<{ item: Item }>(`/api/v1/shows/${room.id}/items/${made.item.id}`, { price: minor })).item;
		room.setItem(made.item);
		if (show) await socket.request('feature', { show: room.id, item: made.item.id });
		notify(show ? `“${title.trim()}” is shown now, as number ${made.item.number}.` : `“${title.trim()}” is number ${made.item.number} of the show.`, 'good');
		onClose();
	};
	const press = (show: boolean): void => {
		setWrong('');
		void action.run(() => add(show));
	};
	const locked = !!done.current.listing;
	return (
		<Sheet title="Add and show" onClose={onClose} testid="quick-sheet">
			<form class="stack" onSubmit={submitting(() => press(true))}>
				<div class="quick-top">
					<Shutter publisher={publisher} canvas={canvas} pictured={pictured} onPictured={setPictured} />
					<div class="stack">
						<Field label="What is it?" value={title} onValue={setTitle} required maxLength={120} testid="quick-title" />
						<Field label={`Price in ${currency}`} value={price} onValue={setPrice} inputMode="decimal" required error={wrong} testid="quick-price" />
					</div>
				</div>
				<Chips label="Sizes (none: one size)" options={sizes} on={(size) => chosen.includes(size)} disabled={locked} onPress={(size) => setChosen(chosen.includes(size) ? chosen.filter((each) => each !== size) : [...chosen, size])} testid="quick-size" />
				<Chips label={chosen.length ? 'How many of each' : 'How many'} options={counts} on={(n) => n === count} disabled={locked} onPress={setCount} testid="quick-count" />
				<div class="sticky quick-end">
					<Alert text={action.error} />
					<button type="submit" class="primary big" disabled={action.busy} data-testid="quick-show">
						{action.busy ? 'Adding…' : 'Add and show now'}
					</button>
					<button type="button" class="quiet" disabled={action.busy || !title.trim()} onClick={() => press(false)} data-testid="quick-only-add">
						Add for later in this show
					</button>
				</div>
			</form>
		</Sheet>
	);
}

type ChipsProps<T> = { label: string; options: T[]; on: (option: T) => boolean; disabled: boolean; onPress: (option: T) => void; testid: string };

function Chips<T extends string | number>({ label, options, on, disabled, onPress, testid }: ChipsProps<T>): JSX.Element {
	return (
		<div class="field" role="group" aria-label={label}>
			<span class="label">{label}</span>
			<div class="choices chips">
				{options.map((option) => (
					<button key={option} type="button" class="small" aria-pressed={on(option)} disabled={disabled} onClick={() => onPress(option)} data-testid={`${testid}-${option}`}>
						{option}
					</button>
				))}
			</div>
		</div>
	);
}

type ShutterProps = { publisher: Publisher; canvas: { current: HTMLCanvasElement | null }; pictured: boolean; onPictured: (done: boolean) => void };

/* What the host holds up when the sheet opens is what is photographed; another frame is a tap away. */
function Shutter({ publisher, canvas, pictured, onPictured }: ShutterProps): JSX.Element {
	const video = useRef<HTMLVideoElement>(null);
	const [failure, setFailure] = useState('');
	const stream = publisher.stream.value;
	const shoot = (): void => {
		if (video.current && drawFrame(video.current, canvas.current!)) onPictured(true);
	};
	useEffect(() => {
		const element = video.current;
		if (!element) return undefined;
		element.muted = true;
		element.srcObject = stream;
		/* The live preview has a frame already; this copy of it needs a moment. */
		element.onloadeddata = () => requestAnimationFrame(shoot);
		void element.play().catch(() => undefined);
		return () => {
			element.onloadeddata = null;
			element.srcObject = null;
		};
	}, [stream]);
	const file = async (chosen: File | undefined): Promise<void> => {
		if (!chosen) return;
		try {
			await drawPhoto(chosen, canvas.current!);
			setFailure('');
			onPictured(true);
		} catch (error) {
			setFailure(photoProblem(error));
		}
	};
	return (
		<div class="shutter">
			<div class="shutter-view">
				{stream && <video ref={video} class={pictured ? 'gone' : ''} playsinline muted aria-hidden="true" />}
				<canvas ref={canvas} class={pictured ? '' : 'gone'} width={1} height={1} role="img" aria-label="The photo of it" data-testid="quick-photo" />
			</div>
			<div class="shutter-tools">
				{stream && (
					<button type="button" class="round" aria-label={pictured ? 'Take another photo' : 'Take a photo'} onClick={() => (pictured ? onPictured(false) : shoot())} data-testid="quick-shoot">
						<Camera />
					</button>
				)}
				<label class="round button" aria-label="A photo from this device">
					<Photo />
					<input class="visually-hidden" type="file" accept="image/jpeg,image/png,image/webp" onChange={(event) => void file(event.currentTarget.files?.[0])} data-testid="quick-file" />
				</label>
			</div>
			{failure && <Alert text={failure} />}
		</div>
	);
}
