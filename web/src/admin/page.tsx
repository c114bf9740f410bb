/* /admin: what is on, who wants to host, who is there, who did what. */
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { account } from '../api/session';
import { TopBar } from '../ui/account';
import { hash, setTitle } from '../ui/router';
import { SignInForm } from '../ui/signin';
import { Accounts } from './accounts';
import { AuditLog } from './audit';
import { Hosts } from './hosts';
import { LiveShows } from './shows';
import { ShowRoom } from './show-room';
import './admin.css';

const views = { '': 'On air', hosts: 'Hosts', accounts: 'Accounts', audit: 'Audit' } as const;

export default function AdminPage(): JSX.Element {
	useEffect(() => setTitle('Admin'), []);
	const who = account.value;
	const [view = '', id = ''] = hash.value.split('/');
	/* Who may host, and who did what, is the admins' business; moderators keep the rooms. */
	const admin = who?.role === 'admin';
	const tabs = Object.entries(views).filter(([key]) => admin || key === '');
	const may = who?.role === 'admin' || who?.role === 'moderator';
	return (
		<>
			<TopBar personal back={view === 'show' ? '/admin' : '/'} />
			<main class="page admin">
				{who === undefined && <p aria-busy="true">One moment…</p>}
				{who === null && (
					<div class="narrow">
						<h1>Admin</h1>
						<SignInForm why="Sign in with a moderator’s or an admin’s account." />
					</div>
				)}
				{who && !may && <h1>This page is for the market’s team.</h1>}
				{may && view === 'show' && id && <ShowRoom key={id} id={id} />}
				{may && view !== 'show' && (
					<>
						<nav class="tabs" aria-label="Admin">
							{tabs.map(([key, name]) => (
								<a key={key} href={`/admin${key ? `#${key}` : ''}`} aria-current={view === key ? 'page' : undefined} data-testid={`admin-tab-${key || 'live'}`}>
									{name}
								</a>
							))}
						</nav>
						{(view === '' || !admin) && <LiveShows />}
						{admin && view === 'hosts' && <Hosts />}
						{admin && view === 'accounts' && <Accounts />}
						{admin && view === 'audit' && <AuditLog />}
					</>
				)}
			</main>
		</>
	);
}
