/* The bar on top of the plain pages: the name, and a sheet with everything that belongs to one's account. */
import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { listen } from '../api/news';
import { account, findAccount, signOut, unread } from '../api/session';
import { compact, plural } from './format';
import { Back, Bell, User } from './icons';
import { lazy } from './lazy';
import { notifyError } from './notices';
import { Sheet } from './sheet';
import { SignInForm } from './signin';

const NewsSheet = lazy(() => import('./news-list').then((part) => part.NewsSheet));

type Open = 'none' | 'account' | 'news';

/** `personal`: the page is about one's account, and useless to guests. */
export function TopBar({ back, personal = false, children }: { back?: string; personal?: boolean; children?: ComponentChildren }): JSX.Element {
	const [open, setOpen] = useState<Open>('none');
	const who = account.value;
	const n = who ? unread.value : 0;
	const close = (): void => setOpen('none');
	useEffect(() => void findAccount(personal).catch(notifyError), [personal]);
	useEffect(listen, []);
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
			{n > 0 && (
				<button type="button" class="round quiet bell" aria-label={plural(n, 'new notice', 'new notices')} onClick={() => setOpen('news')} data-testid="bell">
					<Bell />
					<span class="badge" data-testid="unread">
						{compact(n)}
					</span>
				</button>
			)}
			<button type="button" class="account-button quiet" onClick={() => setOpen('account')} data-testid="account-open">
				<User size={20} /> {who ? who.display_name : 'Sign in'}
			</button>
			{open === 'account' && (who ? <AccountSheet onNews={() => setOpen('news')} onClose={close} /> : <Enter onClose={close} />)}
			{open === 'news' && <NewsSheet onClose={close} />}
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

function AccountSheet({ onNews, onClose }: { onNews: () => void; onClose: () => void }): JSX.Element {
	const who = account.value!;
	const n = unread.value;
	return (
		<Sheet title={who.display_name} onClose={onClose} testid="account-sheet">
			<nav class="menu" aria-label="Account" onClick={(event) => (event.target as Element).closest('a') && onClose()}>
				<button type="button" onClick={onNews} data-testid="news-open">
					<Bell size={20} /> Notices{n > 0 && ` · ${n} new`}
				</button>
				<a href="/orders">My orders</a>
				<a href={`/u/${who.username}`}>My shop page</a>
				<a href="/studio">{who.may_host ? 'Studio' : 'Sell or host'}</a>
				{who.role !== 'user' && <a href="/admin">{who.role === 'admin' ? 'Admin' : 'Moderate'}</a>}
				<button type="button" onClick={() => void signOut().catch(notifyError)} data-testid="sign-out">
					Sign out
				</button>
			</nav>
		</Sheet>
	);
}
