/* A labelled input. What is typed stays whatever goes wrong; the hint and the error are tied to the input. */
import type { JSX } from 'preact';
import { useId } from 'preact/hooks';

type Props = {
	label: string;
	value: string;
	onValue: (value: string) => void;
	hint?: string | undefined;
	error?: string | undefined;
	testid?: string | undefined;
	type?: 'text' | 'password' | 'number' | 'datetime-local';
	/** Space-separated autofill tokens (HTML, section 4.10.18.7). */
	autocomplete?: string;
	autocapitalize?: 'none';
	spellcheck?: boolean;
	inputMode?: 'numeric' | 'decimal';
	placeholder?: string;
	pattern?: string;
	title?: string;
	required?: boolean;
	maxLength?: number;
	min?: number;
	max?: number;
	step?: number;
};

export function Field({ label, value, onValue, hint, error, testid, type = 'text', ...input }: Props): JSX.Element {
	const id = useId();
	const about = error || hint;
	return (
		<div class="field">
			<label for={id}>{label}</label>
			<input
				{...input}
				type={type as 'text' /* preact's types tell inputs apart by it, and the attributes here suit them all */}
				id={id}
				value={value}
				aria-describedby={about ? `${id}-about` : undefined}
				aria-invalid={error ? 'true' : undefined}
				data-testid={testid}
				onInput={(event) => onValue(event.currentTarget.value)}
			/>
			{about && (
				<p id={`${id}-about`} class={error ? 'error' : 'hint'}>
					{about}
				</p>
			)}
		</div>
	);
}
