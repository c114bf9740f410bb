/* On air: chat, what is shown now, and "Sold, next" under the thumb. */
import { signal } from '@preact/signals';
import type { JSX } from 'preact';
import { useMemo, useState } from 'preact/hooks';
import { isOpen } from '../api/mine';
import type { Room } from '../api/room';
import { socket } from '../api/socket';
import type { Item } from '../api/types';
import type { Publisher } from '../media/publish';
import { useAction } from '../ui/action';
import { Alert } from '../ui/alert';
import { ChatLog, Composer } from '../ui/chat';
import { Bag, CameraPlus, List, Settings } from '../ui/icons';
import { ListingPhoto } from '../ui/picture';
import { Sheet } from '../ui/sheet';
import { ClaimsSheet, LatestClaim } from './claims';
import { EndGuard } from './end-guard';
import { ItemSheet } from './item-sheet';
import { PresentPrice } from './item-state';
import { PublishSheet } from './publish-sheet';
import { QuickAdd } from './quick-add';
import { RunOfShow } from './run-of-show';

type Open = 'none' | 'run' | 'quick' | 'claims' | 'keys';

export function OnAir({ room, publisher, onEnd }: { room: Room; publisher: Publisher; onEnd: () => Promise<void> }): JSX.Element {
	const [open, setOpen] = useState<Open>('none');
	/* What is shown may change meanwhile; what one has opened stays. */
	const [item, setItem] = useState<string | null>(null);
	const draft = useMemo(() => signal(''), []);
	const claims = room.claims.value.filter((claim) => isOpen(claim) || claim.state === 'sold').length;
	const close = (): void => setOpen('none');
	return (
		<div class="over host-over">
			<ChatLog room={room} />
			<LatestClaim room={room} onOpen={() => setOpen('claims')} />
			<NowShown room={room} onChoose={() => setOpen('run')} onItem={setItem} onQuick={() => setOpen('quick')} />
			<div class="bar">
				<Composer room={room} draft={draft} />
				<button type="button" class="round glass" aria-label={claims ? `Claims, ${claims}` : 'Claims'} onClick={() => setOpen('claims')} data-testid="claims-open">
					<Bag />
					{claims > 0 && <span class="badge">{claims}</span>}
				</button>
				<button type="button" class="round glass" aria-label="Run of show" onClick={() => setOpen('run')} data-testid="run-open">
					<List />
				</button>
				<EndGuard viewers={room.viewers.value} onEnd={onEnd} round />
			</div>
			{open === 'run' && (
				<Sheet title="Run of show" onClose={close} testid="run-sheet">
					<RunOfShow room={room} onFeature={close} />
					<button type="button" class="quiet" onClick={() => setOpen('keys')} data-testid="publish-settings">
						<Settings size={20} /> Send from another program
					</button>
				</Sheet>
			)}
			{item && <ItemSheet room={room} id={item} onClose={() => setItem(null)} />}
			{open === 'quick' && <QuickAdd room={room} publisher={publisher} onClose={close} />}
			{open === 'claims' && <ClaimsSheet room={room} onClose={close} />}
			{open === 'keys' && <PublishSheet room={room} onClose={close} />}
		</div>
	);
}

/** The item after the one shown, in the order of the run, that still has stock; from the top when nothing is shown. */
function nextItem(room: Room): Item | null {
	const items = room.items.value;
	const at = items.findIndex((item) => item.id === room.featuredId.value);
	return items.slice(at + 1).find((item) => item.stock > 0 && item.id !== room.featuredId.value) ?? null;
}

type NowProps = { room: Room; onChoose: () => void; onItem: (id: string) => void; onQuick: () => void };

function NowShown({ room, onChoose, onItem, onQuick }: NowProps): JSX.Element {
	const action = useAction();
	const item = room.featured.value;
	const next = nextItem(room);
	/* Featuring the next takes the present one's place in a single step: viewers never see an empty moment. */
	const goOn = (): Promise<void> =>
		action.run(() => (next ? socket.request('feature', { show: room.id, item: next.id }) : socket.request('unfeature', { show: room.id })));
	return (
		<section class="card now-shown" aria-label="Shown right now" data-testid="featured-card" data-item={item?.id}>
			{item ? (
				<button type="button" class="card-about" onClick={() => onItem(item.id)} data-testid="now-shown">
					<ListingPhoto photo={item.listing.photo} size="m" />
					<span class="card-text">
						<b class="card-title">
							<span class="item-number">{item.number}</span> {item.listing.title}
						</b>
						<span class="card-price">
							<PresentPrice item={item} />{' '}
							<span data-testid="featured-stock">
								{item.stock} left, {item.claimed} claimed{item.waiting > 0 && `, ${item.waiting} waiting`}
							</span>
						</span>
						<span class="card-more">{next ? `Next: ${next.listing.title}` : 'The last one in the run'}</span>
					</span>
				</button>
			) : (
				<p class="hint">{room.items.value.length ? 'Nothing is shown to viewers right now.' : 'The run of show is empty. Add something to show.'}</p>
			)}
			{action.error && <Alert text={action.error} />}
			<div class="claim-row">
				{item || next ? (
					<button type="button" class="claim" disabled={action.busy} onClick={() => void goOn()} data-testid="sold-next">
						<span class="one-line">{item ? (next ? 'Sold, next' : 'Sold, done') : `Show ${next!.listing.title}`}</span>
					</button>
				) : (
					<button type="button" class="claim" onClick={onChoose} data-testid="choose-item">
						{room.items.value.length ? 'Choose what to show' : 'Add something'}
					</button>
				)}
				<button type="button" class="quick" aria-label="Photograph something new and show it" onClick={onQuick} data-testid="quick-add">
					<CameraPlus />
				</button>
			</div>
		</section>
	);
}
