/* /: what is live, what comes next, and what is held for the buyer. */
import { signal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { now, serverNow } from '../api/clock';
import { get } from '../api/http';
import { isOpen } from '../api/room';
import { account } from '../api/session';
import type { Hold, Show } from '../api/types';
import { CheckoutSheet } from '../buy/checkout';
import { TopBar } from '../ui/account';
import { compact, countdown, plural, when } from '../ui/format';
import { Bag, Eye } from '../ui/icons';
import { setTitle } from '../ui/router';
import { Thumbnail } from '../ui/thumbnail';
import { useData } from '../ui/use-data';
import './home.css';

const EVERY_MS = 10_000;

async function loadShows(): Promise<{ live: Show[]; next: Show[] }> {
	const [live, next] = await Promise.all([
		get<{ shows: Show[] }>('/api/v1/shows?state=live'),
		get<{ shows: Show[] }>('/api/v1/shows?state=scheduled'),
	]);
	const at = (show: Show): number => (show.starts_at ? Date.parse(show.starts_at) : Infinity);
	return {
		live: [...live.shows].sort((a, b) => b.viewers - a.viewers),
		next: [...next.shows].sort((a, b) => at(a) - at(b)),
	};
}

export default function HomePage(): JSX.Element {
	const shows = useData(loadShows, 'shows', EVERY_MS);
	useEffect(() => setTitle(''), []);
	const { value, error } = shows;
	return (
		<>
			<TopBar />
			<main class="page home">
				<h1>Live now</h1>
				{!value && !error && <div class="tiles" aria-busy="true" aria-label="Loading" />}
				{error && (
					<p class="error" role="alert">
						{error}
					</p>
				)}
				{value && value.live.length === 0 && (
					<p class="empty" data-testid="nothing-live">
						Nobody is on air right now. {value.next.length ? 'See below what comes next.' : 'Look in again later.'}
					</p>
				)}
				<ul class="tiles">{value?.live.map((show) => <Tile key={show.id} show={show} />)}</ul>
				{value && value.next.length > 0 && (
					<section aria-labelledby="next">
						<h2 id="next">Coming next</h2>
						<ul class="rows">
							{value.next.map((show) => (
								<li key={show.id}>
									<a class="row link" href={`/s/${show.id}`} data-testid="next-show" data-show={show.id}>
										<span class="row-text">
											<b>{show.title}</b>
											<span>
												{show.starts_at ? when(Date.parse(show.starts_at), serverNow()) : 'Soon'} · {show.host.display_name}
											</span>
										</span>
									</a>
								</li>
							))}
						</ul>
					</section>
				)}
			</main>
			<HeldBar />
		</>
	);
}

function Tile({ show }: { show: Show }): JSX.Element {
	return (
		<li>
			<a class="tile" href={`/s/${show.id}`} data-testid="live-tile" data-show={show.id}>
				<Thumbnail url={show.thumbnail} class="tile-picture" />
				<span class="tile-top">
					<span class="live-badge">Live</span>
					<span class="count" aria-label={plural(show.viewers, 'person watches', 'people watch')}>
						<Eye size={16} /> {compact(show.viewers)}
					</span>
				</span>
				<span class="tile-text">
					<b>{show.title}</b>
					<span>{show.host.display_name}</span>
				</span>
			</a>
		</li>
	);
}

const holds = signal<Hold[]>([]);

/* The way back to what is held, from the page where one looks for it. */
function HeldBar(): JSX.Element | null {
	const [open, setOpen] = useState(false);
	const who = account.value?.id ?? null;
	useEffect(() => {
		holds.value = [];
		if (who) get<{ holds: Hold[] }>('/api/v1/cart').then((cart) => (holds.value = cart.holds.filter(isOpen)), () => undefined);
	}, [who]);
	const active = holds.value.filter((hold) => hold.state === 'active' && hold.expires_at_ms > now.value);
	const put = (hold: Hold): void => {
		holds.value = holds.value.filter((known) => known.id !== hold.id || isOpen(hold));
	};
	const soonest = Math.min(...active.map((hold) => hold.expires_at_ms));
	return (
		<>
			{active.length > 0 && (
				<aside class="held-bar" aria-label="Held for you">
					<button type="button" class="claim held" onClick={() => setOpen(true)} data-testid="checkout-open">
						<Bag size={20} />
						<span>
							Check out {active.length} held · <span class="digits">{countdown(soonest - now.value)}</span>
						</span>
					</button>
				</aside>
			)}
			{open && <CheckoutSheet holds={holds} seller={null} onHold={put} onClose={() => setOpen(false)} />}
		</>
	);
}
