/* /studio: everything a host does. The part after # says which view, so that the phone's back button works. */
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { post } from '../api/http';
import { account, loadAccount } from '../api/session';
import { TopBar } from '../ui/account';
import { useAction } from '../ui/action';
import { hash, setTitle } from '../ui/router';
import { SignInForm } from '../ui/signin';
import { Dashboard } from './dashboard';
import { ListingView } from './listing-form';
import { SellerOrders } from './seller-orders';
import { ShowForm } from './show-form';
import { ShowView } from './show-view';
import './studio.css';

const APPROVAL_MS = 10_000;

export default function StudioPage(): JSX.Element {
	useEffect(() => setTitle('Studio'), []);
	const who = account.value;
	const [view, id = ''] = hash.value.split('/');
	if (who?.may_host && view === 'show' && id) return <ShowView key={id} id={id} />;
	return (
		<>
			<TopBar back={view ? '/studio' : '/'} />
			<main class="page narrow studio">
				{who === undefined && <p aria-busy="true">One moment…</p>}
				{who === null && (
					<>
						<h1>Studio</h1>
						<SignInForm why="Sign in to host your shows." />
					</>
				)}
				{who && !who.may_host && <AskToHost />}
				{who?.may_host && view === '' && <Dashboard />}
				{who?.may_host && view === 'listing' && <ListingView key={id} id={id} />}
				{who?.may_host && view === 'new-show' && <ShowForm />}
				{who?.may_host && view === 'orders' && <SellerOrders />}
			</main>
		</>
	);
}

function AskToHost(): JSX.Element {
	const action = useAction();
	const asked = account.value?.hosting === 'asked';
	/* Approval comes from an admin; the page opens by itself once it is there. */
	useEffect(() => {
		const timer = setInterval(() => void loadAccount().catch(() => undefined), APPROVAL_MS);
		return () => clearInterval(timer);
	}, []);
	return (
		<>
			<h1>Host your own show</h1>
			{asked ? (
				<p role="status" data-testid="hosting-asked">
					You have asked to host. As soon as the market’s team has approved it, this page opens by itself.
				</p>
			) : (
				<div class="stack">
					<p>In this market the team looks at every new host first. Ask once; it usually takes a moment.</p>
					<button
						type="button"
						class="primary"
						disabled={action.busy}
						onClick={() =>
							void action.run(async () => {
								await post('/api/v1/me/hosting');
								await loadAccount();
							})
						}
						data-testid="ask-hosting"
					>
						Ask to host
					</button>
				</div>
			)}
			<p class="error" role="alert">
				{action.error}
			</p>
		</>
	);
}
