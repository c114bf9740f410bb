/* What the market owes a seller, the statement behind it, and what a parcel costs. */
import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { serverNow } from '../api/clock';
import { get, patch } from '../api/http';
import { askMarket, market } from '../api/market';
import type { Amount } from '../api/types';
import { submitting, useAction } from '../ui/action';
import { Alert } from '../ui/alert';
import { Field } from '../ui/field';
import { money, moneyInput, parseMoney } from '../ui/format';
import { notify } from '../ui/notices';
import { useData } from '../ui/use-data';
import './seller.css';

const LOOK_MS = 30_000;

export function Money(): JSX.Element {
	const balance = useData(() => get<{ balances: Amount[] }>('/api/v1/me/balance'), 'balance', LOOK_MS);
	return (
		<>
			<h1>Money</h1>
			<section aria-labelledby="balance">
				<h2 id="balance">What the market owes you</h2>
				{balance.error && <Alert text={balance.error} />}
				<p class="balance" data-testid="balance">
					{balance.value && (balance.value.balances.length ? balance.value.balances.map(({ amount, currency }) => money(amount, currency)).join(' + ') : 'Nothing yet')}
				</p>
				<p class="hint">Your sales and shipping, less the market’s fee and the taxes it remits for you. Cancelled orders are taken out again.</p>
			</section>
			<Statement />
			<Parcel />
		</>
	);
}

/** Months on the calendar of who looks, as [from, until) in ms. */
function month(back: number): { from: number; until: number; name: string } {
	const today = new Date(serverNow());
	const at = (months: number): Date => new Date(today.getFullYear(), today.getMonth() + months, 1);
	return { from: at(-back).getTime(), until: at(1 - back).getTime(), name: new Intl.DateTimeFormat(undefined, { month: 'long', year: 'numeric' }).format(at(-back)) };
}

function Statement(): JSX.Element {
	return (
		<section aria-labelledby="statement">
			<h2 id="statement">Statement</h2>
			<p class="hint">Every posting behind the balance, as a table (CSV).</p>
			<div class="choices">
				{[month(0), month(1)].map(({ from, until, name }) => (
					<a key={from} class="button small" href={`/api/v1/me/statement.csv?from_ms=${from}&until_ms=${until}`} download={`statement-${new Date(from + 86_400_000 * 2).toISOString().slice(0, 7)}.csv`} data-testid="statement">
						{name}
					</a>
				))}
				<a class="button small" href="/api/v1/me/statement.csv" download="statement.csv" data-testid="statement-all">
					Everything
				</a>
			</div>
		</section>
	);
}

function Parcel(): JSX.Element {
	const me = useData(() => get<{ shipping: number }>('/api/v1/me'), 'me');
	const [typed, setText] = useState<string | null>(null);
	const [wrong, setWrong] = useState('');
	const action = useAction();
	useEffect(() => void askMarket(), []);
	const currency = market.value?.currency;
	const text = typed ?? (me.value && currency ? moneyInput(me.value.shipping, currency) : '');
	const save = async (): Promise<void> => {
		const shipping = text.trim() ? parseMoney(text, currency!) : 0;
		if (shipping === null) {
			setWrong('Please give a price, such as 5 or 4.90.');
			return;
		}
		await patch('/api/v1/me', { shipping });
		notify(shipping ? `A parcel costs ${money(shipping, currency!)} now.` : 'Shipping is free now.', 'good');
	};
	return (
		<section aria-labelledby="parcel">
			<h2 id="parcel">Shipping</h2>
			<p class="hint">Buyers pay it once for all that they buy from you together. Zero means free.</p>
			<form
				class="beside"
				onSubmit={submitting(() => {
					setWrong('');
					void action.run(save);
				})}
			>
				<Field label={`One parcel${currency ? ` (${currency})` : ''}`} value={text} onValue={setText} inputMode="decimal" error={wrong} testid="shipping-price" />
				<button type="submit" disabled={action.busy || !currency || !me.value} data-testid="shipping-save">
					Save
				</button>
			</form>
			<Alert text={action.error || me.error} />
		</section>
	);
}
