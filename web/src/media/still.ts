/* The last frame stays while the video element changes its source, so that nobody sees a black moment. */

const LONGEST_MS = 6000;

/** @param canvas lies over the video and is hidden otherwise. */
export function holdStill(video: HTMLVideoElement, canvas: HTMLCanvasElement | null): void {
	if (!canvas || video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA || !video.videoWidth) return;
	canvas.width = video.videoWidth;
	canvas.height = video.videoHeight;
	canvas.getContext('2d')?.drawImage(video, 0, 0);
	canvas.hidden = false;
	const done = (): void => {
		clearTimeout(timer);
		video.removeEventListener('playing', done);
		canvas.hidden = true;
		canvas.width = canvas.height = 0;
	};
	const timer = setTimeout(done, LONGEST_MS);
	video.addEventListener('playing', done);
}
