/* The host's own picture, with what matters about the line on top of it. */
import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { now } from '../api/clock';
import type { Room } from '../api/room';
import { socket } from '../api/socket';
import type { PeerVideo } from '../media/negotiate';
import type { Publisher } from '../media/publish';
import type { Layer } from '../media/quality';
import { compact, countdown, plural } from '../ui/format';
import { Back, Eye, Flip, Mic, MicOff, Signal } from '../ui/icons';
import { Sheet } from '../ui/sheet';

export function Preview({ publisher, room, onAir }: { publisher: Publisher; room: Room; onAir: boolean }): JSX.Element {
	const video = useRef<PeerVideo>(null);
	const [lineOpen, setLineOpen] = useState(false);
	const [wide, setWide] = useState(false);
	useEffect(() => {
		const element = video.current!;
		element.muted = true;
		element.onresize = () => setWide(element.videoWidth > element.videoHeight * 1.05);
		publisher.attach(video.current);
		return () => publisher.attach(null);
	}, [publisher]);
	const show = room.show.value;
	const camera = publisher.stream.value !== null;
	return (
		<div class={`stage host-stage ${wide ? 'wide' : ''}`}>
			<video
				id="preview"
				ref={video}
				class={publisher.facing.value === 'user' ? 'mirrored' : ''}
				autoplay
				playsinline
				muted
				aria-label="Your own picture"
			/>
			<div class="shade" aria-hidden="true" />
			<header class="stage-head">
				{!onAir && (
					<a class="round glass" href="/studio" aria-label="Back to the studio">
						<Back />
					</a>
				)}
				<div class="stage-who">
					<h1>{show?.title ?? 'Show'}</h1>
					{onAir && (
						<p>
							<span class="live-badge" data-testid="on-air">
								Live
							</span>
							<span class="digits">{countdown(Math.max(0, now.value - (show?.started_ms ?? now.value)))}</span>
							<span class="count" aria-label={plural(room.viewers.value, 'person watches', 'people watch')} data-testid="viewer-count">
								<Eye size={16} /> {compact(room.viewers.value)}
							</span>
						</p>
					)}
				</div>
				{onAir && <LineButton publisher={publisher} onOpen={() => setLineOpen(true)} />}
				{camera && (
					<>
						<button
							type="button"
							class="round glass"
							aria-pressed={!publisher.micOn.value}
							aria-label={publisher.micOn.value ? 'Mute the microphone' : 'Unmute the microphone'}
							onClick={() => publisher.setMic(!publisher.micOn.value)}
							data-testid="mic-toggle"
						>
							{publisher.micOn.value ? <Mic /> : <MicOff />}
						</button>
						<button type="button" class="round glass" aria-label="Use the other camera" onClick={() => void publisher.flip()} data-testid="flip-camera">
							<Flip />
						</button>
					</>
				)}
			</header>
			<div class="status strip" role="status" aria-live="polite" data-testid="studio-status">
				<HostStatus publisher={publisher} room={room} onAir={onAir} />
			</div>
			{lineOpen && <LineSheet publisher={publisher} onClose={() => setLineOpen(false)} />}
		</div>
	);
}

function HostStatus({ publisher, room, onAir }: { publisher: Publisher; room: Room; onAir: boolean }): JSX.Element | null {
	const state = publisher.state.value;
	let text = publisher.problem.value;
	let busy = false;
	if (!text && onAir) {
		busy = true;
		if (socket.state.value !== 'open') text = 'Reconnecting to the server…';
		else if (state === 'connecting') text = 'Going on air…';
		else if (state === 'reconnecting') text = 'Your picture is interrupted. Reconnecting…';
		else if (!room.show.value?.picture) text = 'Waiting for the picture to arrive at the server…';
		else if (!publisher.micOn.value) {
			text = 'Your microphone is muted.';
			busy = false;
		}
	}
	if (!text) return null;
	return (
		<p class="status-text">
			{busy && <span class="spinner" aria-hidden="true" />}
			<b>{text}</b>
		</p>
	);
}

const words = { good: 'Line good', fair: 'Line fair', poor: 'Line poor' };

function LineButton({ publisher, onOpen }: { publisher: Publisher; onOpen: () => void }): JSX.Element {
	const quality = publisher.quality.value;
	const word = publisher.state.value === 'on' ? (quality?.word ?? 'good') : 'poor';
	return (
		<button type="button" class={`round glass line-${word}`} aria-label={`${words[word]}. Show details`} onClick={onOpen} data-testid="line-quality" data-quality={word}>
			<Signal />
		</button>
	);
}

/* Viewers get the best that their line carries; a size that this line does not carry is not sent. */
const sizeOf = (layer: Layer): string => (layer.fps > 0 ? `${layer.height} at ${(layer.bitrate / 1e6).toFixed(1)} Mbit/s` : 'one held back');

function LineSheet({ publisher, onClose }: { publisher: Publisher; onClose: () => void }): JSX.Element {
	const line = publisher.quality.value;
	const rows: [string, string][] = line
		? [
				['Line', { good: 'Good', fair: 'Fair', poor: 'Poor' }[line.word]],
				['Picture', line.width ? `${line.width} × ${line.height}, ${Math.round(line.fps)} frames a second` : 'none yet'],
				...(line.layers.length > 1 ? [['Sizes', line.layers.map(sizeOf).join(', ')] as [string, string]] : []),
				['Sent', `${(line.bitrate / 1e6).toFixed(1)} Mbit/s`],
				['Way there and back', line.rttMs === null ? 'not measured yet' : `${Math.round(line.rttMs)} ms`],
				['Lost on the way', line.loss === null ? 'not measured yet' : `${(line.loss * 100).toFixed(1)} %`],
				['Held back by', { cpu: 'this device is busy', bandwidth: 'the network' }[line.limited] ?? 'nothing'],
			]
		: [];
	return (
		<Sheet title="Your line" onClose={onClose} testid="line-sheet">
			{rows.length === 0 && <p>Nothing measured yet.</p>}
			<dl class="facts">
				{rows.map(([name, value]) => (
					<div key={name}>
						<dt>{name}</dt>
						<dd>{value}</dd>
					</div>
				))}
			</dl>
		</Sheet>
	);
}
