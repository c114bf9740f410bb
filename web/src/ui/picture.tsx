/* A listing's photo, or a calm placeholder of the same size, so that nothing jumps. */
import type { JSX } from 'preact';
import { Photo } from './icons';

export function ListingPhoto(props: { photo: string | null; size: 's' | 'm' | 'l' }): JSX.Element {
	/* The title stands beside it everywhere, so the picture itself needs no second reading. */
	return (
		<span class={`photo photo-${props.size}`}>
			{props.photo ? <img src={props.photo} alt="" loading="lazy" decoding="async" /> : <Photo size={props.size === 's' ? 20 : 28} />}
		</span>
	);
}
