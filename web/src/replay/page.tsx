/* /replay/{show}: the show once more, as a shop: each listing with its moment, and what is still there can be bought. */
import { signal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import { serverNow } from '../api/clock';
import { holds } from '../api/mine';
import { getReplay, type Chapter, type Replay, type ReplayState } from '../api/replay';
import type { Show } from '../api/types';
import { BagBar, useBag } from '../buy/bag-bar';
import { ClaimDesk } from '../buy/claim-desk';
import { ShopStand } from '../shop/stand';
import { TopBar } from '../ui/account';
import { Alert } from '../ui/alert';
import { moment, when } from '../ui/format';
import { Play, Share } from '../ui/icons';
import { setTitle } from '../ui/router';
import { sharePage } from '../ui/share';
import { useData } from '../ui/use-data';
import { Chapters, CurrentCard, momentAt, type BuyProps } from './chapters';
import { ReplayPlayer } from './player';
import './replay.css';

const EVERY_MS = 10_000;

/** Where a link points to: ?t=42, in seconds. */
const linkedMs = (): number => Math.max(0, Number(new URLSearchParams(location.search).get('t')) || 0) * 1000;

export default function ReplayPage({ id }: { id: string }): JSX.Element {
	const { stand, desk, player } = useMemo(() => {
		const made = new ShopStand();
		return { stand: made, desk: new ClaimDesk(made), player: new ReplayPlayer(`/replay/${id}/index.m3u8`, linkedMs()) };
	}, [id]);
	useEffect(() => () => desk.close(), [desk]);
	const { value, error, reload } = useData(
		async () => {
			const told = await getReplay(id);
			stand.show(told.replay.chapters.map(({ listing }) => listing));
			return told;
		},
		id,
		EVERY_MS,
	);
	const title = value?.show.title ?? '';
	useEffect(() => setTitle(title), [title]);
	/* What one has claimed or given back is another stock. */
	const held = holds.value.map((hold) => hold.id).join();
	useEffect(() => void (value && reload()), [held]);
	const bag = useBag();
	const buy = { offers: stand.offers.value, desk, onCheckout: bag.checkout };
	return (
		<>
			<TopBar back="/" />
			<main class="page replay">
				{!value && error && (
					<>
						<h1>The replay does not open.</h1>
						<Alert text={error} />
					</>
				)}
				{!value && !error && <p class="empty">Opening the replay…</p>}
				{value && (
					<>
						<div class="replay-now">
							{value.replay.state === 'ready' ? <Screen replay={value.replay} player={player} title={title} /> : <NotYet state={value.replay.state} show={value.show} />}
							{value.replay.state === 'ready' && <Now chapters={value.replay.chapters} player={player} {...buy} />}
						</div>
						<div class="replay-list">
							<Head show={value.show} replay={value.replay} player={player} />
							{value.replay.chapters.length > 0 && (
								<section aria-labelledby="chapters">
									<h2 id="chapters">In this show</h2>
									<List chapters={value.replay.chapters} player={player} {...buy} />
								</section>
							)}
						</div>
					</>
				)}
			</main>
			<BagBar desk={desk} {...bag} />
		</>
	);
}

function Screen({ replay, player, title }: { replay: Replay; player: ReplayPlayer; title: string }): JSX.Element {
	const video = useRef<HTMLVideoElement>(null);
	const wide = useMemo(() => signal(false), []);
	useEffect(() => {
		const element = video.current!;
		element.onresize = () => (wide.value = element.videoWidth > element.videoHeight * 1.05);
		player.attach(element);
		return () => player.close();
	}, [player]);
	const state = player.state.value;
	const fresh = state === 'waiting' || state === 'failed';
	const linked = player.atMs.value;
	return (
		<div class={`replay-screen ${wide.value ? 'wide' : ''}`}>
			<video id="replay" ref={video} playsinline controls={!fresh} preload="none" poster={replay.poster ?? undefined} aria-label={`Replay of ${title}`} data-state={state} />
			{fresh && (
				<button type="button" class="play-over" onClick={() => player.play()} data-testid="replay-play">
					<span class="play-mark">
						<Play size={32} />
					</span>
					<span>{state === 'failed' ? 'It did not load. Try again' : linked >= 1000 ? `Play from ${moment(linked)}` : 'Play'}</span>
				</button>
			)}
		</div>
	);
}

type NowProps = BuyProps & { chapters: Chapter[]; player: ReplayPlayer };

/* The playhead moves four times a second: only what shows it is drawn again. */
function Now({ chapters, player, ...buy }: NowProps): JSX.Element | null {
	const atMs = player.atMs.value;
	const moment = momentAt(chapters, atMs);
	return moment && <CurrentCard moment={moment} atMs={atMs} started={player.state.value !== 'waiting'} {...buy} />;
}

function List({ chapters, player, ...buy }: NowProps): JSX.Element {
	const current = player.state.value === 'waiting' ? null : momentAt(chapters, player.atMs.value);
	return <Chapters chapters={chapters} current={current?.chapter.item ?? null} onJump={(chapter) => player.jump(chapter.at_ms)} {...buy} />;
}

function Head({ show, replay, player }: { show: Show; replay: Replay; player: ReplayPlayer }): JSX.Element {
	const { host } = show;
	const share = (): void => {
		const s = Math.floor(player.atMs.peek() / 1000);
		void sharePage(show.title, s > 0 ? `?t=${s}` : '');
	};
	return (
		<header class="replay-head">
			<div class="row-text">
				<h1>{show.title}</h1>
				<p class="hint">
					{host.username ? (
						<a href={`/u/${host.username}`} data-testid="host-shop">
							{host.display_name}
						</a>
					) : (
						host.display_name
					)}
					{show.started_ms !== null && ` · ${when(show.started_ms, serverNow())}`}
					{replay.state === 'ready' && ` · ${moment(replay.duration_ms)}${replay.full ? ', cut short' : ''}`}
				</p>
			</div>
			{replay.state === 'ready' && (
				<button type="button" class="round" aria-label="Share this moment" onClick={share} data-testid="replay-share">
					<Share />
				</button>
			)}
		</header>
	);
}

const words: Record<Exclude<ReplayState, 'ready'>, string> = {
	recording: 'The replay is here when the show is over.',
	deleted: 'This recording is no longer kept.',
	none: 'There is no recording of this show.',
};

function NotYet({ state, show }: { state: Exclude<ReplayState, 'ready'>; show: Show }): JSX.Element {
	return (
		<div class="replay-missing" role="status" data-testid="replay-missing" data-state={state}>
			<b>{words[state]}</b>
			{show.state === 'ended' ? (
				show.host.username && (
					<a class="button" href={`/u/${show.host.username}`}>
						{show.host.display_name}’s shop
					</a>
				)
			) : (
				<a class="button primary" href={`/s/${show.id}`}>
					{show.state === 'live' ? 'Watch it live' : 'To the show'}
				</a>
			)}
		</div>
	);
}
