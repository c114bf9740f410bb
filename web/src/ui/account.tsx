/* The bar on top of the plain pages: the name, and a sheet with everything that belongs to one's account. */
import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { account, loadAccount, signOut } from '../api/session';
import { Back, User } from './icons';
import { notifyError } from './notices';
import { Sheet } from './sheet';
import { SignInForm } from './signin';

export function TopBar({ back, children }: { back?: string; children?: ComponentChildren }): JSX.Element {
	const [open, setOpen] = useState(false);
	const who = account.value;
	useEffect(() => {
		if (account.peek() === undefined) void loadAccount().catch(notifyError);
	}, []);
	return (
		<header class="topbar">
			{back ? (
				<a class="round quiet" href={back} aria-label="Back">
					<Back />
				</a>
			) : null}
			<a class="brand" href="/">
				Trunkshow
			</a>
			<span class="grow" />
			{children}
			<button type="button" class="account-button quiet" onClick={() => setOpen(true)} data-testid="account-open">
				<User size={20} /> {who ? who.display_name : 'Sign in'}
			</button>
			{open && (who ? <AccountSheet onClose={() => setOpen(false)} /> : <Enter onClose={() => setOpen(false)} />)}
		</header>
	);
}

function Enter({ onClose }: { onClose: () => void }): JSX.Element {
	return (
		<Sheet title="Sign in" onClose={onClose} testid="sign-sheet">
			<SignInForm onDone={onClose} />
		</Sheet>
	);
}

function AccountSheet({ onClose }: { onClose: () => void }): JSX.Element {
	const who = account.value!;
	return (
		<Sheet title={who.display_name} onClose={onClose} testid="account-sheet">
			<nav class="menu" aria-label="Account" onClick={(event) => (event.target as Element).closest('a') && onClose()}>
				<a href="/orders">My orders</a>
				<a href="/studio">{who.may_host ? 'Studio' : 'Host your own show'}</a>
				{who.role === 'admin' && <a href="/admin">Admin</a>}
				<button type="button" onClick={() => void signOut().catch(notifyError)} data-testid="sign-out">
					Sign out
				</button>
			</nav>
		</Sheet>
	);
}
