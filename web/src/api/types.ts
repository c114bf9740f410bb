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

export type Listing = {
	id: Id;
	seller: Person;
	title: string;
	description: string;
	price: number;
	currency: string;
	stock: number;
	size: string | null;
	brand: string | null;
	photo: string | null;
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
	publish_key?: string;
};

export type Item = {
	id: Id;
	number: number;
	listing: Listing;
	price: number;
	currency: string;
	stock: number;
	claimed: number;
	featured: boolean;
	position: number;
};

export type Hold = {
	id: Id;
	show: Id;
	item: Id;
	listing: { id: Id; title: string; photo: string | null; seller: Person };
	quantity: number;
	price: number;
	currency: string;
	state: 'active' | 'paying' | 'sold' | 'released' | 'expired';
	expires_at_ms: number;
};

export type Claim = Hold & { buyer: Person };

export type Address = {
	name: string;
	line1: string;
	line2: string;
	city: string;
	postcode: string;
	country: string;
};

export type Order = {
	id: Id;
	state: 'paying' | 'paid' | 'failed' | 'cancelled';
	seller: Person;
	buyer: Person;
	total: number;
	currency: string;
	address: Address;
	created_ms: number;
	paid_ms: number | null;
	lines: { listing: Id; title: string; photo: string | null; quantity: number; price: number }[];
};

export type LineRole = 'viewer' | 'host' | 'moderator' | 'admin';
export type Line = { id: Id; at_ms: number; author: { id: Id; name: string; role: LineRole }; text: string };

export type Me = {
	account: Account | null;
	role: 'guest' | LineRole;
	holds: Hold[];
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
	me: Me;
};

export type ClaimReply = {
	status: 'held' | 'sold_out' | 'price_changed';
	hold?: Hold;
	price?: number;
	stock?: number;
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
	order: { order: Order };
	media: { show: Id; session: Id; code: string; detail: string };
	muted: { show: Id; until_ms: number };
	banned: { show: Id };
	gap: { dropped: number };
	notice: { code: string; text: string };
};

export type AuditEntry = {
	id: Id;
	at_ms: number;
	actor: { id: Id; username: string } | null;
	verb: string;
	object: string;
	detail: string;
};
