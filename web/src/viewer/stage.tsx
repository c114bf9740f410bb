/* The picture and what lies directly on it: who is on, how many watch, sound, and what is going on. */
import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { now, serverNow } from '../api/clock';
import type { Room } from '../api/room';
import type { PeerVideo } from '../media/negotiate';
import type { Watcher } from '../media/watch';
import { compact, countdown, plural, when } from '../ui/format';
import { Back, Behind, Eye, Play, Share, SoundOff, SoundOn } from '../ui/icons';
import { notify } from '../ui/notices';
import { sharePage } from '../ui/share';
import { Thumbnail } from '../ui/thumbnail';
import { behindText, viewerStatus } from './status';

export function Stage({ room, watcher }: { room: Room; watcher: Watcher }): JSX.Element {
	const video = useRef<PeerVideo>(null);
	const still = useRef<HTMLCanvasElement>(null);
	const [muted, setMuted] = useState(true);
	const [chosen, setChosen] = useState(false);
	const show = room.show.value;
	useEffect(() => {
		const element = video.current!;
		/* The attribute alone does not mute a video made by script in every browser, and unmuted does not start by itself. */
		element.muted = true;
		watcher.attach(element, still.current);
		element.onvolumechange = () => setMuted(element.muted);
		return () => watcher.close();
	}, [watcher]);
	/* Said once when it begins; the sign beside the count stays. */
	const slow = watcher.slowness.value !== '' && watcher.state.value === 'playing';
	const told = useRef(false);
	useEffect(() => {
		if (slow && !told.current) notify(behindText(watcher.slowness.peek()));
		told.current ||= slow;
	}, [slow]);
	const setSound = (on: boolean): void => {
		video.current!.muted = !on;
		setChosen(true);
		void watcher.play();
	};
	const live = show?.state === 'live' && room.state.value !== 'banned';
	const playing = live && ['playing', 'stalled'].includes(watcher.state.value);
	return (
		<div class={`stage ${watcher.wide.value ? 'wide' : ''}`}>
			<div class="backdrop" aria-hidden="true">
				{show && <Thumbnail url={show.thumbnail} />}
			</div>
			<video
				id="picture"
				ref={video}
				class={live ? '' : 'gone'}
				autoplay
				playsinline
				muted
				aria-label={show ? `Live picture of ${show.title}` : 'Live picture'}
				data-way={watcher.slowness.value ? 'hls' : 'webrtc'}
			/>
			<canvas class="still" ref={still} hidden aria-hidden="true" />
			<div class="shade" aria-hidden="true" />
			<header class="stage-head">
				<a class="round glass" href="/" aria-label="All shows">
					<Back />
				</a>
				<div class="stage-who">
					<h1>{show?.title ?? 'Show'}</h1>
					<p>
						{show?.host.username ? (
							<a href={`/u/${show.host.username}`} data-testid="host-shop">
								{show.host.display_name}
							</a>
						) : (
							show?.host.display_name
						)}
						{live && (
							<>
								<span class="live-badge">Live</span>
								<span class="count" aria-label={plural(room.viewers.value, 'person watches', 'people watch')} data-testid="viewer-count">
									<Eye size={16} /> {compact(room.viewers.value)}
								</span>
								{watcher.slowness.value && playing && (
									<button type="button" class="behind" aria-label="A little behind. Why?" onClick={() => notify(behindText(watcher.slowness.value))} data-testid="behind">
										<Behind size={18} />
									</button>
								)}
							</>
						)}
					</p>
				</div>
				{live && (
					<button
						type="button"
						class="round glass"
						aria-label={muted ? 'Turn sound on' : 'Turn sound off'}
						onClick={() => setSound(muted)}
						data-testid="sound-toggle"
					>
						{muted ? <SoundOff /> : <SoundOn />}
					</button>
				)}
				<button type="button" class="round glass share" aria-label="Share this show" onClick={() => void sharePage(show?.title ?? '')}>
					<Share />
				</button>
			</header>
			{playing && muted && !chosen && (
				<button type="button" class="sound-pill" onClick={() => setSound(true)} data-testid="unmute">
					<SoundOff /> Tap for sound
				</button>
			)}
			{live && watcher.blocked.value && (
				<button type="button" class="sound-pill" onClick={() => void watcher.play()} data-testid="tap-to-play">
					<Play /> Tap to play
				</button>
			)}
			<StageStatus room={room} watcher={watcher} />
		</div>
	);
}

function StageStatus({ room, watcher }: { room: Room; watcher: Watcher }): JSX.Element {
	const status = viewerStatus(room, watcher);
	const show = room.show.value;
	return (
		<div class={`status ${status?.strip ? 'strip' : ''}`} role="status" aria-live="polite" data-testid="viewer-status">
			{status && (
				<p class="status-text">
					{status.busy && <span class="spinner" aria-hidden="true" />}
					<b>{status.text}</b>
					{status.more && <span>{status.more}</span>}
				</p>
			)}
			{room.state.value === 'banned' && (
				<button type="button" onClick={() => void room.join()}>
					Look again
				</button>
			)}
			{room.state.value === 'missing' && (
				<a class="button" href="/">
					See what is on
				</a>
			)}
			{show?.state === 'ended' && (
				<div class="status-text" data-testid="show-ended">
					<b>The show has ended.</b>
					<span>{room.closedWhy.value || `Thank you for watching ${show.host.display_name}.`}</span>
					{show.replay && (
						<a class="button primary" href={`/replay/${show.id}`} data-testid="replay-link" data-show={show.id}>
							Watch the replay
						</a>
					)}
					<a class="button" href="/">
						See what else is on
					</a>
				</div>
			)}
			{show?.state === 'scheduled' && <Upcoming room={room} />}
		</div>
	);
}

function Upcoming({ room }: { room: Room }): JSX.Element {
	const show = room.show.value!;
	const at = show.starts_at ? Date.parse(show.starts_at) : NaN;
	const left = at - now.value;
	return (
		<div class="status-text" data-testid="show-scheduled">
			<b>{Number.isNaN(at) ? 'This show has not started yet.' : when(at, serverNow())}</b>
			<span>
				{left > 0 && left < 24 * 3_600_000 ? (
					<>
						Starts in <span class="digits">{countdown(left)}</span>
					</>
				) : (
					'It starts here by itself.'
				)}
			</span>
		</div>
	);
}
