/* What others see of one as host and seller, and whom one does not work with. */
import type { JSX } from 'preact';
import { get } from '../api/http';
import { account } from '../api/session';
import type { Credit } from '../api/types';
import { Alert } from '../ui/alert';
import { money } from '../ui/format';
import { useData } from '../ui/use-data';
import { Blocks } from './blocks';
import './seller.css';

export function Profile(): JSX.Element {
	const who = account.value!;
	const profile = useData(() => get<{ credit: Credit }>(`/api/v1/sellers/${encodeURIComponent(who.username)}`), who.username);
	const credit = profile.value?.credit;
	return (
		<>
			<h1>{who.display_name}</h1>
			<section aria-labelledby="credit">
				<h2 id="credit">What you did for others</h2>
				{profile.error && <Alert text={profile.error} />}
				{credit && credit.items === 0 && <p class="empty">When you show the listings of other sellers, what finds a home is counted here, and on your page for all to see.</p>}
				{credit && credit.items > 0 && (
					<dl class="totals" data-testid="credit">
						<div>
							<dt>{credit.items === 1 ? 'item found a home' : 'items found a home'}</dt>
							<dd>{credit.items}</dd>
						</div>
						<div>
							<dt>{credit.sellers === 1 ? 'seller helped' : 'sellers helped'}</dt>
							<dd>{credit.sellers}</dd>
						</div>
						<div>
							<dt>worth</dt>
							<dd>{credit.value.map(({ amount, currency }) => money(amount, currency)).join(' + ')}</dd>
						</div>
					</dl>
				)}
			</section>
			<a class="button" href={`/u/${who.username}`}>
				Your page as others see it
			</a>
			<Blocks />
		</>
	);
}
