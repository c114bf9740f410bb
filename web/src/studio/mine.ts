/* One's own listings and shows, newest first, page by page. */
import { get } from '../api/http';
import type { Id, Listing, Show } from '../api/types';

export const LISTINGS_PAGE = 200;
export const SHOWS_PAGE = 100;

const behind = (id?: Id): string => (id ? `&before=${id}` : '');

export const myListings = async (from?: Id): Promise<Listing[]> => (await get<{ listings: Listing[] }>(`/api/v1/listings?mine=1${behind(from)}`)).listings;

export const myShows = async (from?: Id): Promise<Show[]> => (await get<{ shows: Show[] }>(`/api/v1/shows?mine=1${behind(from)}`)).shows;
