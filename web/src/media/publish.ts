/* The host's line: camera and microphone to the server, kept up through interruptions. A phone call takes the
 * tracks, a tunnel takes the network, a restart takes the server; each is noticed and mended by itself. */
import { signal } from '@preact/signals';
import { Backoff } from '../api/backoff';
import { ApiError } from '../api/error';
import { socket } from '../api/socket';
import type { Id } from '../api/types';
import { explain } from '../text/codes';
import { captureBoth, captureCamera, captureMicrophone, captureProblem, type Facing } from './capture';
import { Line } from './line';
import { addVideo, limitVideo } from './layers';
import { closeSession, negotiate, type PeerVideo } from './negotiate';
import { judge, LineMeter, type LineQuality } from './quality';

const AUDIO_BITRATE_BPS = 64_000;
const TICK_MS = 2000;
const CONNECT_MS = 8000;
const SILENT_MS = 6000; /* connected, and yet no frame leaves */

export type PublishState = 'off' | 'connecting' | 'on' | 'reconnecting';

export class Publisher extends Line {
	readonly state = signal<PublishState>('off');
	readonly stream = signal<MediaStream | null>(null);
	readonly problem = signal(''); /**< about camera, microphone or line; '' when all is well */
	readonly micOn = signal(true);
	readonly facing = signal<Facing>('user');
	readonly quality = signal<LineQuality | null>(null);
	private onAir: Id | undefined;
	private readonly meter = new LineMeter();
	private ticker: number | undefined;
	private sentMs = 0;
	private recapturing = false;
	private stops: (() => void)[] = [];

	constructor() {
		super('publish', new Backoff(800, 10_000), CONNECT_MS);
	}

	/** Start the camera for the preview. Fills `problem` when there is none. */
	async open(): Promise<boolean> {
		try {
			const stream = await captureBoth(this.facing.value);
			for (const track of stream.getTracks()) this.guard(track);
			this.stream.value = stream;
			this.present();
			this.problem.value = '';
			return true;
		} catch (error) {
			this.problem.value = captureProblem(error);
			return false;
		}
	}

	attach(video: PeerVideo | null): void {
		this.video = video ?? undefined;
		this.present();
	}

	/** Go on air, and stay there until stop(). */
	start(show: Id): void {
		if (this.onAir) return;
		this.onAir = show;
		this.stops = [
			socket.onOpen(() => this.reopened()),
			socket.on('media', (event) => event.session === this.session && this.renew()),
		];
		const visible = (): void => void (!document.hidden && this.recapture());
		document.addEventListener('visibilitychange', visible);
		addEventListener('online', visible);
		this.stops.push(
			() => document.removeEventListener('visibilitychange', visible),
			() => removeEventListener('online', visible),
		);
		this.ticker = window.setInterval(() => void this.tick(), TICK_MS);
		this.state.value = 'connecting';
		if (socket.state.peek() === 'open' && !this.peer && this.retry === undefined) this.connect();
		else this.renew();
	}

	/** Off air; the preview goes on. */
	stop(): void {
		for (const stop of this.stops) stop();
		this.stops = [];
		clearInterval(this.ticker);
		this.release();
		this.onAir = undefined;
		this.quality.value = null;
		this.state.value = 'off';
	}

	/** Everything off: camera and microphone lights too. */
	close(): void {
		this.stop();
		const stream = this.stream.value;
		this.stream.value = null;
		for (const track of stream?.getTracks() ?? []) track.stop();
	}

	setMic(on: boolean): void {
		this.micOn.value = on;
		for (const track of this.stream.value?.getAudioTracks() ?? []) track.enabled = on;
	}

	/** The other camera. Phones open one at a time, so the present one is let go first. */
	async flip(): Promise<void> {
		const before = this.facing.value;
		this.facing.value = before === 'user' ? 'environment' : 'user';
		const old = this.stream.value?.getVideoTracks()[0];
		if (old) {
			old.onended = null;
			old.stop();
		}
		try {
			await this.replace(await captureCamera(this.facing.value));
		} catch (error) {
			this.facing.value = before;
			this.problem.value = captureProblem(error);
			void this.recapture();
		}
	}

	private guard(track: MediaStreamTrack): void {
		track.onended = () => void this.recapture();
		/* Muted by the system: a call has the microphone. It may come back by itself; the tick looks after it. */
		track.onunmute = () => (this.problem.value = '');
	}

	/* Take again what was taken from us. */
	private async recapture(): Promise<void> {
		if (this.recapturing || !this.stream.value) return;
		this.recapturing = true;
		try {
			for (const kind of ['video', 'audio'] as const) {
				const track = this.stream.value?.getTracks().find((t) => t.kind === kind);
				if (track?.readyState === 'live') continue;
				await this.replace(kind === 'video' ? await captureCamera(this.facing.value) : await captureMicrophone());
			}
			this.problem.value = '';
		} catch (error) {
			this.problem.value = captureProblem(error);
		} finally {
			this.recapturing = false;
		}
	}

