/* The lists of a show's claims: the newest page when its host comes, older ones when they are asked for. */
import { batch } from '@preact/signals';
import { codeOf } from '../api/error';
import { get } from '../api/http';
import type { Room } from '../api/room';
import type { Claim, Id, Waiter } from '../api/types';
import { notifyError } from '../ui/notices';

const PAGE = 200;

export type DeskList = 'claims' | 'waiting' | 'gone';
type Lists = { claims: Claim[]; waiting: Waiter[]; gone: Waiter[] };

const ask = (room: Room, query = ''): Promise<Lists> => get<Lists>(`/api/v1/shows/${room.id}/claims${query}`);

const cursor = (rows: { id: Id }[]): Id | null => (rows.length < PAGE ? null : rows.at(-1)!.id);

const behind = <T extends { id: Id }>(known: T[], older: T[]): T[] => {
	const ids = new Set(known.map(({ id }) => id));
	return [...known, ...older.filter(({ id }) => !ids.has(id))];
};

export async function loadClaims(room: Room): Promise<void> {
	try {
		const lists = await ask(room);
		batch(() => {
			room.claims.value = lists.claims;
			room.waiters.value = [...lists.waiting, ...lists.gone];
			room.older.value = { claims: cursor(lists.claims), waiting: cursor(lists.waiting), gone: cursor(lists.gone) };
		});
	} catch (error) {
		if (codeOf(error) !== 'offline') notifyError(error);
	}
}

/** One page more of the lists that have one. */
export async function loadOlder(room: Room, wanted: DeskList[]): Promise<void> {
	try {
		for (const list of wanted) {
			const before = room.older.peek()[list];
			if (!before) continue;
			const lists = await ask(room, `?list=${list}&before=${before}`);
			batch(() => {
				room.claims.value = behind(room.claims.value, lists.claims);
				room.waiters.value = behind(room.waiters.value, [...lists.waiting, ...lists.gone]);
				room.older.value = { ...room.older.value, [list]: cursor(lists[list]) };
			});
		}
	} catch (error) {
		notifyError(error);
	}
}
