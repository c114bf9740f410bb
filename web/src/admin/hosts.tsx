/* Accounts that ask to host. */
import type { JSX } from 'preact';
import { get, post } from '../api/http';
import type { Account } from '../api/types';
import { useAction } from '../ui/action';
import { Alert } from '../ui/alert';
import { notify } from '../ui/notices';
import { useData } from '../ui/use-data';

export function Hosts(): JSX.Element {
	const asked = useData(() => get<{ accounts: Account[] }>('/api/v1/admin/hosts?state=asked'), 'hosts', 10_000);
	const action = useAction();
	const decide = (account: Account, approve: boolean): void =>
		void action.run(async () => {
			await post(`/api/v1/admin/hosts/${account.id}`, { approve });
			notify(approve ? `${account.display_name} may host now.` : `${account.display_name} may not host.`, 'good');
			await asked.reload();
		});
	return (
		<>
			<h1>Who wants to host</h1>
			<Alert text={action.error || asked.error} />
			{asked.value?.accounts.length === 0 && <p class="empty">Nobody is waiting.</p>}
			<ul class="rows">
				{asked.value?.accounts.map((account) => (
					<li key={account.id} class="row" data-testid="host-request" data-account={account.id}>
						<span class="row-text">
							<b>{account.display_name}</b>
							<span>{account.username}</span>
						</span>
						<span class="row-tools">
							<button type="button" class="small quiet" disabled={action.busy} onClick={() => decide(account, false)} aria-label={`Refuse ${account.display_name}`} data-testid="host-refuse">
								Refuse
							</button>
							<button type="button" class="small primary" disabled={action.busy} onClick={() => decide(account, true)} aria-label={`Approve ${account.display_name}`} data-testid="host-approve">
								Approve
							</button>
						</span>
					</li>
				))}
			</ul>
		</>
	);
}
