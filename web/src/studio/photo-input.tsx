/* A listing's photo from the phone's camera or its pictures; the canvas it is drawn on is the preview, too. */
import type { JSX } from 'preact';
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { explain } from '../text/codes';
import { Alert } from '../ui/alert';
import { Camera } from '../ui/icons';
import { drawPhoto } from './photo';

type Props = {
	canvas: { current: HTMLCanvasElement | null };
	shown: string | null;
	drawn: boolean;
	onDrawn: () => void;
};

export function PhotoInput({ canvas, shown, drawn, onDrawn }: Props): JSX.Element {
	const [failure, setFailure] = useState('');
	const id = useId();
	const input = useRef<HTMLInputElement>(null);
	/* `capture` is no property in every browser's element; as an attribute phones understand it. */
	useEffect(() => input.current!.setAttribute('capture', 'environment'), []);
	const take = async (file: File | undefined): Promise<void> => {
		if (!file) return;
		try {
			await drawPhoto(file, canvas.current!);
			setFailure('');
			onDrawn();
		} catch (error) {
			setFailure(photoProblem(error));
		}
	};
	return (
		<div class="photo-input">
			<input
				ref={input}
				id={id}
				class="visually-hidden"
				type="file"
				accept="image/jpeg,image/png,image/webp"
				onChange={(event) => void take(event.currentTarget.files?.[0])}
				data-testid="listing-photo"
			/>
			<label for={id} class="photo-drop">
				<canvas ref={canvas} class={drawn ? '' : 'gone'} width={1} height={1} role="img" aria-label="The new photo" />
				{!drawn && shown && <img src={shown} alt="The present photo" />}
				<span class="photo-hint">
					<Camera /> {drawn || shown ? 'Another photo' : 'Take a photo'}
				</span>
			</label>
			{failure && <Alert text={failure} />}
		</div>
	);
}

export const photoProblem = (error: unknown): string =>
	error instanceof DOMException ? 'This file is no picture that can be read. Please choose a JPEG, PNG or WebP.' : explain(error);
