/* hls.js: a file of its own, large, which only those fetch whom live media does not reach, and who look at a recording. */
import Hls, { type HlsConfig } from 'hls.js';
import type { HlsOptions, HlsPlayer } from './hls';

const CATCH_UP = 1.2; /* how much faster it plays after a stall, at most, until it is near the present again */
const TOO_FAR = 2; /* target durations behind: then it jumps */

const common: Partial<HlsConfig> = {
	enableWorker: false /* nothing is to be transmuxed */,
	/* Chapters come with the page's own data; a text track for them would be a data: URL, which the policy refuses. */
	enableDateRangeMetadataCues: false,
	enableInterstitialPlayback: false,
	maxBufferLength: 20,
	backBufferLength: 20,
};
const live: Partial<HlsConfig> = {
	lowLatencyMode: true,
	maxLiveSyncPlaybackRate: CATCH_UP,
	liveSyncOnStallIncrease: 0.3,
	liveDurationInfinity: true,
};

/** For tests, and for diagnosis in the field. */
export type HlsVideo = HTMLVideoElement & { hls?: Hls | undefined };

export function play(video: HlsVideo, url: string, options: HlsOptions): HlsPlayer {
	const hls = new Hls({ ...common, ...(options.live ? live : { startPosition: options.startS ?? 0 }) });
	/* Among the options it would want a distance to keep as well, which the server's playlist tells better. */
	if (options.live) hls.config.liveMaxLatencyDurationCount = TOO_FAR;
	let mended = false;
	hls.on(Hls.Events.ERROR, (_, { fatal, type }) => {
		if (!fatal) return;
		if (type === Hls.ErrorTypes.MEDIA_ERROR && !mended) {
			mended = true;
			hls.recoverMediaError();
		} else options.onFatal();
	});
	video.hls = hls;
	hls.attachMedia(video);
	hls.loadSource(url);
	return {
		close: () => {
			if (video.hls === hls) video.hls = undefined;
			hls.destroy();
		},
		seenMs: () => hls.playingDate?.getTime() ?? null,
	};
}
