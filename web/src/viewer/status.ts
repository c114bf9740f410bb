/* What is going on, in one sentence: the one place where link, show and media are weighed against each other. */
import type { Room } from '../api/room';
import { socket } from '../api/socket';
import type { Slowness, Watcher } from '../media/watch';
import { codecName } from '../text/codes';

export type Status = {
	text: string;
	more?: string;
	/** Spins: we are at it. */
	busy?: boolean;
	/** The picture may go on behind: a small strip rather than the middle of the picture. */
	strip?: boolean;
} | null;

export function viewerStatus(room: Room, watcher: Watcher): Status {
	const state = room.state.value;
	const show = room.show.value;
	const link = socket.state.value;
	const media = watcher.state.value;
	if (state === 'missing') return { text: 'There is no such show.', more: 'The link may be old or mistyped.' };
	if (state === 'banned') return { text: 'You can no longer take part in this show.', more: 'The host or a moderator has closed it for you.' };
	if (!show) return link === 'waiting' ? offline() : state === 'failed' ? { text: 'The show does not open just now.', more: 'Trying again…', busy: true } : { text: 'Opening the show…', busy: true };
	if (show.state !== 'live') return link === 'open' ? null : { ...offline(), strip: true };
	if (media === 'unsupported') return unsupported(watcher.detail.value);
	if (watcher.blocked.value) return null;
	if (link !== 'open') return { ...offline(), strip: media === 'playing' };
	if (!show.picture)
		return room.hadPicture
			? { text: 'The host is away, hang on.', more: 'The picture comes back by itself.' }
			: { text: 'The host is getting ready.', more: 'The picture starts by itself.' };
	if (media === 'reconnecting') return { text: 'Reconnecting…', more: 'The line to the picture was lost.', busy: true };
	if (media === 'stalled') return { text: 'Waiting for the picture…', busy: true, strip: true };
	if (media !== 'playing') return { text: 'Loading the picture…', busy: true };
	return null;
}

/** Why it is a second behind, for who asks. */
export const behindText = (why: Slowness): string =>
	why === 'codec'
		? 'A little behind: this browser plays the host’s video only the slow way. Chat and claims are as fast as ever.'
		: 'A little behind: your network lets live video through only the slow way. Chat and claims are as fast as ever.';

function offline(): NonNullable<Status> {
	if (!navigator.onLine) return { text: 'You are offline.', more: 'It goes on as soon as the network is back.', busy: true };
	if (socket.reason.value === 'restarting') return { text: 'Reconnecting…', more: 'The server is restarting. This takes a moment.', busy: true };
	if (socket.reason.value === 'refused') return { text: 'The server asked for a pause.', more: 'Trying again in a moment.', busy: true };
	return { text: 'Reconnecting…', busy: true };
}

function unsupported(detail: string): NonNullable<Status> {
	const found = /h\.?264|vp8|vp9|av1|h\.?265|opus/i.exec(detail)?.[0].replace('.', '');
	return {
		text: `This browser cannot play the host’s video (${codecName(found)}).`,
		more: 'Chat and claims work. To see the picture, open the show in another browser.',
	};
}
