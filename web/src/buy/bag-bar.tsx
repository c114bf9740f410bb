/* The way back to what is held, on pages that are about no show: a bar at the bottom, the bag and the checkout over it. */
import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { now } from '../api/clock';
import { holds, loadCart, waits } from '../api/mine';
import { account } from '../api/session';
import type { Hold, Id } from '../api/types';
import { countdown } from '../ui/format';
import { Bag } from '../ui/icons';
import { lazy } from '../ui/lazy';
import { SignInSheet } from '../ui/signin';
import { placeText, type ClaimDesk } from './claim-desk';
import './buy.css';

const CartSheet = lazy(() => import('./cart-sheet').then((part) => part.CartSheet));
const CheckoutSheet = lazy(() => import('./checkout').then((part) => part.CheckoutSheet));

export type BagState = { open: 'none' | 'bag' | 'checkout'; seller: Id | null };

/** Where the bag stands open, so that a claim button on the page can open the checkout. */
export function useBag(): { bag: BagState; show: (bag: BagState) => void; checkout: (hold: Hold) => void } {
	const [bag, show] = useState<BagState>({ open: 'none', seller: null });
	return { bag, show, checkout: (hold) => show({ open: 'checkout', seller: hold.listing.seller.id }) };
}

export function BagBar({ desk, bag, show, checkout }: { desk: ClaimDesk } & ReturnType<typeof useBag>): JSX.Element {
	const who = account.value?.id ?? null;
	useEffect(() => void (who && loadCart().catch(() => undefined)), [who]);
	const close = (): void => show({ open: 'none', seller: null });
	const text = barText();
	return (
		<>
			{text && (
				<aside class="held-bar" aria-label="Your bag">
					<button type="button" class="claim held" onClick={() => show({ open: 'bag', seller: null })} data-testid="bag-open">
						<Bag size={20} />
						<span>{text}</span>
					</button>
				</aside>
			)}
			{bag.open === 'bag' && <CartSheet desk={desk} onCheckout={checkout} onClose={close} />}
			{bag.open === 'checkout' && <CheckoutSheet seller={bag.seller} onClose={close} />}
			{desk.wantsSignIn.value && (
				<SignInSheet
					why="Sign up to claim it. Your claim goes through as soon as you are in."
					onDone={() => (desk.wantsSignIn.value = false)}
					onClose={() => desk.giveUp()}
				/>
			)}
		</>
	);
}

function barText(): JSX.Element | string | null {
	const held = holds.value.filter((hold) => hold.state === 'active' && hold.expires_at_ms > now.value);
	if (held.length) {
		const soonest = Math.min(...held.map((hold) => hold.expires_at_ms));
		return (
			<>
				{held.length} held for you · <span class="digits">{countdown(soonest - now.value)}</span>
			</>
		);
	}
	if (holds.value.some((hold) => hold.state === 'paying')) return 'Payment under way';
	const wait = waits.value[0];
	return wait ? (waits.value.length > 1 ? `In line for ${waits.value.length}` : placeText(wait)) : null;
}
