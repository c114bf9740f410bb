/* A viewer's picture: one receiving connection that repairs itself. A line that is cut is made anew; a picture that
 * goes on while only the WebSocket is lost is left alone. A host who is away is no fault of ours: then the connection
 * waits, and the picture resumes by itself. Where live media does not get through, or the browser cannot decode it, the
 * same video element takes the slow way (LL-HLS) until a connection that is tried in the background carries frames. */
import { effect, signal } from '@preact/signals';
import { Backoff } from '../api/backoff';
import { codeOf, ApiError } from '../api/error';
import type { Room } from '../api/room';
import { socket } from '../api/socket';
import type { Id } from '../api/types';
import { Line } from './line';
import { closeSession, negotiate, type PeerVideo } from './negotiate';
import { SlowWay } from './slow-way';
import { holdStill } from './still';

const TICK_MS = 1000;
const CONNECT_MS = 6000;
/* No frames on a line that lives is most likely the host's trouble, which the server is about to tell. Only after
 * that, and not all viewers in the same second, is the connection made anew. */
const NO_FRAMES_MS = 8000;
const NO_FRAMES_JITTER_MS = 4000;
const STALL_MS = 2500; /* then say so */
/* A connection takes a second, by UDP, TCP or TURN alike: what has brought no frame by then takes the slow way. */
const FALL_MS = 5000;
const FALL_CONNECTED_MS = 4000; /* beyond the patience with a line that stands */
const PROBE_MS = 120_000; /* half of it, at least, between two looks whether live media gets through again */
const PROBE_MAX_MS = 600_000;
const PROBE_SOON_MS = 1500; /* another network, or the page is looked at again */
const PROBE_LEAST_MS = 10_000;
const FRAMES_TO_RETURN = 5;

/** `stalled`: the line stands, but frames have stopped. */
export type WatchState = 'idle' | 'connecting' | 'playing' | 'stalled' | 'reconnecting' | 'unsupported';
/** Why it takes the slow way, if it does. */
export type Slowness = '' | 'network' | 'codec';

export class Watcher extends Line {
	readonly state = signal<WatchState>('idle');
	readonly detail = signal(''); /**< the server's words about an unsupported codec */
	readonly blocked = signal(false); /**< the browser refuses to play without a tap */
	readonly wide = signal(false); /**< the source is wider than high */
	readonly slowness = signal<Slowness>('');
	private readonly slow: SlowWay;
	private still: HTMLCanvasElement | null = null;
	private ticker: number | undefined;
	private stops: (() => void)[] = [];
	private frames = 0;
	private framesMs = 0;
	private missedMs = 0; /**< since when frames could be expected and did not come, by whichever connection */
	private patienceMs = 0;
	private arriving: MediaStream | undefined; /**< not shown yet, for the slow way still has the video */
	private readonly probes = new Backoff(PROBE_MS, PROBE_MAX_MS);
	private probeMs = 0; /**< when live media is tried again */
	private probedMs = 0;

	constructor(private readonly room: Room) {
		super('view', new Backoff(800, 12_000), CONNECT_MS);
		this.slow = new SlowWay(room.id, () => (this.state.value = 'playing'));
	}

