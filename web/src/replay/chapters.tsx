/* What was shown, in its order: a tap jumps to the moment, and what is still there can be bought. */
import type { JSX } from 'preact';
import { holds } from '../api/mine';
import type { Chapter, Span } from '../api/replay';
import type { Hold, Id, Listing } from '../api/types';
import { ClaimControls } from '../buy/claim-button';
import type { ClaimDesk } from '../buy/claim-desk';
import { aboutText, mineOf, shopOffer, stockText, unitsHeld, type Offer } from '../buy/offer';
import { money, moment } from '../ui/format';
import { Photo } from '../ui/icons';
import { ListingPhoto } from '../ui/picture';

export type BuyProps = { offers: Offer[]; desk: ClaimDesk; onCheckout: (hold: Hold) => void };

export type Moment = { chapter: Chapter; span: Span };

/** What is shown at a moment, or was shown last; before anything was, what comes first. */
export function momentAt(chapters: Chapter[], atMs: number): Moment | null {
	const all = chapters.flatMap((chapter) => chapter.spans.map((span) => ({ chapter, span })));
	all.sort((a, b) => a.span.at_ms - b.span.at_ms);
	return all.filter(({ span }) => span.at_ms <= atMs).at(-1) ?? all[0] ?? null;
}

/* What an answer taught is newer than what the page loaded. */
const offerOf = (offers: Offer[], listing: Listing): Offer => offers.find((offer) => offer.id === listing.id) ?? shopOffer(listing);

const left = (offer: Offer): string => stockText({ stock: offer.stock, held: offer.listing.held }, unitsHeld(mineOf(holds.value, offer)));

/** Out of the shop alone: what is kept for shows is not sold here. */
const closed = ({ shop, stock, held }: Listing): string => (shop || stock + held <= 0 ? '' : 'Only in shows');

function Buy({ offer, ...rest }: { offer: Offer } & Omit<BuyProps, 'offers'>): JSX.Element {
	const why = closed(offer.listing);
	return <ClaimControls offer={offer} {...rest} {...(why ? { closed: why } : {})} small />;
}

type CurrentProps = BuyProps & { moment: Moment; atMs: number; started: boolean };

/** The listing on show at the playhead. There is always one, so that nothing jumps. */
export function CurrentCard({ moment: { chapter, span }, atMs, started, offers, ...rest }: CurrentProps): JSX.Element {
	const { listing } = chapter;
	const offer = offerOf(offers, listing);
	const runs = started && atMs >= span.at_ms && atMs < span.until_ms;
	return (
		<section class="current-card" aria-label="At this moment" data-testid="replay-card" data-item={chapter.item}>
			<div class="row wrap">
				<ListingPhoto photo={listing.photo} size="m" />
				<span class="row-text">
					<span class="hint">{runs ? 'Shown now' : `Shown at ${moment(span.at_ms)}`}</span>
					<b>{listing.title}</b>
					<span data-testid="replay-price">
						{money(offer.price, offer.currency)} · {left(offer)}
					</span>
				</span>
				<Buy offer={offer} {...rest} />
			</div>
		</section>
	);
}

/** `current`: the item on show. */
type ListProps = BuyProps & { chapters: Chapter[]; current: Id | null; onJump: (chapter: Chapter) => void };

export function Chapters({ chapters, current, onJump, offers, ...rest }: ListProps): JSX.Element {
	return (
		<ol class="rows" data-testid="chapters">
			{chapters.map((chapter) => (
				<li key={chapter.listing.id} class="row wrap chapter" data-testid="chapter" data-item={chapter.item} data-at={chapter.at_ms}>
					<button
						type="button"
						class="chapter-jump"
						aria-current={chapter.item === current ? 'true' : undefined}
						onClick={() => onJump(chapter)}
						data-testid="chapter-jump"
					>
						<Poster chapter={chapter} />
						<ChapterText chapter={chapter} offers={offers} />
					</button>
					<Buy offer={offerOf(offers, chapter.listing)} {...rest} />
				</li>
			))}
		</ol>
	);
}

function ChapterText({ chapter: { listing }, offers }: { chapter: Chapter; offers: Offer[] }): JSX.Element {
	const offer = offerOf(offers, listing);
	const about = aboutText(listing);
	return (
		<span class="row-text">
			<b>{listing.title}</b>
			{about && <span>{about}</span>}
			<span>
				{money(offer.price, offer.currency)} · {left(offer)}
			</span>
		</span>
	);
}

function Poster({ chapter: { poster, listing, at_ms } }: { chapter: Chapter }): JSX.Element {
	const picture = poster ?? listing.photo;
	return (
		<span class="photo chapter-poster">
			{picture ? <img src={picture} alt="" loading="lazy" decoding="async" /> : <Photo size={28} />}
			<span class="stamp digits">
				<span class="visually-hidden">Shown at </span>
				{moment(at_ms)}
			</span>
		</span>
	);
}
