/* The run of show: which listings, in which order. Rows move by their handle, or by its arrow keys, or one by one in their sheet. */
import type { JSX } from 'preact';
import { useRef, useState } from 'preact/hooks';
import { get, patch } from '../api/http';
import type { Room } from '../api/room';
import { account } from '../api/session';
import { socket } from '../api/socket';
import type { Item } from '../api/types';
import { useAction } from '../ui/action';
import { Alert } from '../ui/alert';
import { money } from '../ui/format';
import { Grip, Plus, Star } from '../ui/icons';
import { notifyError } from '../ui/notices';
import { ListingPhoto } from '../ui/picture';
import { AddSheet } from './add-sheet';
import { startDrag } from './drag';
import { ItemSheet } from './item-sheet';
import { ItemState } from './item-state';

/** `onFeature`: on air, inside a sheet of that name, where an item can be shown at once. */
type Props = { room: Room; onFeature?: () => void };

export function RunOfShow({ room, onFeature }: Props): JSX.Element {
	const [adding, setAdding] = useState(false);
	const [opened, setOpened] = useState<string | null>(null);
	const [said, setSaid] = useState('');
	const action = useAction();
	const list = useRef<HTMLOListElement>(null);
	const items = room.items.value;
	const mover = useMover(room);
	const move = (id: string, to: number): void => {
		const item = items.find((each) => each.id === id);
		if (!item || to < 0 || to >= items.length) return;
		mover(id, to);
		setSaid(`${item.listing.title} is number ${to + 1} of ${items.length} now.`);
	};
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
			<ol class="rows run-rows" ref={list}>
				{items.map((item, index) => (
					<Row
						key={item.id}
						item={item}
						index={index}
						count={items.length}
						shown={item.id === room.featuredId.value}
						busy={action.busy}
						onOpen={() => setOpened(item.id)}
						onMove={(to) => move(item.id, to)}
						onFeature={onFeature && room.show.value?.state === 'live' ? () => feature(item) : undefined}
					/>
				))}
			</ol>
			<p class="visually-hidden" role="status">
				{said}
			</p>
			<Alert text={action.error} />
			{adding && <AddSheet room={room} onClose={() => setAdding(false)} />}
			{opened && <ItemSheet room={room} id={opened} onClose={() => setOpened(null)} onMove={(to) => move(opened, to)} />}
		</section>
	);
}

type RowProps = {
	item: Item;
	index: number;
	count: number;
	shown: boolean;
	busy: boolean;
	onOpen: () => void;
	onMove: (to: number) => void;
	onFeature: (() => void) | undefined;
};

function Row({ item, index, count, shown, busy, onOpen, onMove, onFeature }: RowProps): JSX.Element {
	const row = useRef<HTMLLIElement>(null);
	const { listing } = item;
	const arrows = (event: KeyboardEvent): void => {
		const by = event.key === 'ArrowUp' ? -1 : event.key === 'ArrowDown' ? 1 : 0;
		if (!by) return;
		event.preventDefault();
		onMove(index + by);
		/* The row may have been taken out and put back on the way, which lets go of the focus. */
		const handle = event.currentTarget as HTMLElement;
		requestAnimationFrame(() => handle.focus());
	};
	return (
		<li ref={row} class={`row ${shown ? 'current' : ''}`} data-testid="run-item" data-item={item.id} data-listing={listing.id}>
			<button type="button" class="row-open" onClick={onOpen} data-testid="item-open">
				<ListingPhoto photo={listing.photo} size="s" />
				<span class="row-text">
					<b>
						<span class="item-number">{item.number}</span> {listing.title}
					</b>
					<ItemState item={item} />
					{listing.seller.id !== account.value?.id && (
						<span>
							from {listing.seller.display_name}
							{listing.community?.floor ? `, at least ${money(listing.community.floor, item.currency)}` : ''}
						</span>
					)}
				</span>
			</button>
			<span class="row-tools">
				{onFeature && (
					<button
						type="button"
						class="round quiet"
						aria-pressed={shown}
						aria-label={`Show ${listing.title} now`}
						disabled={busy}
						onClick={onFeature}
						data-testid="feature-item"
					>
						<Star />
					</button>
				)}
				<button
					type="button"
					class="round quiet handle"
					aria-label={`Move ${listing.title}, number ${index + 1} of ${count}. Drag, or press the arrow keys`}
					onPointerDown={(event) => startDrag(event, row.current!, onMove)}
					onKeyDown={arrows}
					onClick={onOpen}
					data-testid="item-handle"
				>
					<Grip />
				</button>
			</span>
		</li>
	);
}

/* Moves are shown at once and sent one after the other; where everything went, the server says in the end. */
function useMover(room: Room): (id: string, to: number) => void {
	const queue = useRef(Promise.resolve());
	const open = useRef(0);
	return (id, to) => {
		const items = room.items.peek();
		const from = items.findIndex((item) => item.id === id);
		const places = items.map((item) => item.position);
		const order = [...items];
		order.splice(to, 0, ...order.splice(from, 1));
		room.items.value = order.map((item, i) => ({ ...item, position: places[i]! }));
		open.current++;
		queue.current = queue.current
			.then(() => patch(`/api/v1/shows/${room.id}/items/${id}`, { position: places[to]! }))
			.catch(notifyError)
			.then(() => (--open.current ? undefined : reload(room)))
			.catch(notifyError);
	};
}

async function reload(room: Room): Promise<void> {
	const { items } = await get<{ items: Item[] }>(`/api/v1/shows/${room.id}`);
	for (const item of items) room.setItem(item);
}
