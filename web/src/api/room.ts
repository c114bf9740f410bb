/* One show as the server tells it: the snapshot of `join`, kept current by events, joined again after every
 * reconnect. Viewer, studio and admin all look at the same kind of room. */
import { batch, computed, effect, signal } from '@preact/signals';
import { serverNow } from './clock';
import { codeOf } from './error';
import { setIceServers } from './ice';
import { newKey } from './key';
import { holds, takeShow } from './mine';
import { Pace } from './pace';
import { account, sessionToken } from './session';
import { socket } from './socket';
import type { Claim, Events, Id, Item, JoinReply, Line, Me, Show, Waiter } from './types';

const LINES_MAX = 120;
const REJOIN_MS = 3000; /* at most one snapshot in this time however many gaps are reported */

export type RoomState = 'joining' | 'joined' | 'missing' | 'banned' | 'failed';

export class Room {
	readonly state = signal<RoomState>('joining');
	readonly closedWhy = signal(''); /**< the market has ended the show, in its words */
	readonly show = signal<Show | null>(null);
	readonly items = signal<Item[]>([]);
	readonly featuredId = signal<Id | null>(null);
	readonly lines = signal<Line[]>([]);
	readonly viewers = signal(0);
	readonly slowS = signal(0);
	readonly role = signal<Me['role']>('guest');
	readonly mutedUntilMs = signal(0);
	readonly holds = computed(() => holds.value.filter((hold) => hold.show === this.id));
	readonly claims = signal<Claim[]>([]);
	readonly waiters = signal<Waiter[]>([]); /**< for host and moderators: who waits, and whose turn passed by */
	readonly older = signal<Record<'claims' | 'waiting' | 'gone', Id | null>>({ claims: null, waiting: null, gone: null }); /**< behind which each list goes on */
	readonly featured = computed(() => this.items.value.find((item) => item.id === this.featuredId.value) ?? null);
	readonly moderates = computed(() => ['host', 'moderator', 'admin'].includes(this.role.value));
	readonly pace = new Pace();
	private claimsSeen = new Map<Id, number>();
	private me: Me | undefined;
	private stops: (() => void)[] = [];
	private joinedListeners = new Set<() => void>();
	private rejoinTimer: number | undefined;
	private wasLiveMs = 0;

	constructor(readonly id: Id) {
		socket.start();
		const on = <K extends keyof Events>(type: K, fn: (event: Events[K]) => void): void => {
			this.stops.push(
				socket.on(type, (event) => {
					if (!('show' in event) || event.show === id) fn(event);
				}),
			);
		};
		on('chat', ({ line }) => this.addLine(line));
		on('chat.deleted', ({ message }) => (this.lines.value = this.lines.value.filter((line) => line.id !== message)));
		on('viewers', ({ n }) => (this.viewers.value = n));
		on('featured', ({ item }) => {
			if (item) this.tell(item);
			this.pace.put('featured', () => (this.featuredId.value = this.known(item?.id)?.id ?? null));
		});
		on('item', ({ item }) => this.tell(item));
		on('item.removed', ({ item }) => this.dropItem(item));
		on('claim', ({ hold, buyer }) => this.putClaim({ ...hold, buyer }));
		on('wait', ({ waiting, buyer }) => this.putWaiter({ ...waiting, buyer }));
		on('wait.places', ({ places }) => this.moveWaiters(places));
		on('slow', ({ seconds }) => (this.slowS.value = seconds));
		on('muted', ({ until_ms }) => (this.mutedUntilMs.value = until_ms));
		on('banned', () => (this.state.value = 'banned'));
		on('gap', () => this.rejoinSoon());
		on('notice', ({ code, text }) => code === 'host_banned' && (this.closedWhy.value = text));
		this.stops.push(socket.on('show', ({ show }) => show.id === id && this.putShow(show)));
		this.stops.push(socket.onOpen(() => void this.join()));
		/* Signing in or out changes the role and the holds: ask for a new snapshot, by the new name. */
		let known = account.peek()?.id;
		this.stops.push(
			effect(() => {
				const id = account.value?.id;
				if (id !== known && account.value !== undefined) {
					known = id;
					if (id !== this.me?.account?.id) void this.join();
				}
			}),
		);
	}

	/** Run after each snapshot, at once if there is one. @return stop. */
	onJoined(fn: () => void): () => void {
		this.joinedListeners.add(fn);
		if (this.state.value === 'joined') fn();
		return () => void this.joinedListeners.delete(fn);
	}

