/* A show's moving thumbnail: a new one every 10 s, faded in only once it is decoded, so that it never flickers. */
import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';

const EVERY_MS = 10_000;

export const thumbnailUrl = (url: string): string => `${url}${url.includes('?') ? '&' : '?'}t=${Math.floor(Date.now() / EVERY_MS)}`;

export function useThumbnail(url: string | null, moving = true): [string | null, string | null] {
	const [pair, setPair] = useState<[string | null, string | null]>([null, null]);
	useEffect(() => {
		if (!url) return;
		let gone = false;
		const load = (): void => {
			if (document.hidden) return;
			const next = thumbnailUrl(url);
			const image = new Image();
			image.src = next;
			/* A missing thumbnail (the show has just begun) keeps the last one, or the placeholder. */
			image.decode().then(
				() => !gone && setPair(([shown]) => (shown === next ? [shown, null] : [next, shown])),
				() => undefined,
			);
		};
		load();
		const timer = moving ? setInterval(load, EVERY_MS) : undefined;
		return () => {
			gone = true;
			clearInterval(timer);
		};
	}, [url, moving]);
	return pair;
}

export function Thumbnail(props: { url: string | null; class?: string }): JSX.Element {
	const [shown, before] = useThumbnail(props.url);
	return (
		<span class={`thumb ${props.class ?? ''}`}>
			{before && <img key={before} src={before} alt="" />}
			{shown && <img key={shown} src={shown} alt="" class="fade-in" />}
		</span>
	);
}
