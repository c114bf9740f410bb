/* Before the show (and after it): the run of show, the camera's check, and the one big button. */
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { Room } from '../api/room';
import type { Publisher } from '../media/publish';
import { socket } from '../api/socket';
import type { Action } from '../ui/action';
import { broadcastText } from '../text/broadcast';
import { Settings } from '../ui/icons';
import { EndGuard } from './end-guard';
import { PublishSheet } from './publish-sheet';
import { ReplayPanel } from './replay-panel';
import { RunOfShow } from './run-of-show';

type Props = { room: Room; publisher: Publisher; action: Action; onGoLive: () => void; onEnd: () => Promise<void>; onLeave: () => void };

export function Prepare({ room, publisher, action, onGoLive, onEnd, onLeave }: Props): JSX.Element {
	const [keys, setKeys] = useState(false);
	const show = room.show.value!;
	const live = show.state === 'live';
	if (show.state === 'ended') {
		return (
			<section class="host-panel" data-testid="host-ended">
				<h2>The show has ended.</h2>
				<p>What was claimed can still be paid until each hold runs out.</p>
				<ReplayPanel show={room.id} />
				<div class="stack">
					<a class="button primary" href="/studio#orders">
						Orders to ship
					</a>
					<button type="button" onClick={onLeave}>
						Back to the studio
					</button>
				</div>
			</section>
		);
	}
	return (
		<section class="host-panel" aria-label="Before the show">
			{!publisher.stream.value && (
				<button type="button" onClick={() => void publisher.open()} data-testid="open-camera">
					Turn the camera on
				</button>
			)}
			<RunOfShow room={room} />
			<button type="button" class="quiet" onClick={() => setKeys(true)} data-testid="publish-settings">
				<Settings size={20} /> Send from another program
			</button>
			<p class="error" role="alert" data-testid="go-live-error">
				{action.error}
			</p>
			{live && <p role="status">This show is on air{show.picture ? ', with a picture from elsewhere' : ', without a picture'}.</p>}
			{show.broadcast && (
				<p role="status" data-testid="broadcast" data-state={show.broadcast.state}>
					{broadcastText(show.broadcast)}
				</p>
			)}
			<div class="go-live-row">
				<button
					type="button"
					class="primary big live-button"
					disabled={action.busy || socket.state.value !== 'open' || room.state.value !== 'joined'}
					onClick={onGoLive}
					data-testid="go-live"
				>
					{action.busy ? 'Going live…' : live ? 'Go on with this camera' : 'Go live'}
				</button>
				{live && <EndGuard viewers={room.viewers.value} onEnd={onEnd} />}
			</div>
			{keys && <PublishSheet room={room} onClose={() => setKeys(false)} />}
		</section>
	);
}
