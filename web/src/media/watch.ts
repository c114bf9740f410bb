/* A viewer's picture: one receiving connection that repairs itself. A line that is cut is made anew; a picture that
 * goes on while only the WebSocket is lost is left alone. A host who is away is no fault of ours: then the connection
 * waits, and the picture resumes by itself. */
import { effect, signal } from '@preact/signals';
import { Backoff } from '../api/backoff';
import { codeOf, ApiError } from '../api/error';
import type { Room } from '../api/room';
import { socket } from '../api/socket';
import type { Id } from '../api/types';
import { Line } from './line';
import { closeSession, negotiate, type PeerVideo } from './negotiate';

const TICK_MS = 1000;
const CONNECT_MS = 6000;
/* No frames on a line that lives is most likely the host's trouble, which the server is about to tell. Only after
 * that, and not all viewers in the same second, is the connection made anew. */
const NO_FRAMES_MS = 8000;
const NO_FRAMES_JITTER_MS = 4000;
const STALL_MS = 2500; /* then say so */

/** `stalled`: the line stands, but frames have stopped. */
export type WatchState = 'idle' | 'connecting' | 'playing' | 'stalled' | 'reconnecting' | 'unsupported';

export class Watcher extends Line {
	readonly state = signal<WatchState>('idle');
	readonly detail = signal(''); /**< the server's words about an unsupported codec */
	readonly blocked = signal(false); /**< the browser refuses to play without a tap */
	readonly wide = signal(false); /**< the source is wider than high */
	private ticker: number | undefined;
	private stops: (() => void)[] = [];
	private frames = 0;
	private framesMs = 0;
	private patienceMs = 0;

	constructor(private readonly room: Room) {
		super('view', new Backoff(800, 12_000), CONNECT_MS);
	}

	attach(video: PeerVideo): void {
		this.video = video;
		video.onresize = () => (this.wide.value = video.videoWidth > video.videoHeight * 1.05);
		this.ticker = window.setInterval(() => void this.tick(), TICK_MS);
		let pictured = false;
		this.stops.push(
			/* Live: connect, and stay so. Ended: let go. A picture that comes back may come in another codec: try again. */
			effect(() => {
				const show = this.room.show.value;
				const state = this.state.peek();
				if (show?.state !== 'live' || this.room.state.value === 'banned') {
					this.drop('idle');
					pictured = false;
					return;
				}
				const arrived = show.picture && !pictured;
				pictured = show.picture;
				if (state === 'idle') this.connect();
				else if (arrived && state === 'unsupported') this.renew(0);
				if (arrived) this.framesMs = Date.now();
			}),
			socket.on('media', (event) => {
				if (event.session !== this.session) return;
				if (event.code === 'unsupported_codec') this.refuse(event.detail);
				else this.renew();
			}),
			socket.onOpen(() => this.reopened()),
		);
	}

	close(): void {
		clearInterval(this.ticker);
		for (const stop of this.stops) stop();
		this.drop('idle');
	}

	/** Play; call it from a tap when the browser has refused before. */
	async play(): Promise<void> {
		try {
			await this.video?.play();
			this.blocked.value = false;
		} catch (error) {
			if ((error as Error).name === 'NotAllowedError') this.blocked.value = true;
		}
	}

	protected show(): Id {
		return this.room.id;
	}

	protected mending(): void {
		this.state.value = 'reconnecting';
		this.framesMs = Date.now();
	}

	protected override connect(): void {
		if (this.state.value !== 'reconnecting') this.state.value = 'connecting';
		super.connect();
	}

	protected async offer(generation: number): Promise<void> {
		const peer = this.replacePeer();
		this.frames = 0;
		this.framesMs = Date.now();
		this.patienceMs = NO_FRAMES_MS + Math.random() * NO_FRAMES_JITTER_MS;
		peer.addTransceiver('video', { direction: 'recvonly' });
		peer.addTransceiver('audio', { direction: 'recvonly' });
		peer.ontrack = (event) => {
			/* Both tracks carry one stream id: the browser then keeps sound and picture in step. */
			const stream = event.streams[0] ?? new MediaStream([event.track]);
			if (generation === this.generation && this.video && this.video.srcObject !== stream) {
				this.video.srcObject = stream;
				void this.play();
			}
		};
		try {
			const reply = await negotiate(peer, this.room.id, 'view');
			if (generation !== this.generation) closeSession(reply.session);
			else this.session = reply.session;
		} catch (error) {
			if (generation === this.generation) this.failed(error);
		}
	}

	private failed(error: unknown): void {
		const code = codeOf(error);
		if (code === 'unsupported_codec') this.refuse((error as ApiError).detail);
		else if (code === 'banned' || code === 'forbidden' || code === 'not_found') this.drop('idle');
		else this.renew();
	}

	private refuse(detail: string): void {
		this.drop('unsupported');
		this.detail.value = detail;
	}

	private drop(state: WatchState): void {
		this.release();
		this.state.value = state;
	}

	/* Once a second: do frames arrive, and if not, whose fault is it? */
	private async tick(): Promise<void> {
		const { peer, generation } = this;
		if (!peer) return;
		const frames = await decodedFrames(peer);
		if (generation !== this.generation) return;
		const now = Date.now();
		if (frames > this.frames) {
			this.frames = frames;
			this.framesMs = now;
			if (peer.connectionState === 'connected') this.flowing();
		}
		/* Nobody can expect frames while the host is away, nor in a hidden page, where some browsers decode nothing. */
		if (!this.room.show.peek()?.picture || document.hidden) this.framesMs = now;
		if (this.state.value === 'playing' && now - this.framesMs > STALL_MS) this.state.value = 'stalled';
		if (this.retry === undefined && !this.mend(peer, now) && now - this.framesMs > this.patienceMs) this.renew();
	}

	private flowing(): void {
		this.forgetRetry();
		this.state.value = 'playing';
		if (this.frames > 100) this.backoff.reset();
	}
}

async function decodedFrames(peer: RTCPeerConnection): Promise<number> {
	let frames = 0;
	for (const report of (await peer.getStats()).values()) {
		if (report.type === 'inbound-rtp' && report.kind === 'video') frames = Math.max(frames, report.framesDecoded ?? 0);
	}
	return frames;
}
