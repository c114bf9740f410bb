/* /s/{show}: watch, chat, claim, pay. */
import { signal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect, useMemo, useState } from 'preact/hooks';
import { holds } from '../api/mine';
import { Room } from '../api/room';
import type { Hold } from '../api/types';
import { ClaimDesk } from '../buy/claim-desk';
import { Watcher } from '../media/watch';
import { ChatLog, Composer } from '../ui/chat';
import { Bag } from '../ui/icons';
import { lazy } from '../ui/lazy';
import { setTitle } from '../ui/router';
import { FeaturedCard, HeldStrip } from './card';
import { ChatClaims, ClaimNote } from './claim-note';
import { HeartButton, Reactions } from './hearts';
import { Stage } from './stage';
import { roomStand } from './stand';
import '../buy/buy.css';
import './viewer.css';

/* Not needed for the first picture; fetched soon after it, so that a tap finds them there. */
const BagSheet = lazy(() => import('./bag').then((part) => part.BagSheet));
const CheckoutSheet = lazy(() => import('../buy/checkout').then((part) => part.CheckoutSheet));
const SignInSheet = lazy(() => import('../ui/signin').then((part) => part.SignInSheet));
const PRELOAD_MS = 3000;

type Open = 'none' | 'bag' | 'checkout';
type Parts = { room: Room; watcher: Watcher; desk: ClaimDesk; reactions: Reactions; claims: ChatClaims };

function useShow(id: string): Parts {
	const parts = useMemo(() => {
		const room = new Room(id);
		const watcher = new Watcher(room);
		room.pace.seenMs = () => watcher.seenMs();
		return { room, watcher, desk: new ClaimDesk(roomStand(room)), reactions: new Reactions(room), claims: new ChatClaims(room) };
	}, [id]);
	useEffect(() => {
		const timer = setTimeout(() => [SignInSheet, BagSheet, CheckoutSheet].forEach((sheet) => sheet.preload()), PRELOAD_MS);
		return () => clearTimeout(timer);
	}, []);
	useEffect(
		() => () => {
			parts.claims.close();
			parts.reactions.close();
			parts.desk.close();
			parts.room.close();
		},
		[parts],
	);
	return parts;
}

export default function ViewerPage({ id }: { id: string }): JSX.Element {
	const { room, watcher, desk, reactions, claims } = useShow(id);
	const [open, setOpen] = useState<Open>('none');
	const [seller, setSeller] = useState<string | null>(null);
	const [afterSignIn, setAfterSignIn] = useState<(() => void) | null>(null);
	const draft = useMemo(() => signal(''), [id]);
	const title = room.show.value?.title ?? '';
	useEffect(() => setTitle(title), [title]);
	const checkout = (hold: Hold): void => {
		setSeller(hold.listing.seller.id);
		setOpen('checkout');
	};
	const held = holds.value.reduce((n, hold) => n + hold.quantity, 0);
	const usable = room.show.value !== null && room.state.value !== 'missing' && room.state.value !== 'banned';
	return (
		<main class="viewer">
			<Stage room={room} watcher={watcher} />
			{usable && (
				<div class="over">
					<div class="chat-box">
						<ChatLog room={room} />
						<ClaimNote claims={claims} room={room} desk={desk} />
					</div>
					<HeldStrip room={room} onCheckout={checkout} />
					<FeaturedCard room={room} desk={desk} onCheckout={checkout} onOpen={() => setOpen('bag')} />
					<div class="bar">
						{room.show.value?.state === 'ended' ? (
							<span class="bar-space" />
						) : (
							<Composer room={room} draft={draft} onGuest={(then) => setAfterSignIn(() => then)} />
						)}
						<button
							type="button"
							class="round glass bag-button"
							aria-label={held ? `Items, ${held} held for you` : 'Items of this show'}
							onClick={() => setOpen('bag')}
							data-testid="bag-open"
						>
							<Bag />
							{held > 0 && <span class="badge">{held}</span>}
						</button>
						{room.show.value?.state === 'live' && <HeartButton reactions={reactions} />}
					</div>
				</div>
			)}
			{open === 'bag' && <BagSheet room={room} desk={desk} onCheckout={checkout} onClose={() => setOpen('none')} />}
			{open === 'checkout' && <CheckoutSheet seller={seller} onClose={() => setOpen('none')} />}
			{desk.wantsSignIn.value && (
				<SignInSheet
					why="Sign up to claim it. Your claim goes through as soon as you are in."
					onDone={() => (desk.wantsSignIn.value = false)}
					onClose={() => desk.giveUp()}
				/>
			)}
			{afterSignIn && !desk.wantsSignIn.value && (
				<SignInSheet
					why="Sign up to chat. Your message is sent as soon as you are in."
					onDone={() => {
						setAfterSignIn(null);
						/* The socket is told first who speaks. */
						const stop = room.onJoined(() => {
							if (room.role.peek() === 'guest') return;
							stop();
							afterSignIn();
						});
					}}
					onClose={() => setAfterSignIn(null)}
				/>
			)}
		</main>
	);
}
