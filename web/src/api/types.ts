/* The objects of the public interface, as server/api/PROTOCOL.md names them. */

export type Id = string;

export type Account = {
	id: Id;
	username: string;
	display_name: string;
	role: 'user' | 'moderator' | 'admin';
	may_host: boolean;
	hosting: 'no' | 'asked' | 'approved';
};

export type Person = { id: Id; username?: string; display_name: string };

/** Where a listing has some, a claim names one; `size` or `colour` may be empty. */
export type Variant = { id: Id; size: string; colour: string; stock: number; held: number };

/** `stock`: what is available now, of all variants; `held`: what others hold at the moment. */
export type Listing = {
	id: Id;
	seller: Person;
	title: string;
	description: string;
	price: number;
	currency: string;
	stock: number;
	held: number;
	size: string | null;
	brand: string | null;
	photo: string | null;
	variants: Variant[];
	shop: boolean;
	community: { ok: boolean; floor: number | null; auction: boolean } | null;
	created_ms: number;
};

export type ShowState = 'scheduled' | 'live' | 'ended';

export type Show = {
	id: Id;
	title: string;
	host: Person;
	state: ShowState;
	starts_at: string | null;
	started_ms: number | null;
	ended_ms: number | null;
	viewers: number;
	picture: boolean;
	thumbnail: string | null;
	/** Its recording can be watched. */
	replay?: boolean;
	/** These the host alone is told; a key that is null was revoked. */
	publish_key?: string | null;
	ingest?: Ingest | null;
	broadcast?: Broadcast | null;
};

/** Where broadcast apps send to; null: this server does not take it that way. */
export type Ingest = {
	whip: { url: string; token: string };
	srt: { url: string; streamid: string; paste: string; passphrase: boolean } | null;
	rtmp: { server: string; stream_key: string; paste: string } | null;
};
export type Broadcast = { via: 'srt' | 'rtmp'; state: 'on' | 'lost' };

/** `price`: outside a flash; `waiting`: how many wait for the listing. */
export type Item = {
	id: Id;
	number: number;
	listing: Listing;
	price: number;
	flash: { price: number; until_ms: number } | null;
	currency: string;
	stock: number;
	claimed: number;
	waiting: number;
	featured: boolean;
	position: number;
};

export type HoldState = 'active' | 'paying' | 'sold' | 'released' | 'expired' | 'returned';

/** `show` and `item` are null, and `number` 0, for what was claimed in the shop. */
export type Hold = {
	id: Id;
	show: Id | null;
	item: Id | null;
	number: number;
	listing: { id: Id; title: string; photo: string | null; seller: Person };
	variant: string | null;
	quantity: number;
	price: number;
	currency: string;
	state: HoldState;
	expires_at_ms: number;
};

/** A place in the queue for what others hold; `place` 1 is next, 0 unless it still waits. */
export type Waiting = {
	id: Id;
	show: Id | null;
	item: Id | null;
	listing: { id: Id; title: string };
	variant: string | null;
	quantity: number;
	price: number;
	place: number;
	created_ms: number;
	state: 'waiting' | 'served' | 'left' | 'lapsed' | 'closed';
	hold: Id | null;
};

/* What host, seller and moderators see of both. */
export type Claim = Hold & { buyer: Person };
export type Waiter = Waiting & { buyer: Person };

export type Address = {
	name: string;
	line1: string;
	line2: string;
	city: string;
	postcode: string;
	country: string;
};

export type OrderLine = {
	listing: Id;
	title: string;
	variant: string | null;
	number: number;
	photo: string | null;
	quantity: number;
	price: number;
	host: Person | null;
};

/** `total` includes `shipping`; `confirm`: the payment waits for the buyer; a line's `host`: who showed it for its owner. */
export type Order = {
	id: Id;
	state: 'paying' | 'paid' | 'failed' | 'cancelled' | 'shipped';
	confirm: boolean;
	seller: Person;
	buyer: Person;
	total: number;
	shipping: number;
	currency: string;
	address: Address;
	created_ms: number;
	paid_ms: number | null;
	shipped_ms: number | null;
	cancelled_ms: number | null;
	carrier: string;
	tracking: string;
	refund: 'none' | 'owed' | 'done';
	lines: OrderLine[];
};

