/* Sign in or sign up: on a page of its own, or in a sheet over the picture when a guest claims. */
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { codeOf } from '../api/error';
import { signIn, signUp } from '../api/session';
import { explain } from '../text/codes';
import { useAction } from './action';
import { Field } from './field';
import { Sheet } from './sheet';

type Mode = 'in' | 'up';

/* The codes mean something more exact here than elsewhere. */
function reason(error: unknown, mode: Mode): string {
	const code = codeOf(error);
	if (mode === 'in' && (code === 'unauthenticated' || code === 'forbidden' || code === 'not_found'))
		return 'Name and password do not match. Please check both.';
	if (mode === 'up' && code === 'conflict') return 'That name is taken. Please choose another, or sign in if it is yours.';
	if (code === 'rate_limited') return 'Too many attempts. Please wait a minute and try again.';
	return explain(error);
}

export function SignInForm(props: { first?: Mode; why?: string; onDone?: () => void }): JSX.Element {
	const [mode, setMode] = useState<Mode>(props.first ?? 'in');
	const [username, setUsername] = useState('');
	const [displayName, setDisplayName] = useState('');
	const [password, setPassword] = useState('');
	const [failure, setFailure] = useState('');
	const action = useAction();
	const submit = (event: Event): void => {
		event.preventDefault();
		setFailure('');
		void action.run(async () => {
			try {
				if (mode === 'in') await signIn(username.trim(), password);
				else await signUp(username.trim(), password, displayName.trim());
			} catch (error) {
				setFailure(reason(error, mode));
				return;
			}
			props.onDone?.();
		});
	};
	const up = mode === 'up';
	return (
		<form class="stack" onSubmit={submit} data-testid={up ? 'sign-up-form' : 'sign-in-form'}>
			{props.why && <p>{props.why}</p>}
			<Field
				label="Username"
				value={username}
				onValue={setUsername}
				autocomplete="username"
				autocapitalize="none"
				spellcheck={false}
				required
				maxLength={64}
				hint={up ? 'You sign in with this.' : undefined}
				testid="sign-username"
			/>
			{up && (
				<Field
					label="Name others see (optional)"
					value={displayName}
					onValue={setDisplayName}
					autocomplete="nickname"
					maxLength={64}
					testid="sign-display-name"
				/>
			)}
			<Field
				label="Password"
				type="password"
				value={password}
				onValue={setPassword}
				autocomplete={up ? 'new-password' : 'current-password'}
				required
				maxLength={256}
				hint={up ? 'At least 8 characters. A few words are easy to keep.' : undefined}
				testid="sign-password"
			/>
			<p class="error" role="alert" data-testid="sign-error">
				{failure}
			</p>
			<button type="submit" class="primary" disabled={action.busy} data-testid="sign-submit">
				{action.busy ? 'One moment…' : up ? 'Create account' : 'Sign in'}
			</button>
			<button
				type="button"
				class="quiet"
				onClick={() => {
					setMode(up ? 'in' : 'up');
					setFailure('');
				}}
				data-testid="sign-switch"
			>
				{up ? 'I have an account: sign in' : 'New here? Create an account'}
			</button>
		</form>
	);
}

export function SignInSheet(props: { why?: string; first?: Mode; onDone: () => void; onClose: () => void }): JSX.Element {
	return (
		<Sheet title="Join in" onClose={props.onClose} testid="sign-sheet">
			<SignInForm first={props.first ?? 'up'} {...(props.why ? { why: props.why } : {})} onDone={props.onDone} />
		</Sheet>
	);
}
