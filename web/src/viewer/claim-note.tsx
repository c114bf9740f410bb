/* The answer to a claim by chat, for its author's eyes alone, over the chat: what was understood, what came of it, and
 * what is missing as something to tap. */
import { signal } from '@preact/signals';
import type { ComponentChildren, JSX } from 'preact';
import { now } from '../api/clock';
import { holds, putHold, putWait } from '../api/mine';
import type { Room } from '../api/room';
import { socket } from '../api/socket';
import type { ClaimResult, Item, Variant } from '../api/types';
import { placeText, type ClaimDesk } from '../buy/claim-desk';
import { choiceName, itemOffer, priceOf } from '../buy/offer';
import { countdown, money } from '../ui/format';
import { Close } from '../ui/icons';
import { variantName } from '../ui/variant';

export class ChatClaims {
	readonly note = signal<ClaimResult | null>(null);
	readonly close: () => void;

	constructor(room: Room) {
		this.close = socket.on('claim.result', (result) => {
			if (result.show !== room.id) return;
			if (result.hold) putHold(result.hold);
			if (result.waiting) putWait(result.waiting);
			this.note.value = result;
		});
	}
}

type Props = { claims: ChatClaims; room: Room; desk: ClaimDesk };

export function ClaimNote({ claims, room, desk }: Props): JSX.Element | null {
	const result = claims.note.value;
	if (!result) return null;
	const close = (): void => void (claims.note.value = null);
	const item = room.items.value.find(({ id, number }) => (result.item ? id === result.item : number === result.understood?.number));
	const act = (variant: string | null, price: number): void => {
		close();
		desk.claim(itemOffer(item!, room.id), variant, price, result.understood?.quantity ?? 1);
	};
	return (
		<aside class={`claim-note ${result.status}`} aria-label="Your claim" data-testid="claim-note" data-status={result.status}>
			<p role="status">{text(result, item)}</p>
			{item && <Missing result={result} item={item} onClaim={act} />}
			<button type="button" class="round quiet" onClick={close} aria-label="Close" data-testid="claim-note-close">
				<Close size={20} />
			</button>
		</aside>
	);
}

function text(result: ClaimResult, item: Item | undefined): ComponentChildren {
	const { hold, waiting, understood } = result;
	const variant = hold?.variant ?? waiting?.variant ?? understood?.variant;
	const name = item ? `#${item.number} ${item.listing.title}${variant ? `, ${variant}` : ''}` : `“${result.text}”`;
	switch (result.status) {
		case 'held':
			return hold ? <Held id={hold.id} name={hold.quantity > 1 ? `${hold.quantity} × ${name}` : name} /> : name;
		case 'waitlisted':
			return `${name} is held by others. ${waiting ? `${placeText(waiting)}.` : ''}`;
		case 'price_changed':
			return `${name}: the price is now ${money(result.price ?? 0, item?.listing.currency ?? 'EUR')}.`;
		case 'sold_out':
			return `${name} is sold out.`;
		default:
			return item ? unclear(result, item) : `${result.text}: ${result.detail ?? 'not understood'}`;
	}
}

/* What can be chosen stands below as something to tap, so it need not be told in words too. */
function unclear({ text: said, detail, understood }: ClaimResult, item: Item): string {
	const choice = item.listing.variants.length > 0 && !understood?.variant;
	const price = money(priceOf(itemOffer(item, ''), now.peek()), item.currency);
	return `${said} (${item.listing.title}, ${price}): ${choice ? `which ${choiceName(item.listing)}?` : (detail ?? 'not understood')}`;
}

function Held({ id, name }: { id: string; name: string }): JSX.Element {
	const hold = holds.value.find((one) => one.id === id);
	if (!hold) return <>{name} is no longer held.</>;
	return (
		<>
			You have {name}: pay within <span class="digits">{countdown(hold.expires_at_ms - now.value)}</span>
		</>
	);
}

type MissingProps = { result: ClaimResult; item: Item; onClaim: (variant: string | null, price: number) => void };

function Missing({ result, item, onClaim }: MissingProps): JSX.Element | null {
	const { variants } = item.listing;
	const wanted = variants.find((one) => variantName(one) === result.understood?.variant);
	if (result.status === 'price_changed' && result.price !== undefined && (wanted || !variants.length)) {
		const { price } = result;
		return (
			<Choices>
				<button type="button" class="small primary" onClick={() => onClaim(wanted?.id ?? null, price)} data-testid="note-claim">
					Claim for {money(price, item.currency)}
				</button>
			</Choices>
		);
	}
	const free = variants.filter((one) => one.stock > 0 || one.held > 0);
	if (result.status !== 'unclear' || wanted || !free.length) return null;
	const price = priceOf(itemOffer(item, ''), item.flash ? now.value : 0);
	return (
		<Choices>
			{free.map((one: Variant) => (
				<button key={one.id} type="button" class="small chip" onClick={() => onClaim(one.id, price)} data-testid="note-claim" data-variant={one.id}>
					{variantName(one)}
					<span class="visually-hidden"> for {money(price, item.currency)}</span>
				</button>
			))}
		</Choices>
	);
}

const Choices = ({ children }: { children: ComponentChildren }): JSX.Element => <div class="chips">{children}</div>;
