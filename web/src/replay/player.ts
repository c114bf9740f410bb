/* The recording in a video element. Nothing is fetched before somebody wants to see it. */
import { signal } from '@preact/signals';
import { openHls, type HlsPlayer } from '../media/hls';

export type PlayState = 'waiting' | 'loading' | 'playing' | 'paused' | 'failed';

export class ReplayPlayer {
	readonly state = signal<PlayState>('waiting');
	readonly atMs = signal(0); /**< from the recording's beginning */
	private video: HTMLVideoElement | undefined;
	private hls: HlsPlayer | undefined;

	constructor(
		private readonly url: string,
		startMs: number,
	) {
		this.atMs.value = startMs;
	}

	attach(video: HTMLVideoElement): void {
		this.video = video;
		video.onplaying = () => (this.state.value = 'playing');
		video.onwaiting = () => (this.state.value = 'loading');
		video.onpause = () => (this.state.value = 'paused');
		/* Before there is anything to play, an element says that it is at 0. */
		video.ontimeupdate = () => {
			if (video.readyState >= HTMLMediaElement.HAVE_METADATA) this.atMs.value = video.currentTime * 1000;
		};
	}

	close(): void {
		this.hls?.close();
		this.hls = undefined;
	}

	/** By a tap: from the moment that is chosen. */
	play(): void {
		const { video } = this;
		if (!video) return;
		if (!this.hls) {
			this.state.value = 'loading';
			this.hls = openHls(video, this.url, { live: false, startS: this.atMs.value / 1000, onFatal: () => this.fail() });
			/* The element remembers the tap, though there is nothing to play yet. */
			video.autoplay = true;
			video.oncanplay = () => {
				video.oncanplay = null;
				void video.play().catch(() => (this.state.value = 'paused'));
			};
		} else void video.play().catch(() => undefined);
	}

	jump(ms: number): void {
		this.atMs.value = ms;
		if (this.hls && this.video) this.video.currentTime = ms / 1000;
		this.play();
	}

	private fail(): void {
		this.close();
		this.state.value = 'failed';
	}
}