	async join(): Promise<void> {
		const token = sessionToken();
		try {
			this.take(await socket.request<JoinReply>('join', { show: this.id, ...(token ? { token } : {}) }));
		} catch (error) {
			const code = codeOf(error);
			if (code === 'not_found' || code === 'bad_request') this.state.value = 'missing';
			else if (code === 'banned') this.state.value = 'banned';
			else if (code !== 'offline') {
				/* Offline comes back through onOpen; anything else is asked again after a while. */
				if (this.state.value === 'joining') this.state.value = 'failed';
				this.rejoinSoon();
			}
		}
	}

	close(): void {
		for (const stop of this.stops) stop();
		clearTimeout(this.rejoinTimer);
		this.pace.clear();
		void socket.request('leave', { show: this.id }).catch(() => undefined);
	}

	/** Say something. With the same key a line that may have got through already is not said twice. */
	async say(text: string): Promise<void> {
		const key = newKey();
		try {
			await socket.request('chat', { show: this.id, text, key });
		} catch (error) {
			if (codeOf(error) !== 'timeout') throw error;
			await socket.request('chat', { show: this.id, text, key });
		}
	}

	private take(reply: JoinReply): void {
		setIceServers(reply.ice_servers);
		batch(() => {
			this.me = reply.me;
			this.pace.clear();
			account.value = reply.me.account;
			this.items.value = [...reply.items].sort(byPosition);
			this.featuredId.value = reply.featured;
			this.lines.value = reply.chat.slice(-LINES_MAX);
			this.viewers.value = reply.viewers;
			this.slowS.value = reply.slow_s;
			this.role.value = reply.me.role;
			this.mutedUntilMs.value = reply.me.muted_until_ms ?? 0;
			takeShow(this.id, reply.me.holds, reply.me.waitlist);
			this.putShow(reply.show);
			this.state.value = reply.me.banned ? 'banned' : 'joined';
		});
		for (const fn of this.joinedListeners) fn();
	}

	private rejoinSoon(): void {
		if (this.rejoinTimer !== undefined) return;
		this.rejoinTimer = window.setTimeout(
			() => {
				this.rejoinTimer = undefined;
				if (socket.state.value === 'open') void this.join();
			},
			REJOIN_MS / 2 + (Math.random() * REJOIN_MS) / 2,
		);
	}

	private putShow(show: Show): void {
		/* Broadcasts leave out what the host alone is told. */
		this.show.value = { ...this.show.value, ...show };
		if (show.picture) this.wasLiveMs = Date.now();
	}

	/** Whether there was a picture in this show before: "away" rather than "not there yet". */
	get hadPicture(): boolean {
		return this.wasLiveMs > 0;
	}

	private addLine(line: Line): void {
		if (this.lines.value.some((known) => known.id === line.id)) return;
		this.lines.value = [...this.lines.value.slice(1 - LINES_MAX), line];
	}

	private known(id: Id | undefined): Item | undefined {
		return this.items.value.find((item) => item.id === id);
	}

	/* Counts at once, the rest when the picture is there, with the counts as they are by then. */
	private tell(item: Item): void {
		const before = this.known(item.id);
		this.putItem(before ? counted(before, item) : item);
		if (!before) return;
		this.pace.put(item.id, () => {
			const present = this.known(item.id);
			if (present) this.putItem(counted(item, present));
		});
	}

	private putItem(item: Item): void {
		this.items.value = [...this.items.value.filter((known) => known.id !== item.id), item].sort(byPosition);
	}

	dropItem(id: Id): void {
		this.items.value = this.items.value.filter((item) => item.id !== id);
		if (this.featuredId.value === id) this.featuredId.value = null;
	}

	/** When this page first or last heard of a claim by event, on the server's clock; 0: only from the list. */
	claimSeen(id: Id): number {
		return this.claimsSeen.get(id) ?? 0;
	}

	putClaim(claim: Claim): void {
		this.claimsSeen.set(claim.id, serverNow());
		this.claims.value = [claim, ...this.claims.value.filter((known) => known.id !== claim.id)];
	}

	putWaiter(waiter: Waiter): void {
		this.waiters.value = [waiter, ...this.waiters.value.filter((known) => known.id !== waiter.id)];
	}

	private moveWaiters(places: Record<Id, number>): void {
		this.waiters.value = this.waiters.value.map((waiter) => ({ ...waiter, place: places[waiter.id] ?? waiter.place }));
	}

	/** By an answer, which is the present. */
	setItem(item: Item): void {
		this.pace.forget(item.id);
		this.putItem(item);
	}

	setShow(show: Show): void {
		this.putShow(show);
	}
}

/* An item with the counts that another message about it tells. */
const counted = (item: Item, { stock, claimed, waiting, listing: { stock: all, held, variants } }: Item): Item => ({
	...item,
	stock,
	claimed,
	waiting,
	listing: { ...item.listing, stock: all, held, variants },
});

const byPosition = (a: Item, b: Item): number => a.position - b.position || a.number - b.number;
