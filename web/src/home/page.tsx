/* /: what is live, what comes next, and what is held for the buyer. */
import type { JSX } from 'preact';
import { useEffect, useMemo } from 'preact/hooks';
import { serverNow } from '../api/clock';
import { get } from '../api/http';
import type { Show } from '../api/types';
import { BagBar, useBag } from '../buy/bag-bar';
import { ClaimDesk } from '../buy/claim-desk';
import { ShopStand } from '../shop/stand';
import { Replays } from '../replay/links';
import { TopBar } from '../ui/account';
import { Alert } from '../ui/alert';
import { compact, plural, when } from '../ui/format';
import { Eye, Shop } from '../ui/icons';
import { setTitle } from '../ui/router';
import { Thumbnail } from '../ui/thumbnail';
import { useData } from '../ui/use-data';
import './home.css';

type Shows = { shows: Show[] };

const EVERY_MS = 10_000;
const REPLAYS_MOST = 12;

async function loadShows(): Promise<{ live: Show[]; next: Show[]; past: Show[] }> {
	const [live, next, past] = await Promise.all([
		get<Shows>('/api/v1/shows?state=live'),
		get<Shows>('/api/v1/shows?state=scheduled'),
		get<Shows>('/api/v1/shows?state=ended'),
	]);
	const at = (show: Show): number => (show.starts_at ? Date.parse(show.starts_at) : Infinity);
	return {
		live: [...live.shows].sort((a, b) => b.viewers - a.viewers),
		next: [...next.shows].sort((a, b) => at(a) - at(b)),
		past: past.shows
			.filter(({ replay }) => replay)
			.sort((a, b) => (b.ended_ms ?? 0) - (a.ended_ms ?? 0))
			.slice(0, REPLAYS_MOST),
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
				{error && <Alert text={error} />}
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
								<li key={show.id} class="next">
									<a class="row link" href={`/s/${show.id}`} data-testid="next-show" data-show={show.id}>
										<span class="row-text">
											<b>{show.title}</b>
											<span>
												{show.starts_at ? when(Date.parse(show.starts_at), serverNow()) : 'Soon'} · {show.host.display_name}
											</span>
										</span>
									</a>
									<ShopLink show={show} />
								</li>
							))}
						</ul>
					</section>
				)}
				{value && <Replays shows={value.past} hosts />}
			</main>
			<Bag />
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
			<ShopLink show={show} named />
		</li>
	);
}

function ShopLink({ show: { host }, named = false }: { show: Show; named?: boolean }): JSX.Element | null {
	if (!host.username) return null;
	return (
		<a class="button small quiet shop-link" href={`/u/${host.username}`} data-testid="shop-link">
			<Shop size={18} /> {named ? `${host.display_name}’s shop` : 'Shop'}
			{!named && <span class="visually-hidden"> of {host.display_name}</span>}
		</a>
	);
}

/* What else ships with what is held can be claimed from here. */
function Bag(): JSX.Element {
	const desk = useMemo(() => new ClaimDesk(new ShopStand()), []);
	useEffect(() => () => desk.close(), [desk]);
	return <BagBar desk={desk} {...useBag()} />;
}
