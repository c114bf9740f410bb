/* What was shown, in its order: a tap jumps to the moment, and what is still there can be bought. */
import type { JSX } from 'preact';
import { holds } from '../api/mine';
import type { Chapter } from '../api/replay';
import type { Hold, Listing } from '../api/types';
import { ClaimControls } from '../buy/claim-button';
import type { ClaimDesk } from '../buy/claim-desk';
import { aboutText, mineOf, shopOffer, stockText, unitsHeld, type Offer } from '../buy/offer';
import { money, moment } from '../ui/format';
import { Photo } from '../ui/icons';
import { ListingPhoto } from '../ui/picture';

export type BuyProps = { offers: Offer[]; desk: ClaimDesk; onCheckout: (hold: Hold) => void };

/** The chapter at a moment: the one that runs or ran last, before any the first. */
export function chapterAt(chapters: Chapter[], atMs: number): Chapter | null {
	return chapters.filter((chapter) => chapter.at_ms <= atMs).at(-1) ?? chapters[0] ?? null;
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

type CurrentProps = BuyProps & { chapter: Chapter; atMs: number; started: boolean };

/** The listing on show at the playhead. There is always one, so that nothing jumps. */
export function CurrentCard({ chapter, atMs, started, offers, ...rest }: CurrentProps): JSX.Element {
	const { listing } = chapter;
	const offer = listing && offerOf(offers, listing);
	const runs = started && atMs >= chapter.at_ms && atMs < chapter.until_ms;
	return (
		<section class="card current-card" aria-label="At this moment" data-testid="replay-card" data-item={chapter.item}>
			<div class="row wrap">
				<ListingPhoto photo={listing?.photo ?? null} size="m" />
				<span class="row-text">
					<span class="hint">{runs ? 'Shown at this moment' : `Shown at ${moment(chapter.at_ms)}`}</span>
					<b>{listing ? listing.title : 'No longer offered'}</b>
					{offer && (
						<span data-testid="replay-price">
							{money(offer.price, offer.currency)} · {left(offer)}
						</span>
					)}
				</span>
				{offer && <Buy offer={offer} {...rest} />}
			</div>
		</section>
	);
}

/** `current`: when its chapter began. */
type ListProps = BuyProps & { chapters: Chapter[]; current: number | null; onJump: (chapter: Chapter) => void };

export function Chapters({ chapters, current, onJump, offers, ...rest }: ListProps): JSX.Element {
	return (
		<ol class="rows" data-testid="chapters">
			{chapters.map((chapter) => (
				<li key={`${chapter.item} ${chapter.at_ms}`} class="row wrap chapter" data-testid="chapter" data-item={chapter.item} data-at={chapter.at_ms}>
					<button
						type="button"
						class="chapter-jump"
						aria-current={chapter.at_ms === current ? 'true' : undefined}
						onClick={() => onJump(chapter)}
						data-testid="chapter-jump"
					>
						<Poster chapter={chapter} />
						<ChapterText chapter={chapter} offers={offers} />
					</button>
					{chapter.listing && <Buy offer={offerOf(offers, chapter.listing)} {...rest} />}
				</li>
			))}
		</ol>
	);
}

function ChapterText({ chapter: { listing }, offers }: { chapter: Chapter; offers: Offer[] }): JSX.Element {
	if (!listing)
		return (
			<span class="row-text">
				<b>No longer offered</b>
			</span>
		);
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
	const picture = poster ?? listing?.photo ?? null;
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
