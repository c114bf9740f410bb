/* Reactions: one's own at once, the room's as the server gathers them, floating up at the side. */
import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { codeOf } from '../api/error';
import type { Room } from '../api/room';
import { socket } from '../api/socket';
import type { ReactionKind } from '../api/types';
import { prefersReducedMotion } from '../ui/dom';
import { Heart } from '../ui/icons';
import { notify } from '../ui/notices';

const MOST_FLYING = 24;
const FLUSH_MS = 600;
const OWN_MS = 2500; /* what has not come back by then was left out on the way */
const MOST_AT_ONCE = 20; /* the protocol's bound for one message */

const signs: Record<ReactionKind, string> = { heart: '', fire: '🔥', clap: '👏' };

export class Reactions {
	private layer: HTMLElement | null = null;
	private unsent = 0;
	private own = 0; /* sent, and to be left out of what comes back */
	private timer: number | undefined;
	private readonly stop: () => void;

	constructor(private readonly room: Room) {
		this.stop = socket.on('react', ({ show, counts }) => {
			if (show !== room.id) return;
			for (const kind of ['heart', 'fire', 'clap'] as const) {
				let n = counts[kind] ?? 0;
				if (kind === 'heart') {
					const mine = Math.min(this.own, n);
					this.own -= mine;
					n -= mine;
				}
				for (let i = 0; i < Math.min(n, 8); i++) setTimeout(() => this.fly(kind), Math.random() * 500);
			}
		});
	}

	attach(layer: HTMLElement | null): void {
		this.layer = layer;
	}

	close(): void {
		this.stop();
		clearTimeout(this.timer);
	}

	send(): void {
		this.fly('heart');
		this.unsent = Math.min(MOST_AT_ONCE, this.unsent + 1);
		this.timer ??= window.setTimeout(() => {
			const n = this.unsent;
			this.timer = undefined;
			this.unsent = 0;
			this.own += n;
			setTimeout(() => (this.own -= Math.min(this.own, n)), OWN_MS);
			socket.request('react', { show: this.room.id, kind: 'heart', n }).catch((error) => {
				if (codeOf(error) === 'unauthenticated') notify('Sign in to send hearts to the host.');
			});
		}, FLUSH_MS);
	}

	private fly(kind: ReactionKind): void {
		const layer = this.layer;
		if (!layer || document.hidden || prefersReducedMotion() || layer.childElementCount >= MOST_FLYING) return;
		const mote = document.createElement('span');
		mote.className = `mote mote-${kind}`;
		mote.textContent = signs[kind];
		mote.style.setProperty('--drift', `${Math.round(Math.random() * 56 - 38)}px`);
		mote.style.setProperty('--lean', `${Math.round(Math.random() * 40 - 20)}deg`);
		mote.onanimationend = () => mote.remove();
		layer.append(mote);
	}
}

export function HeartButton({ reactions }: { reactions: Reactions }): JSX.Element {
	const layer = useRef<HTMLSpanElement>(null);
	useEffect(() => {
		reactions.attach(layer.current);
		return () => reactions.attach(null);
	}, [reactions]);
	return (
		<span class="hearts">
			<span class="motes" ref={layer} aria-hidden="true" />
			<button type="button" class="round glass heart" aria-label="Send a heart" onClick={() => reactions.send()} data-testid="react-heart">
				<Heart />
			</button>
		</span>
	);
}