export type NewsCode =
	| 'featured'
	| 'community_sold'
	| 'withdrawn'
	| 'blocked'
	| 'your_turn'
	| 'wait_ended'
	| 'wait_lapsed'
	| 'second_chance'
	| 'sold'
	| 'shipped'
	| 'cancelled'
	| 'refunded'
	| 'disk_full'
	| 'seller_banned'
	| 'claim_voided';

/** A notice that is kept for its account; the page calls it news, for its own short notices are something else. */
export type News = {
	id: Id;
	code: NewsCode;
	at_ms: number;
	read: boolean;
	actor: Person | null;
	title: string;
	show: Id | null;
	listing: Id | null;
	order: Id | null;
	hold: Id | null;
	quantity: number;
	amount: number;
	currency: string;
};

/** What a host sold for others: a matter of pride, no money. */
export type Credit = { items: number; sellers: number; value: Amount[] };
export type Amount = { amount: number; currency: string };

export type LineRole = 'viewer' | 'host' | 'moderator' | 'admin';
export type Line = { id: Id; at_ms: number; author: { id: Id; name: string; role: LineRole }; text: string };

export type Me = {
	account: Account | null;
	role: 'guest' | LineRole;
	holds: Hold[];
	waitlist: Waiting[];
	muted_until_ms: number | null;
	banned: boolean;
};

export type JoinReply = {
	show: Show;
	items: Item[];
	featured: Id | null;
	chat: Line[];
	viewers: number;
	slow_s: number;
	now_ms: number;
	ice_servers?: RTCIceServer[];
	me: Me;
};

export type ClaimReply = {
	status: 'held' | 'waitlisted' | 'sold_out' | 'price_changed';
	hold?: Hold;
	waiting?: Waiting;
	price?: number;
	stock?: number;
};

/** What became of a claim by chat: as a claim is answered, or `unclear`, with what was understood and what is missing. */
export type ClaimResult = Omit<ClaimReply, 'status'> & {
	show: Id;
	text: string;
	status: ClaimReply['status'] | 'unclear';
	item?: Id;
	understood?: { number: number; quantity: number; variant: string | null };
	detail?: string;
};

export type OfferReply = { sdp: string; session: Id; ice_servers?: RTCIceServer[]; codecs?: { video?: string; audio?: string } };

export type ReactionKind = 'heart' | 'fire' | 'clap';

/* What the server says by itself, by the `type` of the message. */
export type Events = {
	chat: { show: Id; line: Line };
	'chat.deleted': { show: Id; message: Id };
	react: { show: Id; counts: Partial<Record<ReactionKind, number>> };
	viewers: { show: Id; n: number };
	show: { show: Show };
	featured: { show: Id; item: Item | null };
	item: { show: Id; item: Item };
	'item.removed': { show: Id; item: Id };
	claimed: { show: Id; item: Id; by: string; quantity: number };
	claim: { show: Id; hold: Hold; buyer: Person };
	hold: { hold: Hold };
	waiting: { waiting: Waiting };
	wait: { show: Id; waiting: Waiting; buyer: Person };
	'wait.places': { show: Id; places: Record<Id, number> };
	'claim.result': ClaimResult;
	news: { notice: News };
	slow: { show: Id; seconds: number };
	order: { order: Order };
	media: { show: Id; session: Id; code: string; detail: string };
	broadcast: { show: Id; broadcast: Broadcast | null; problem: { code: string; text: string } | null };
	muted: { show: Id; until_ms: number };
	banned: { show: Id };
	gap: { dropped: number };
	notice: { code: string; text: string; show?: Id };
};

export type AuditEntry = {
	id: Id;
	at_ms: number;
	actor: { id: Id; username: string } | null;
	verb: string;
	object: string;
	detail: string;
};
