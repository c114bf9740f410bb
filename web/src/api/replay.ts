/* What of a show can be seen again. */
import { get, remove } from './http';
import type { Id, Listing, Show } from './types';

/** `none`: it was not recorded; `deleted`: by its host, or by age. */
export type ReplayState = 'none' | 'recording' | 'ready' | 'deleted';

/** On the replay's time line. */
export type Span = { at_ms: number; until_ms: number };

/** A listing that was shown: in `spans`, longest in `at_ms` to `until_ms`. */
export type Chapter = Span & {
	item: Id;
	listing: Listing;
	spans: Span[];
	poster: string | null;
};

/** `full`: it ends before the show did, for there was no room. */
export type Replay = {
	state: ReplayState;
	full: boolean;
	duration_ms: number;
	bytes: number;
	poster: string | null;
	chapters: Chapter[];
};

export type Clip = { id: Id; url: string; poster: string; duration_ms: number; show: Id; show_title: string };

export const getReplay = (show: Id): Promise<{ show: Show; replay: Replay }> => get(`/api/v1/shows/${show}/replay`);
export const removeReplay = (show: Id): Promise<void> => remove(`/api/v1/shows/${show}/replay`);
export const getClips = async (listing: Id): Promise<Clip[]> => (await get<{ clips: Clip[] }>(`/api/v1/listings/${listing}/clips`)).clips;
