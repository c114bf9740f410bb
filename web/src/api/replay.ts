/* What of a show can be seen again. */
import { get, remove } from './http';
import type { Id, Listing, Show } from './types';

/** `finishing`: the show is over, and what was recorded is being put in order; `deleted`: by its host, or by age. */
export type ReplayState = 'none' | 'recording' | 'finishing' | 'ready' | 'deleted';

/** A time in which one item was shown; `at_ms`, `until_ms` from the beginning of the recording. */
export type Chapter = {
	item: Id;
	number: number;
	at_ms: number;
	until_ms: number;
	listing: Listing | null;
	poster: string | null;
	clip: string | null;
};

export type Replay = {
	state: ReplayState;
	duration_ms: number;
	bytes: number;
	poster: string | null;
	chapters: Chapter[];
};

export type Clip = { id: Id; url: string; poster: string | null; duration_ms: number; show: Id; at_ms: number };

export const getReplay = (show: Id): Promise<{ show: Show; replay: Replay }> => get(`/api/v1/shows/${show}/replay`);
export const removeReplay = (show: Id): Promise<void> => remove(`/api/v1/shows/${show}/replay`);
export const getClips = async (listing: Id): Promise<Clip[]> => (await get<{ clips: Clip[] }>(`/api/v1/listings/${listing}/clips`)).clips;
