/* One item of the run in its host's hands: price, flash price, stock, place, out. */
import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { now } from '../api/clock';
import { codeOf } from '../api/error';
import { patch, remove } from '../api/http';
import type { Room } from '../api/room';
import { account } from '../api/session';
import type { Item } from '../api/types';
import { type Action, submitting, useAction } from '../ui/action';
import { Alert } from '../ui/alert';
import { Field } from '../ui/field';
import { money, moneyInput, parseMoney } from '../ui/format';
import { Bolt, Down, Up } from '../ui/icons';
import { notify } from '../ui/notices';
import { ListingPhoto } from '../ui/picture';
import { Sheet } from '../ui/sheet';
import { ItemState, PresentPrice } from './item-state';
import { readPrice } from './price';
import { Restock } from './restock';

type Props = { room: Room; id: string; onClose: () => void; onMove?: (to: number) => void };

export function ItemSheet({ room, id, onClose, onMove }: Props): JSX.Element | null {
	const items = room.items.value;
	const index = items.findIndex((each) => each.id === id);
	const item = items[index];
	const action = useAction();
	/* Taken out by somebody else meanwhile. */
	useEffect(() => {
		if (!item) onClose();
	}, [!item]);
	if (!item) return null;
	const { listing } = item;
	const own = listing.seller.id === account.value?.id;
	const change = async (fields: object): Promise<void> => {
		const { item: changed } = await patch<{ item: Item }>(`/api/v1/shows/${room.id}/items/${id}`, fields);
		room.setItem(changed);
	};
	const drop = async (): Promise<void> => {
		await remove(`/api/v1/shows/${room.id}/items/${id}`).catch((error) => {
			if (codeOf(error) !== 'not_found') throw error;
		});
		onClose();
		room.dropItem(id);
	};
	return (
		<Sheet title={`Number ${item.number}`} onClose={onClose} testid="item-sheet">
			<div class="row">
				<ListingPhoto photo={listing.photo} size="m" />
				<span class="row-text">
					<b>{listing.title}</b>
					<ItemState item={item} />
					{!own && (
						<span>
							from {listing.seller.display_name}
							{listing.community?.floor ? `, at least ${money(listing.community.floor, item.currency)}` : ''}
						</span>
					)}
				</span>
			</div>
			<PriceForm item={item} floor={own ? 0 : (listing.community?.floor ?? 0)} onSave={(price) => change({ price })} />
			{room.show.value?.state === 'live' && <Flash item={item} floor={own ? 0 : (listing.community?.floor ?? 0)} onChange={(flash) => change({ flash })} />}
			{own && (
				<Restock
					listing={listing}
					onChanged={(changed) => {
						const present = room.items.peek().find((each) => each.id === id);
						if (present) room.setItem({ ...present, listing: changed, stock: changed.stock });
					}}
				/>
			)}
			<div class="choices">
				{onMove && (
					<>
						<button type="button" class="small" disabled={index === 0} onClick={() => onMove(index - 1)} data-testid="item-up">
							<Up size={20} /> Up
						</button>
						<button type="button" class="small" disabled={index === items.length - 1} onClick={() => onMove(index + 1)} data-testid="item-down">
							<Down size={20} /> Down
						</button>
					</>
				)}
				<button type="button" class="small danger" disabled={action.busy} onClick={() => void action.run(drop)} data-testid="item-remove">
					Take it out
				</button>
			</div>
			<Alert text={action.error} />
		</Sheet>
	);
}

type PriceProps = { item: Item; floor: number; onSave: (price: number) => Promise<void> };

function PriceForm({ item, floor, onSave }: PriceProps): JSX.Element {
	const [text, setText] = useState(moneyInput(item.price, item.currency));
	const [wrong, setWrong] = useState('');
	const action = useAction();
	const save = async (): Promise<void> => {
		const price = readPrice(text, item.currency, item.listing, floor, setWrong);
		if (price === null) return;
		await onSave(price);
		notify(`It costs ${money(price, item.currency)} now.`, 'good');
	};
	return (
		<form
			class="beside"
			onSubmit={submitting(() => {
				setWrong('');
				void action.run(save);
			})}
		>
			<Field label={`Price in ${item.currency}`} value={text} onValue={setText} inputMode="decimal" required error={wrong || action.error} testid="price-field" />
			<button type="submit" disabled={action.busy} data-testid="price-save">
				Save
			</button>
		</form>
	);
}

const lengths = [30, 60, 120, 300];
const inWords = (seconds: number): string => (seconds < 120 ? `${seconds} s` : `${seconds / 60} min`);

type FlashProps = { item: Item; floor: number; onChange: (flash: { price: number; seconds: number } | null) => Promise<void> };

function Flash({ item, floor, onChange }: FlashProps): JSX.Element {
	const action = useAction();
	const left = item.flash ? item.flash.until_ms - now.value : 0;
	return (
		<section class="stack flash-part" aria-label="Flash price">
			{item.flash && left > 0 ? (
				<div class="row" data-testid="flash-running">
					<span class="row-text">
						<PresentPrice item={item} />
						<span>then {money(item.price, item.currency)} again</span>
					</span>
					<button type="button" class="small" disabled={action.busy} onClick={() => void action.run(() => onChange(null))} data-testid="flash-end">
						End now
					</button>
				</div>
			) : (
				<FlashForm item={item} floor={floor} action={action} onChange={onChange} />
			)}
			<Alert text={action.error} />
		</section>
	);
}

function FlashForm({ item, floor, action, onChange }: FlashProps & { action: Action }): JSX.Element {
	const [text, setText] = useState('');
	const [seconds, setSeconds] = useState(60);
	const [wrong, setWrong] = useState('');
	const typed = parseMoney(text, item.currency);
	const start = async (): Promise<void> => {
		const price = readPrice(text, item.currency, item.listing, floor, setWrong);
		if (price === null) return;
		if (price >= item.price) {
			setWrong(`A flash price is below the usual ${money(item.price, item.currency)}.`);
			return;
		}
		await onChange({ price, seconds });
	};
	return (
		<form
			class="stack"
			onSubmit={submitting(() => {
				setWrong('');
				void action.run(start);
			})}
		>
			<div class="beside">
				<Field label="Flash price" value={text} onValue={setText} inputMode="decimal" required error={wrong} testid="flash-price" />
				<button type="submit" class="flash-start" disabled={action.busy} data-testid="flash-start">
					<Bolt size={20} /> {typed ? `${money(typed, item.currency)} for ${inWords(seconds)}` : 'Start'}
				</button>
			</div>
			<div class="choices" role="group" aria-label="For how long">
				{lengths.map((length) => (
					<button key={length} type="button" class="small" aria-pressed={seconds === length} onClick={() => setSeconds(length)} data-testid={`flash-${length}`}>
						{inWords(length)}
					</button>
				))}
			</div>
		</form>
	);
}
