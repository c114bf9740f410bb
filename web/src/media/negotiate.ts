/* Offer and answer through the WebSocket. The server is ICE-lite with host candidates in its answer and learns
 * ours from the checks, so the offer goes out at once, without waiting for candidates. */
import { iceServers, setIceServers } from '../api/ice';
import { socket } from '../api/socket';
import type { Id, OfferReply } from '../api/types';

const configuration = (): RTCConfiguration => ({ bundlePolicy: 'max-bundle', rtcpMuxPolicy: 'require', iceServers: iceServers() });

export function newPeer(): RTCPeerConnection {
	return new RTCPeerConnection(configuration());
}

export type Role = 'publish' | 'view';

/** Offer, wait for the answer, apply it. @param session that goes on by a new path. @return the reply. */
export async function negotiate(peer: RTCPeerConnection, show: Id, role: Role, session?: Id): Promise<OfferReply> {
	await peer.setLocalDescription(await peer.createOffer({ iceRestart: !!session }));
	const sdp = peer.localDescription!.sdp;
	const reply = await socket.request<OfferReply>('media.offer', session ? { show, role, session, sdp } : { show, role, sdp });
	setIceServers(reply.ice_servers);
	await peer.setRemoteDescription({ type: 'answer', sdp: reply.sdp });
	return reply;
}

/** Whether it is the path that is lost, not the connection's keys, which only a new one mends. */
export const lost = (peer: RTCPeerConnection): boolean => peer.iceConnectionState === 'disconnected' || peer.iceConnectionState === 'failed';

/** A new path for a connection that goes on: another network, another address. @return whether the server agreed; if
 * not, only a new connection helps. */
export async function restart(peer: RTCPeerConnection, show: Id, role: Role, session: Id): Promise<boolean> {
	try {
		peer.setConfiguration(configuration());
		await negotiate(peer, show, role, session);
		return true;
	} catch {
		return false;
	}
}

const PROOF_MS = 1500; /* media, its reports or its feedback come several times in this */

/** Whether the other end is still there: does anything arrive within a moment? A browser takes some seconds longer
 * to call a connection to a server that has gone "disconnected". */
export async function stillHeard(peer: RTCPeerConnection): Promise<boolean> {
	const before = await arrived(peer);
	await new Promise((resolve) => setTimeout(resolve, PROOF_MS));
	return (await arrived(peer)) > before;
}

/* Not every browser counts in every report; what counts at all rises. */
async function arrived(peer: RTCPeerConnection): Promise<number> {
	let sum = 0;
	for (const report of (await peer.getStats()).values()) {
		if (['transport', 'candidate-pair', 'inbound-rtp'].includes(report.type)) sum += (report.bytesReceived ?? 0) + (report.responsesReceived ?? 0);
	}
	return sum;
}

export function closeSession(session: Id | undefined): void {
	if (session) void socket.request('media.close', { session }).catch(() => undefined);
}

/** A video element that lets its connection be looked at: for diagnosis in the field and for tests. */
export type PeerVideo = HTMLVideoElement & { peer?: RTCPeerConnection | undefined };
