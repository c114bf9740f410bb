/* One connection to the server, kept up: given a new path where the old one is lost, made anew where that does not help.
 * What it carries, and when that is well, its heirs know. */
import type { Backoff } from '../api/backoff';
import { socket } from '../api/socket';
import type { Id } from '../api/types';
import { closeSession, lost, newPeer, restart, stillHeard, type PeerVideo, type Role } from './negotiate';

const CUT_MS = 1000; /* the browser has already waited some seconds before it says "disconnected" */

export abstract class Line {
	protected peer: RTCPeerConnection | undefined;
	protected session: Id | undefined;
	protected video: PeerVideo | undefined;
	protected retry: number | undefined;
	protected generation = 0; /**< of offers: what an earlier one brings is out of date */
	private unwellMs = 0;
	private restarted = false; /**< the path of this connection, since it was last well */

	/** @param connectMs what has not connected by then will not. */
	protected constructor(
		private readonly role: Role,
		protected readonly backoff: Backoff,
		private readonly connectMs: number,
	) {}

	/** The show it belongs to, if any just now. */
	protected abstract show(): Id | undefined;
	/** Offer with a peer from replacePeer(). */
	protected abstract offer(generation: number): Promise<void>;
	/** It is cut, and being mended. */
	protected abstract mending(): void;

	protected connect(): void {
		this.forgetRetry();
		void this.offer(++this.generation);
	}

	protected forgetRetry(): void {
		clearTimeout(this.retry);
		this.retry = undefined;
	}

	protected replacePeer(): RTCPeerConnection {
		const old = { peer: this.peer, session: this.session };
		const peer = newPeer();
		this.peer = peer;
		this.session = undefined;
		this.unwellMs = 0;
		this.restarted = false;
		if (this.video) this.video.peer = peer;
		old.peer?.close();
		closeSession(old.session);
		return peer;
	}

	/** No connection any more, nor one to come. */
	protected release(): void {
		this.generation++;
		this.forgetRetry();
		this.peer?.close();
		this.peer = undefined;
		closeSession(this.session);
		this.session = undefined;
		if (this.video) this.video.peer = undefined;
	}

	/** Make the connection anew after a pause; at once with 0. */
	protected renew(pauseMs = this.backoff.next()): void {
		clearTimeout(this.retry);
		this.mending();
		/* Without the socket nothing can be offered: onOpen goes on then, and the old connection may yet recover. */
		this.retry = window.setTimeout(() => socket.state.peek() === 'open' && this.connect(), pauseMs);
	}

	/** A new path for the connection that there is; where that cannot be had, a new connection. */
	private async reroute(peer: RTCPeerConnection): Promise<void> {
		const { session } = this;
		const show = this.show();
		if (this.restarted || !session || !show || socket.state.peek() !== 'open') {
			this.renew(0);
			return;
		}
		this.forgetRetry();
		this.restarted = true;
		this.unwellMs = Date.now();
		this.mending();
		if (!(await restart(peer, show, this.role, session))) this.giveUp(peer);
	}

	/* The socket is back. After a restart of the server its sessions are gone, and the browser has not noticed yet;
	 * after a mere cut of the socket the picture has gone on, and to offer again would interrupt it. */
	protected reopened(): void {
		const { peer, session } = this;
		const sound = peer?.connectionState === 'connected' && session && this.retry === undefined;
		const restarting = socket.reason.peek() === 'restarting';
		if (sound && !restarting) void this.prove(peer);
		else if (peer && !restarting && lost(peer)) void this.reroute(peer);
		else if (peer) this.renew(0);
		else if (this.retry !== undefined) this.connect();
	}

	private async prove(peer: RTCPeerConnection): Promise<void> {
		if (!(await stillHeard(peer))) this.giveUp(peer);
	}

	private giveUp(peer: RTCPeerConnection): void {
		if (peer === this.peer && this.retry === undefined) this.renew(0);
	}

	/** Does what a connection that is not connected needs. @return whether that was anything. */
	protected mend(peer: RTCPeerConnection, now: number): boolean {
		const state = peer.connectionState;
		if (state === 'connected') {
			this.unwellMs = 0;
			this.restarted = false;
			return false;
		}
		this.unwellMs ||= now;
		const unwell = now - this.unwellMs;
		if (state === 'closed' || (state === 'failed' && !lost(peer))) this.renew();
		else if (lost(peer) && !this.restarted && (unwell > CUT_MS || state === 'failed')) void this.reroute(peer);
		else if (unwell > this.connectMs) this.renew();
		else return false;
		return true;
	}
}