	/** @param still lies over the video while its source changes. */
	attach(video: PeerVideo, still: HTMLCanvasElement | null): void {
		this.video = video;
		this.still = still;
		video.oncanplay = () => video.paused && void this.play();
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
				else if (arrived && this.slowness.peek() === 'codec') this.probeMs = 0;
				if (arrived) this.framesMs = this.missedMs = Date.now();
			}),
			socket.on('media', (event) => {
				if (event.session !== this.session) return;
				if (event.code === 'unsupported_codec') this.refuse(event.detail);
				else this.renew();
			}),
			socket.onOpen(() => this.reopened()),
		);
		const soon = (): void => this.probeSoon();
		addEventListener('online', soon);
		document.addEventListener('visibilitychange', soon);
		this.stops.push(
			() => removeEventListener('online', soon),
			() => document.removeEventListener('visibilitychange', soon),
		);
	}

	close(): void {
		clearInterval(this.ticker);
		for (const stop of this.stops) stop();
		this.drop('idle');
	}

	/** What is seen now, on the server's clock [ms]; null: the present. */
	seenMs(): number | null {
		return this.slow.seenMs();
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
		if (!this.slow.moving && this.slowness.value !== 'codec') this.state.value = 'reconnecting';
		this.framesMs = Date.now();
	}

	protected override connect(): void {
		if (this.state.value === 'idle') this.missedMs = Date.now();
		if (!this.slow.on && this.state.value !== 'reconnecting') this.state.value = 'connecting';
		this.probedMs = Date.now();
		super.connect();
	}

	/* What was only tried in the background has time. */
	protected override renew(pauseMs?: number): void {
		if (this.slow.moving) this.rest();
		else super.renew(pauseMs);
	}

	protected async offer(generation: number): Promise<void> {
		const peer = this.replacePeer();
		this.frames = 0;
		this.arriving = undefined;
		this.framesMs = Date.now();
		this.patienceMs = NO_FRAMES_MS + Math.random() * NO_FRAMES_JITTER_MS;
		peer.addTransceiver('video', { direction: 'recvonly' });
		peer.addTransceiver('audio', { direction: 'recvonly' });
		peer.ontrack = (event) => {
			/* Both tracks carry one stream id: the browser then keeps sound and picture in step. */
			const stream = event.streams[0] ?? new MediaStream([event.track]);
			if (generation !== this.generation) return;
			if (this.slow.on) this.arriving = stream;
			else this.present(stream);
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
		this.release();
		this.detail.value = detail;
		this.fall('codec');
		this.rest();
	}

	private drop(state: WatchState): void {
		this.release();
		this.slow.stop();
		this.slowness.value = '';
		this.state.value = state;
	}

	private present(stream: MediaStream): void {
		if (!this.video || this.video.srcObject === stream) return;
		if (this.slow.on) {
			holdStill(this.video, this.still);
			this.slow.stop();
			this.slowness.value = '';
			this.probes.reset();
		}
		this.arriving = undefined;
		this.video.srcObject = stream;
		void this.play();
	}

	private fall(why: Slowness): void {
		const { video } = this;
		this.slowness.value = why;
		if (!video || this.slow.on) return;
		holdStill(video, this.still);
		video.srcObject = null;
		if (this.state.value !== 'reconnecting') this.state.value = 'connecting';
		this.slow.start(video);
	}

	/* No connection until the next probe. */
	private rest(): void {
		this.release();
		this.arriving = undefined;
		this.probeMs = Date.now() + this.probes.next();
	}

	private probeSoon(): void {
		if (this.slow.on && !document.hidden) this.probeMs = Math.min(this.probeMs, Math.max(Date.now() + PROBE_SOON_MS, this.probedMs + PROBE_LEAST_MS));
	}

	/* Once a second: do frames arrive, and if not, whose fault is it? */
	private async tick(): Promise<void> {
		const now = Date.now();
		/* Nobody can expect frames while the host is away, nor in a hidden page, where some browsers decode nothing. */
		const excused = !this.room.show.peek()?.picture || document.hidden;
		if (excused) this.framesMs = now;
		if (excused || socket.state.peek() !== 'open' || !navigator.onLine) this.missedMs = now;
		if (this.slow.on) this.tickSlow(now, excused);
		const { peer, generation } = this;
		if (!peer) return;
		const { decoded, received } = await framesOf(peer);
		if (generation !== this.generation) return;
		if (this.slow.on && this.arriving && peer.connectionState === 'connected' && received >= FRAMES_TO_RETURN) this.present(this.arriving);
		if (decoded > this.frames) {
			this.frames = decoded;
			this.framesMs = this.missedMs = now;
			if (peer.connectionState === 'connected' && !this.slow.on) this.flowing();
		}
		if (this.state.value === 'playing' && !this.slow.on && now - this.framesMs > STALL_MS) this.state.value = 'stalled';
		const patience = peer.connectionState === 'connected' ? this.patienceMs + FALL_CONNECTED_MS : FALL_MS;
		if (!this.slow.on && now - this.missedMs > patience) {
			this.fall('network');
			/* One that stands proves itself anew before it is shown again. */
			if (peer.connectionState === 'connected') this.renew(0);
		}
		if (this.retry === undefined && !this.mend(peer, now) && now - this.framesMs > this.patienceMs) this.renew();
	}

	private tickSlow(now: number, excused: boolean): void {
		const standing = this.slow.look(now, excused);
		if (this.slow.moving) this.state.value = standing ? 'stalled' : 'playing';
		else if (this.slow.failing && this.slowness.value === 'codec') this.state.value = 'unsupported';
		else if (this.state.value === 'playing' || this.state.value === 'stalled') this.state.value = 'reconnecting';
		if (this.peer || this.retry !== undefined || excused || socket.state.peek() !== 'open') return;
		/* Where the slow way fails too there is nothing to wait for. */
		if (now >= this.probeMs || (!this.slow.moving && this.slowness.value === 'network')) this.connect();
	}

	private flowing(): void {
		this.forgetRetry();
		this.state.value = 'playing';
		if (this.frames > 100) this.backoff.reset();
	}
}

async function framesOf(peer: RTCPeerConnection): Promise<{ decoded: number; received: number }> {
	let decoded = 0;
	let received = 0;
	for (const report of (await peer.getStats()).values()) {
		if (report.type !== 'inbound-rtp' || report.kind !== 'video') continue;
		decoded = Math.max(decoded, report.framesDecoded ?? 0);
		/* Nobody decodes what no element shows, in some browsers; some count no frames before they are decoded. */
		received = Math.max(decoded, report.framesReceived ?? report.packetsReceived ?? 0);
	}
	return { decoded, received };
}
