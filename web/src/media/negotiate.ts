/* Offer and answer through the WebSocket. The server is ICE-lite with host candidates in its answer and learns
 * ours from the checks, so the offer goes out at once, without waiting for candidates. */
import { socket } from '../api/socket';
import type { Id, OfferReply } from '../api/types';

/* What the last answer named; the next connection starts with them. */
let iceServers: RTCIceServer[] = [];

export function newPeer(): RTCPeerConnection {
	return new RTCPeerConnection({ bundlePolicy: 'max-bundle', rtcpMuxPolicy: 'require', iceServers });
}

/** Offer, wait for the answer, apply it. With `session` it restarts ICE of that session. @return the reply. */
export async function negotiate(
	peer: RTCPeerConnection,
	show: Id,
	role: 'publish' | 'view',
	session?: Id,
): Promise<OfferReply> {
	await peer.setLocalDescription(await peer.createOffer(session ? { iceRestart: true } : {}));
	const reply = await socket.request<OfferReply>('media.offer', {
		show,
		role,
		sdp: peer.localDescription!.sdp,
		...(session ? { session } : {}),
	});
	if (reply.ice_servers?.length) iceServers = reply.ice_servers;
	await peer.setRemoteDescription({ type: 'answer', sdp: reply.sdp });
	return reply;
}

export function closeSession(session: Id | undefined): void {
	if (session) void socket.request('media.close', { session }).catch(() => undefined);
}

/** A video element that lets its connection be looked at: for diagnosis in the field and for tests. */
export type PeerVideo = HTMLVideoElement & { peer?: RTCPeerConnection | undefined };
