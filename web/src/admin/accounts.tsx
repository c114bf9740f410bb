/* Accounts of the whole market: found by name, banned and let in again. */
import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { get, post } from '../api/http';
import { account as me } from '../api/session';
import type { Account } from '../api/types';
import { explain } from '../text/codes';
import { Alert } from '../ui/alert';
import { ConfirmSheet } from '../ui/confirm-sheet';
import { Field } from '../ui/field';
import { notify } from '../ui/notices';

const PAUSE_MS = 250; /* of typing, before the server is asked */

type Known = Account & { banned: boolean };

export function Accounts(): JSX.Element {
	const [words, setWords] = useState('');
	const [found, setFound] = useState<Known[] | null>(null);
	const [error, setError] = useState('');
	const [asking, setAsking] = useState<Known | null>(null);
	const asked = useRef(0);
	/* The newest question alone may answer. */
	useEffect(() => {
		const mine = ++asked.current;
		const timer = setTimeout(
			() =>
				void get<{ accounts: Known[] }>(`/api/v1/admin/accounts?q=${encodeURIComponent(words.trim())}`).then(
					({ accounts }) => {
						if (mine !== asked.current) return;
						setFound(accounts);
						setError('');
					},
					(failure) => mine === asked.current && setError(explain(failure)),
				),
			found ? PAUSE_MS : 0,
		);
		return () => clearTimeout(timer);
	}, [words]);
	return (
		<>
			<h1>Accounts</h1>
			<Field label="Search by name" value={words} onValue={setWords} maxLength={64} autocapitalize="none" spellcheck={false} testid="account-search" />
			<Alert text={error} />
			<p class="visually-hidden" role="status">
				{found && `${found.length} found`}
			</p>
			{found?.length === 0 && <p class="empty">Nobody has such a name.</p>}
			<ul class="rows">
				{found?.map((account) => (
					<li key={account.id} class="row" data-testid="account" data-account={account.id}>
						<span class="row-text">
							<b>{account.display_name}</b>
							<span>{[account.username, account.role !== 'user' && account.role, account.may_host && 'may host'].filter(Boolean).join(', ')}</span>
							{account.banned && <span class="error">banned</span>}
						</span>
						{account.id !== me.value?.id && (
							<button
								type="button"
								class={`small ${account.banned ? '' : 'danger'}`}
								aria-label={`${account.banned ? 'Let in again' : 'Ban'}: ${account.display_name}`}
								onClick={() => setAsking(account)}
								data-testid={account.banned ? 'account-unban' : 'account-ban'}
							>
								{account.banned ? 'Let in again' : 'Ban'}
							</button>
						)}
					</li>
				))}
			</ul>
			{asking && (
				<BanSheet
					account={asking}
					onClose={() => setAsking(null)}
					onDone={(changed) => setFound((found ?? []).map((known) => (known.id === changed.id ? changed : known)))}
				/>
			)}
		</>
	);
}

type Props = { account: Known; onClose: () => void; onDone: (account: Known) => void };

/* A ban voids what was claimed and not paid, which cannot be taken back: asked once more. */
function BanSheet({ account, onClose, onDone }: Props): JSX.Element {
	const ban = !account.banned;
	const go = async (): Promise<void> => {
		const { account: changed } = await post<{ account: Account }>(`/api/v1/admin/accounts/${account.id}/ban`, { banned: ban });
		onDone({ ...account, ...changed, banned: ban });
		notify(ban ? `${account.display_name} is banned.` : `${account.display_name} may take part again.`);
		onClose();
	};
	return (
		<ConfirmSheet
			title={ban ? `Ban ${account.display_name}?` : `Let ${account.display_name} in again?`}
			stay="Leave it so"
			go={ban ? 'Ban from the market' : 'Let in again'}
			harmless={!ban}
			onGo={go}
			onClose={onClose}
			testid="ban-sheet"
			goTestid="ban-confirm"
		>
			<p>
				{ban
					? `${account.username} can no longer chat, claim, sell or host, anywhere in this market. What they hold and have not paid goes to the next; what is paid stays.`
					: `${account.username} can chat, claim and sell again. What the ban took away does not come back.`}
			</p>
		</ConfirmSheet>
	);
}
