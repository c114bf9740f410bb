/* What stands in the place of one's shows for those who may not host yet. */
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { post } from '../api/http';
import { account, loadAccount } from '../api/session';
import { useAction } from '../ui/action';
import { Alert } from '../ui/alert';

const APPROVAL_MS = 10_000;

export function AskToHost(): JSX.Element {
	const action = useAction();
	const asked = account.value?.hosting === 'asked';
	/* Approval comes from an admin; the page opens by itself once it is there. */
	useEffect(() => {
		const timer = setInterval(() => void loadAccount().catch(() => undefined), APPROVAL_MS);
		return () => clearInterval(timer);
	}, []);
	return (
		<section aria-labelledby="hosting">
			<h2 id="hosting">Host your own show</h2>
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
			<Alert text={action.error} />
		</section>
	);
}
