/* Who did not get it: whose hold ran out, whose turn passed by; and a fresh hold by hand, at the price of then. */
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { now } from '../api/clock';
import { codeOf } from '../api/error';
import { post } from '../api/http';
import { isOpen } from '../api/mine';
import type { Claim, Hold, Waiter } from '../api/types';
import { explain } from '../text/codes';
import { countdown } from '../ui/format';
import { notify } from '../ui/notices';

export const isGone = (claim: Claim): boolean => claim.state === 'expired' || claim.state === 'released';
export const isPassedBy = (waiter: Waiter): boolean => ['left', 'lapsed', 'closed'].includes(waiter.state);

export const whyPassed: Record<Waiter['state'], string> = { waiting: '', served: '', left: 'left the line', lapsed: 'was away', closed: 'turn passed' };

/** Who holds or bought it after all needs no second chance. */
export const hasSince = (claims: Claim[], claim: Claim): boolean =>
	claims.some(
		(other) =>
			other.id > claim.id && other.buyer.id === claim.buyer.id && other.listing.id === claim.listing.id && other.variant === claim.variant && (isOpen(other) || other.state === 'sold'),
	);

/** `of`: the path of the show or the listing by way of which it is given. */
type Props = { of: string; body: { hold: string } | { waiting: string }; name: string };

export function SecondChance({ of, body, name }: Props): JSX.Element {
	const [given, setGiven] = useState(false);
	const [busy, setBusy] = useState(false);
	const give = async (): Promise<void> => {
		setBusy(true);
		try {
			const { hold } = await post<{ hold: Hold }>(`${of}/second-chance`, body);
			setGiven(true);
			notify(`${name} has ${countdown(hold.expires_at_ms - now.peek())} to pay for it.`, 'good');
		} catch (error) {
			notify(codeOf(error) === 'sold_out' ? 'Nothing of it is left right now.' : explain(error), 'bad');
		}
		setBusy(false);
	};
	if (given) return <span class="state sold">held again</span>;
	return (
		<button type="button" class="small" disabled={busy} aria-label={`Hold again for ${name}`} onClick={() => void give()} data-testid="second-chance">
			Hold again
		</button>
	);
}