	/* Put a track in the place of the one of its kind, in the preview and on the line, without a new offer. */
	private async replace(track: MediaStreamTrack): Promise<void> {
		const stream = this.stream.value;
		if (!stream) {
			track.stop();
			return;
		}
		this.guard(track);
		if (track.kind === 'audio') track.enabled = this.micOn.value;
		for (const old of stream.getTracks()) {
			if (old.kind !== track.kind) continue;
			old.onended = null;
			old.stop();
			stream.removeTrack(old);
		}
		stream.addTrack(track);
		this.present();
		const transceiver = this.peer?.getTransceivers().find((t) => t.receiver.track.kind === track.kind);
		await transceiver?.sender.replaceTrack(track);
	}

	private present(): void {
		if (!this.video || this.video.srcObject === this.stream.value) return;
		this.video.srcObject = this.stream.value;
		void this.video.play().catch(() => undefined);
	}

	protected show(): Id | undefined {
		return this.onAir;
	}

	protected mending(): void {
		if (this.state.value === 'on') this.state.value = 'reconnecting';
	}

	protected async offer(generation: number): Promise<void> {
		const stream = this.stream.value;
		if (!stream || !this.onAir) return;
		const peer = this.replacePeer();
		this.sentMs = Date.now();
		this.meter.reset();
		for (const track of [...stream.getVideoTracks(), ...stream.getAudioTracks()]) {
			if (track.kind === 'video') preferH264(addVideo(peer, track, stream));
			else peer.addTransceiver(track, { direction: 'sendonly', streams: [stream] });
		}
		try {
			const reply = await negotiate(peer, this.onAir, 'publish');
			if (generation !== this.generation) {
				closeSession(reply.session);
				return;
			}
			this.session = reply.session;
			await limitSenders(peer);
		} catch (error) {
			if (generation === this.generation) this.failed(error);
		}
	}

	private failed(error: unknown): void {
		if (error instanceof ApiError && ['forbidden', 'unsupported_codec', 'not_found', 'banned'].includes(error.code)) {
			/* Asking again would be answered the same. */
			this.problem.value = explain(error);
			this.stop();
			return;
		}
		this.renew();
	}

	private async tick(): Promise<void> {
		const { peer, generation } = this;
		if (!peer) return;
		const line = await this.meter.measure(peer);
		if (generation !== this.generation) return;
		const now = Date.now();
		if (line.framesSent > 0) this.sentMs = now;
		this.quality.value = judge(line);
		this.watchTracks();
		if (this.retry === undefined) this.repair(peer, now);
		else if (line.framesSent > 0 && peer.connectionState === 'connected' && socket.state.peek() !== 'open') this.recovered();
	}

	/* The cut was shorter than the pause. */
	private recovered(): void {
		this.forgetRetry();
		this.state.value = 'on';
	}

	private watchTracks(): void {
		const tracks = this.stream.value?.getTracks() ?? [];
		if (tracks.some((track) => track.readyState === 'ended')) void this.recapture();
		else if (tracks.some((track) => track.muted && !document.hidden))
			this.problem.value = 'The phone has taken camera or microphone, perhaps for a call. It comes back when that ends.';
	}

	private repair(peer: RTCPeerConnection, now: number): void {
		if (this.mend(peer, now) || peer.connectionState !== 'connected') return;
		this.state.value = 'on';
		const live = this.stream.value?.getVideoTracks().some((t) => t.readyState === 'live' && !t.muted);
		if (!live || document.hidden) this.sentMs = now;
		if (now - this.sentMs > SILENT_MS) this.renew();
		else this.backoff.reset();
	}
}

/** Constrained baseline H.264 first: every phone decodes it in hardware. Without it the browser's own order stands. */
function preferH264(transceiver: RTCRtpTransceiver): void {
	const codecs = RTCRtpSender.getCapabilities?.('video')?.codecs ?? [];
	if (!transceiver.setCodecPreferences || !codecs.length) return;
	const rank = (codec: { mimeType: string; sdpFmtpLine?: string }): number => {
		const fmtp = codec.sdpFmtpLine ?? '';
		if (/h264/i.test(codec.mimeType)) {
			if (!/packetization-mode=1/.test(fmtp)) return 3;
			return /profile-level-id=42e0/i.test(fmtp) ? 0 : 1;
		}
		return /vp8/i.test(codec.mimeType) ? 2 : 4;
	};
	const order = codecs.map((codec, index) => ({ codec, index }));
	order.sort((a, b) => rank(a.codec) - rank(b.codec) || a.index - b.index);
	try {
		transceiver.setCodecPreferences(order.map(({ codec }) => codec));
	} catch {
		/* an older browser that takes only its own order */
	}
}

async function limitSenders(peer: RTCPeerConnection): Promise<void> {
	for (const sender of peer.getSenders()) {
		if (!sender.track) continue;
		const parameters = sender.getParameters();
		if (!parameters.encodings?.length) continue;
		if (sender.track.kind === 'video') limitVideo(parameters);
		else parameters.encodings[0]!.maxBitrate = AUDIO_BITRATE_BPS;
		await sender.setParameters(parameters).catch(() => undefined);
	}
}
