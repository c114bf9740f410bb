/* What went wrong, as a sentence; an empty line while all is well, so that it is announced when it comes. */
import type { JSX } from 'preact';

export const Alert = ({ text }: { text: string }): JSX.Element => (
	<p class="error" role="alert">
		{text}
	</p>
);
