/* The picture in several sizes, so that each viewer gets the best that their line carries. Worst first, as browsers
 * want it: when the host's own line sinks, the best is what they give up. */

export const MAX_BITRATE_BPS = 2_500_000;

const three: RTCRtpEncodingParameters[] = [
	{ rid: 'l', scaleResolutionDownBy: 4, maxBitrate: 180_000 },
	{ rid: 'm', scaleResolutionDownBy: 2, maxBitrate: 600_000 },
	{ rid: 'h', scaleResolutionDownBy: 1, maxBitrate: MAX_BITRATE_BPS },
];
/* A phone encodes each size apart, and gets warm. */
const two: RTCRtpEncodingParameters[] = [
	{ rid: 'l', scaleResolutionDownBy: 3, maxBitrate: 250_000 },
	{ rid: 'h', scaleResolutionDownBy: 1, maxBitrate: MAX_BITRATE_BPS },
];

const phone = (): boolean =>
	(navigator as { userAgentData?: { mobile?: boolean } }).userAgentData?.mobile ?? /Android|iPhone|iPad|Mobile/i.test(navigator.userAgent);

/** Offer a video track in layers; in one piece where the browser refuses. */
export function addVideo(peer: RTCPeerConnection, track: MediaStreamTrack, stream: MediaStream): RTCRtpTransceiver {
	const init: RTCRtpTransceiverInit = { direction: 'sendonly', streams: [stream] };
	try {
		return peer.addTransceiver(track, { ...init, sendEncodings: (phone() ? two : three).map((layer) => ({ ...layer })) });
	} catch {
		return peer.addTransceiver(track, init);
	}
}

/** After the answer. One layer alone is the whole picture, whatever size it was offered as. */
export function limitVideo(parameters: RTCRtpSendParameters): void {
	const [only] = parameters.encodings;
	if (only && parameters.encodings.length === 1) {
		only.maxBitrate = MAX_BITRATE_BPS;
		only.scaleResolutionDownBy = 1;
	}
	parameters.degradationPreference = 'balanced';
}
