/* What hosts, moderators and admins may do in a room, and what everybody signed in may report. */
import type { ApiError } from './error';
import { socket } from './socket';
import type { Id, Line } from './types';

export type Moderation = {
	remove(line: Line): Promise<unknown>;
	mute(line: Line, seconds: number): Promise<unknown>;
	ban(line: Line, banned: boolean): Promise<unknown>;
	report(line: Line, reason: string): Promise<unknown>;
	slow(seconds: number): Promise<unknown>;
};

export const moderation = (show: Id): Moderation => ({
	remove: (line) =>
		socket.request('mod.delete', { show, message: line.id }).catch((error: ApiError) => {
			/* Somebody else took it away first: what was wanted is so. */
			if (error.code !== 'not_found') throw error;
		}),
	mute: (line, seconds) => socket.request('mod.mute', { show, account: line.author.id, seconds }),
	ban: (line, banned) => socket.request('mod.ban', { show, account: line.author.id, banned }),
	report: (line, reason) => socket.request('mod.report', { show, message: line.id, reason }),
	slow: (seconds) => socket.request('mod.slow', { show, seconds }),
});
