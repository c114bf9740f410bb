/* The host's camera and microphone. */
import { codeOf } from '../api/error';

export type Facing = 'user' | 'environment';

/* A phone held upright turns 1280 by 720 into 720 by 1280 by itself; asking for an upright picture instead makes
 * several browsers cut one out of the lying sensor. */
const video = (facing: Facing): MediaTrackConstraints => ({
	facingMode: { ideal: facing },
	width: { ideal: 1280 },
	height: { ideal: 720 },
	frameRate: { ideal: 30, max: 30 },
});
const audio: MediaTrackConstraints = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };

export const captureCamera = async (facing: Facing): Promise<MediaStreamTrack> =>
	(await devices().getUserMedia({ video: video(facing) })).getVideoTracks()[0]!;

export const captureMicrophone = async (): Promise<MediaStreamTrack> =>
	(await devices().getUserMedia({ audio })).getAudioTracks()[0]!;

export const captureBoth = (facing: Facing): Promise<MediaStream> => devices().getUserMedia({ video: video(facing), audio });

function devices(): MediaDevices {
	/* Not there on plain http from another machine. */
	if (!navigator.mediaDevices) throw new DOMException('', 'SecurityError');
	return navigator.mediaDevices;
}

/** Why there is no camera, in words that say what to do. */
export function captureProblem(error: unknown): string {
	switch ((error as Error)?.name) {
		case 'NotAllowedError':
			return 'The browser may not use camera and microphone. Allow both for this site in the browser’s settings, then try again.';
		case 'NotFoundError':
		case 'OverconstrainedError':
			return 'No camera or no microphone was found. Connect one and try again.';
		case 'NotReadableError':
		case 'AbortError':
			return 'The camera is in use by something else, perhaps a call. Close that and try again.';
		case 'SecurityError':
			return 'Browsers give the camera to secure pages only. Open this page by https, or on this machine as localhost.';
		default:
			return codeOf(error) === 'internal' ? 'The camera did not start. Please try again.' : String(error);
	}
}
