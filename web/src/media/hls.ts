/* HLS in a video element: by hls.js, whose code is fetched only now, or by the browser itself where it has no Media
 * Source Extensions (iPhones of some years ago). */

export type HlsOptions = {
	live: boolean;
	/** Where to begin a recording [s]. */
	startS?: number;
	/** It does not go on by itself. */
	onFatal: () => void;
};

export type HlsPlayer = {
	close: () => void;
	/** What is seen now, on the clock of the recording [Unix ms]; null: not known. */
	seenMs: () => number | null;
};

type NativeVideo = HTMLVideoElement & { getStartDate?: () => Date };

export function openHls(video: HTMLVideoElement, url: string, options: HlsOptions): HlsPlayer {
	if (!('MediaSource' in window || 'ManagedMediaSource' in window)) return playNative(video, url, options);
	let player: HlsPlayer | undefined;
	let closed = false;
	import('./hls-js').then(
		({ play }) => !closed && (player = play(video, url, options)),
		() => !closed && options.onFatal(),
	);
	return {
		close: () => {
			closed = true;
			player?.close();
		},
		seenMs: () => player?.seenMs() ?? null,
	};
}

function playNative(video: NativeVideo, url: string, { startS, onFatal }: HlsOptions): HlsPlayer {
	const begin = (): void => void (startS && (video.currentTime = startS));
	video.addEventListener('error', onFatal);
	video.addEventListener('loadedmetadata', begin, { once: true });
	video.src = url;
	return {
		close: () => {
			video.removeEventListener('error', onFatal);
			video.removeEventListener('loadedmetadata', begin);
			video.removeAttribute('src');
			video.load();
		},
		seenMs: () => {
			const start = video.getStartDate?.().getTime() ?? NaN;
			return Number.isNaN(start) ? null : start + video.currentTime * 1000;
		},
	};
}
