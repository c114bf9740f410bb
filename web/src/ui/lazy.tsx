/* A part that a page shows only later, in a file of its own: fetched when first shown, or ahead of that by preload(). */
import type { ComponentType, JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { notify } from './notices';

export type Lazy<P> = ((props: P) => JSX.Element | null) & { preload: () => void };

export function lazy<P extends { onClose: () => void }>(load: () => Promise<ComponentType<P>>): Lazy<P> {
	let got: ComponentType<P> | undefined;
	const fetchIt = (): Promise<ComponentType<P>> => load().then((part) => (got = part));
	function Part(props: P): JSX.Element | null {
		const [Shown, show] = useState<ComponentType<P> | undefined>(() => got);
		useEffect(() => {
			if (Shown) return;
			fetchIt().then(
				(part) => show(() => part),
				() => {
					notify('That did not load. Please check the network and try again.', 'bad');
					props.onClose();
				},
			);
		}, []);
		/* The types of preact want to know that what is left out of P is in it. */
		return Shown ? <Shown {...(props as P & JSX.IntrinsicAttributes)} /> : null;
	}
	return Object.assign(Part, { preload: () => void (got ?? fetchIt().catch(() => undefined)) });
}
