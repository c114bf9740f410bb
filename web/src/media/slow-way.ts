/* The show as LL-HLS, in the same video element: a second behind, over whatever lets a web page through. */
import { Backoff } from '../api/backoff';
import type { Id } from '../api/types';
import { openHls, type HlsPlayer } from './hls';

const STALL_MS = 2500;
const STUCK_MS = 12_000; /* then from the beginning */

export class SlowWay {
	/** It plays. */
	moving = false;
	/** It was tried and could not be had, so far. */
	failing = false;
	private video: HTMLVideoElement | undefined;
	private player: HlsPlayer | undefined;
	private readonly backoff = new Backoff(2000, 15_000);
	private retry: number | undefined;
	private at = 0;
	private movedMs = 0;

	/** @param onPlaying the picture moves, for the first time or again. */
	constructor(
		private readonly show: Id,
		private readonly onPlaying: () => void,
	) {}

	/** It has the video element, though it may not play yet. */
	get on(): boolean {
		return this.video !== undefined;
	}

	start(video: HTMLVideoElement): void {
		this.video = video;
		this.failing = false;
		this.open(video);
	}

	stop(): void {
		this.close();
		this.video = undefined;
		this.backoff.reset();
	}

	/** What is seen now [Unix ms]; null: not known. */
	seenMs(): number | null {
		return this.moving ? (this.player?.seenMs() ?? null) : null;
	}

	/** Once a second. @param excused nobody can expect that it moves. @return whether it stands still. */
	look(now: number, excused: boolean): boolean {
		const { video } = this;
		if (!video || !this.player) return true;
		if (excused || video.currentTime !== this.at) this.movedMs = now;
		this.at = video.currentTime;
		if (now - this.movedMs > STUCK_MS) this.again(video);
		return now - this.movedMs > STALL_MS;
	}

	private open(video: HTMLVideoElement): void {
		this.movedMs = Date.now();
		video.onplaying = () => {
			this.moving = true;
			this.failing = false;
			this.backoff.reset();
			this.onPlaying();
		};
		this.player = openHls(video, `/hls/${this.show}/index.m3u8`, { live: true, onFatal: () => this.again(video) });
	}

	private close(): void {
		clearTimeout(this.retry);
		if (this.video) this.video.onplaying = null;
		this.player?.close();
		this.player = undefined;
		this.moving = false;
	}

	private again(video: HTMLVideoElement): void {
		this.close();
		this.failing = true;
		this.retry = window.setTimeout(() => this.open(video), this.backoff.next());
	}
}
