/* /studio: everything a host does. The part after # says which view, so that the phone's back button works. */
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { account } from '../api/session';
import { TopBar } from '../ui/account';
import { hash, setTitle } from '../ui/router';
import { SignInForm } from '../ui/signin';
import { Money } from '../seller/money';
import { SellerOrders } from '../seller/orders';
import { Profile } from '../seller/profile';
import { Slips } from '../seller/slips';
import { CatalogueView } from './catalogue-view';
import { Dashboard } from './dashboard';
import { ListingView } from './listing-form';
import { ShowForm } from './show-form';
import { ShowView } from './show-view';
import './studio.css';

/* What wants an approval. */
const hosting = new Set(['show', 'new-show', 'catalogue']);

export default function StudioPage(): JSX.Element {
	useEffect(() => setTitle('Studio'), []);
	const who = account.value;
	const [view, id = ''] = hash.value.split('/');
	if (who?.may_host && view === 'show' && id) return <ShowView key={id} id={id} />;
	return (
		<>
			<TopBar personal back={view === 'slips' ? '/studio#orders' : view ? '/studio' : '/'} />
			<main class="page narrow studio">
				{who === undefined && <p aria-busy="true">One moment…</p>}
				{who === null && (
					<>
						<h1>Studio</h1>
						<SignInForm why="Sign in to sell and to host your own shows." />
					</>
				)}
				{/* Everybody may sell, in the shows of others too; hosting wants an approval. */}
				{who && view === 'listing' && <ListingView key={id} id={id} />}
				{who && view === 'orders' && <SellerOrders />}
				{who && view === 'slips' && <Slips key={id} ids={id} />}
				{who && view === 'money' && <Money />}
				{who && view === 'profile' && <Profile />}
				{who?.may_host && view === 'new-show' && <ShowForm />}
				{who?.may_host && view === 'catalogue' && <CatalogueView />}
				{who && (view === '' || (!who.may_host && hosting.has(view!))) && <Dashboard mayHost={who.may_host} />}
			</main>
		</>
	);
}
