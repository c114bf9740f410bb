/* How a listing was shown: a poster to tap, and the moment as a file. Asked for when it comes in sight; nothing of the
 * video is loaded before the tap. */
import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { getClips, type Clip } from '../api/replay';
import type { Id } from '../api/types';
import { moment } from './format';
import { Play, Save } from './icons';
import './clips.css';

export function Clips({ listing, title }: { listing: Id; title: string }): JSX.Element {
	const box = useRef<HTMLDivElement>(null);
	const [clips, setClips] = useState<Clip[]>([]);
	useEffect(() => {
		const seen = new IntersectionObserver(([entry]) => {
			if (!entry?.isIntersecting) return;
			seen.disconnect();
			/* Without an answer there is nothing to show, and nothing to say. */
			getClips(listing).then(setClips, () => undefined);
		});
		seen.observe(box.current!);
		return () => seen.disconnect();
	}, [listing]);
	return (
		<div class="clips" ref={box}>
			{clips.map((clip) => (
				<ClipPlayer key={clip.id} clip={clip} title={title} />
			))}
		</div>
	);
}

function ClipPlayer({ clip, title }: { clip: Clip; title: string }): JSX.Element {
	const [playing, setPlaying] = useState(false);
	return (
		<figure class="clip" data-testid="clip" data-clip={clip.id}>
			{playing ? (
				<video src={clip.url} poster={clip.poster} controls autoplay playsinline aria-label={`How ${title} was shown`} data-testid="clip-video" />
			) : (
				<button type="button" class="clip-poster" onClick={() => setPlaying(true)} data-testid="clip-play">
					<img src={clip.poster} alt="" loading="lazy" decoding="async" />
					<span class="clip-mark">
						<Play size={20} />
						<span class="visually-hidden">Play the clip of {title}, </span>
						{moment(clip.duration_ms)}
					</span>
				</button>
			)}
			<a class="button small quiet" href={clip.url} download={`${fileName(title)}.mp4`} data-testid="clip-save">
				<Save size={18} /> Save<span class="visually-hidden"> the clip of {title}</span>
			</a>
		</figure>
	);
}

const fileName = (title: string): string => title.replace(/[^\p{L}\p{N}]+/gu, '-').replace(/^-|-$/g, '').toLowerCase() || 'clip';
