/* Lists that come page by page: as many pages as were asked for, looked at again from time to time. */
import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { Id } from '../api/types';
import { useData, type Data } from './use-data';

/** `more`: asks for one page more; null: there is none. */
export type Pages<T> = Data<T[]> & { more: (() => void) | null };

/** @param load the page behind the row of that id; undefined: the first. @param size of a page that is full. */
export function usePages<T extends { id: Id }>(load: (from: Id | undefined) => Promise<T[]>, size: number, key: unknown, everyMs = 0): Pages<T> {
	const [wanted, setWanted] = useState(1);
	useEffect(() => setWanted(1), [key]);
	const all = async (): Promise<T[]> => {
		const rows: T[] = [];
		for (let page = 0; page < wanted; page++) {
			const next = await load(rows.at(-1)?.id);
			rows.push(...next);
			if (next.length < size) break;
		}
		return rows;
	};
	const data = useData(all, `${String(key)} ${wanted}`, everyMs);
	const full = (data.value?.length ?? 0) >= wanted * size;
	return { ...data, more: full ? () => setWanted(wanted + 1) : null };
}

export function MoreButton({ more, what }: { more: (() => void) | null; what: string }): JSX.Element | null {
	return (
		more && (
			<button type="button" class="quiet" onClick={more} data-testid="more">
				{what}
			</button>
		)
	);
}
