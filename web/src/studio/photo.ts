/* A photo made small before it is sent: at most 1600 px, upright, JPEG. The decoded picture is kept on a canvas, which also
 * is the preview. */
const LONGEST_PX = 1600;
const QUALITY = 0.86;

/** Decode and draw. Rejects when the file is no picture this browser can read. */
export async function drawPhoto(file: Blob, canvas: HTMLCanvasElement): Promise<void> {
	/* By default this applies the orientation that the phone wrote beside the pixels. */
	const bitmap = await createImageBitmap(file);
	draw(bitmap, bitmap.width, bitmap.height, canvas);
	bitmap.close();
}

/** The frame that a video shows right now. @return false before its first one. */
export function drawFrame(video: HTMLVideoElement, canvas: HTMLCanvasElement): boolean {
	if (!video.videoWidth) return false;
	draw(video, video.videoWidth, video.videoHeight, canvas);
	return true;
}

function draw(picture: CanvasImageSource, width: number, height: number, canvas: HTMLCanvasElement): void {
	const scale = Math.min(1, LONGEST_PX / Math.max(width, height));
	canvas.width = Math.max(1, Math.round(width * scale));
	canvas.height = Math.max(1, Math.round(height * scale));
	const context = canvas.getContext('2d')!;
	/* JPEG knows no transparency. */
	context.fillStyle = '#fff';
	context.fillRect(0, 0, canvas.width, canvas.height);
	context.imageSmoothingQuality = 'high';
	context.drawImage(picture, 0, 0, canvas.width, canvas.height);
}

export const toJpeg = (canvas: HTMLCanvasElement): Promise<Blob> =>
	new Promise((resolve, reject) =>
		canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error('no JPEG'))), 'image/jpeg', QUALITY),
	);
