/* The bar on top of the plain pages: the name, and a sheet with everything that belongs to one's account. */
import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { account, findAccount, signOut } from '../api/session';
import { Back, User } from './icons';
import { notifyError } from './notices';
import { Sheet } from './sheet';
import { SignInForm } from './signin';

/** `personal`: the page is about one's account, and useless to guests. */
export function TopBar({ back, personal = false, children }: { back?: string; personal?: boolean; children?: ComponentChildren }): JSX.Element {
	const [open, setOpen] = useState(false);
	const who = account.value;
	useEffect(() => void findAccount(personal).catch(notifyError), [personal]);
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
				<a href="/studio">{who.may_host ? 'Studio' : 'Sell or host'}</a>
				{who.role !== 'user' && <a href="/admin">{who.role === 'admin' ? 'Admin' : 'Moderate'}</a>}
				<button type="button" onClick={() => void signOut().catch(notifyError)} data-testid="sign-out">
					Sign out
				</button>
			</nav>
		</Sheet>
	);
}
