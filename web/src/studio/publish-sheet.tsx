/* For hosts who send from another program: where to, and with which key, as each program wants it. */
import type { ComponentChildren, JSX } from 'preact';
import { useState } from 'preact/hooks';
import { post, send } from '../api/http';
import type { Room } from '../api/room';
import type { Ingest, Show } from '../api/types';
import { broadcastText } from '../text/broadcast';
import { useAction } from '../ui/action';
import { Alert } from '../ui/alert';
import { ConfirmSheet } from '../ui/confirm-sheet';
import { copyText } from '../ui/dom';
import { Copy } from '../ui/icons';
import { notify } from '../ui/notices';
import { Sheet } from '../ui/sheet';

export function PublishSheet({ room, onClose }: { room: Room; onClose: () => void }): JSX.Element {
	const action = useAction();
	const [shown, setShown] = useState(false);
	const [revoking, setRevoking] = useState(false);
	const show = room.show.value;
	const ingest = show?.ingest;
	const path = `/api/v1/shows/${room.id}/publish-key`;
	const renew = async (): Promise<void> => {
		const had = !!show?.publish_key;
		room.setShow((await post<{ show: Show }>(path)).show);
		notify(had ? 'There is a new key. The old one no longer works.' : 'There is a key again.', 'good');
	};
	const revoke = async (): Promise<void> => {
		room.setShow((await send<{ show: Show }>('DELETE', path)).show);
		setRevoking(false);
		notify('The key is gone: no other program can send to this show.', 'good');
	};
	return (
		<Sheet title="Send from another program" onClose={onClose} testid="publish-sheet">
			<p>A broadcast app can be your camera. Keep the key to yourself: who has it can be on air as you.</p>
			{show?.broadcast && (
				<p role="status" data-testid="broadcast" data-state={show.broadcast.state}>
					{broadcastText(show.broadcast)}
				</p>
			)}
			<div class="stack">
				{ingest ? (
					<>
						<button type="button" class="quiet" onClick={() => setShown(!shown)} aria-pressed={shown} data-testid="key-show">
							{shown ? 'Hide the key' : 'Show the key'}
						</button>
						<Apps ingest={ingest} hidden={!shown} />
					</>
				) : (
					<p data-testid="no-key">There is no key: no other program can send to this show.</p>
				)}
				<button type="button" disabled={action.busy} onClick={() => void action.run(renew)} data-testid="new-key">
					{ingest ? 'Make a new key' : 'Make a key'}
				</button>
				{ingest && (
					<button type="button" class="danger" disabled={action.busy} onClick={() => setRevoking(true)} data-testid="revoke-key">
						Take the key away
					</button>
				)}
				<Alert text={action.error} />
			</div>
			{revoking && (
				<ConfirmSheet title="Take the key away?" stay="Keep it" go="Take it away" onGo={revoke} onClose={() => setRevoking(false)} testid="revoke-sheet" goTestid="revoke-confirm">
					<p>A program that sends with it now is cut off. You can make another key at any time.</p>
				</ConfirmSheet>
			)}
		</Sheet>
	);
}

function Apps({ ingest: { whip, srt, rtmp }, hidden }: { ingest: Ingest; hidden: boolean }): JSX.Element {
	return (
		<>
			<App name="OBS (WHIP)" open>
				<p class="hint">In its settings under Stream choose the service WHIP.</p>
				<CopyRow name="Server" value={new URL(whip.url, location.origin).href} testid="whip-url" />
				<CopyRow name="Bearer token" value={whip.token} hidden={hidden} testid="publish-key" />
			</App>
			{srt && (
				<App name="Larix, on a phone (SRT)">
					<p class="hint">Make a connection with this address; the stream id has a field of its own.</p>
					<CopyRow name="URL" value={srt.url} testid="srt-url" />
					<CopyRow name="Stream id" value={srt.streamid} hidden={hidden} testid="srt-streamid" />
					{srt.passphrase && <p class="hint">This server also wants a passphrase: whoever runs it tells you.</p>}
				</App>
			)}
			{srt && (
				<App name="Others, by SRT">
					<p class="hint">In one piece, as OBS (service: custom) and ffmpeg take it.</p>
					<CopyRow name="SRT address" value={srt.paste} hidden={hidden} testid="srt-paste" />
				</App>
			)}
			{rtmp && (
				<App name="Others, by RTMP">
					<p class="hint">For what speaks neither WHIP nor SRT. It takes a second or two longer.</p>
					<CopyRow name="Server" value={rtmp.server} testid="rtmp-server" />
					<CopyRow name="Stream key" value={rtmp.stream_key} hidden={hidden} testid="rtmp-key" />
				</App>
			)}
		</>
	);
}

function App({ name, open = false, children }: { name: string; open?: boolean; children: ComponentChildren }): JSX.Element {
	return (
		<details class="app" open={open}>
			<summary>{name}</summary>
			<div class="stack">{children}</div>
		</details>
	);
}

function CopyRow({ name, value, hidden = false, testid }: { name: string; value: string; hidden?: boolean; testid: string }): JSX.Element {
	return (
		<div class="copy-row">
			<span>
				<span class="label">{name}</span>
				<code data-testid={testid}>{hidden ? '••••••••••••' : value}</code>
			</span>
			<button
				type="button"
				class="round quiet"
				aria-label={`Copy: ${name}`}
				onClick={() => void copyText(value).then((done) => notify(done ? 'Copied.' : 'This browser does not let pages copy. Please mark the text and copy it.'))}
			>
				<Copy />
			</button>
		</div>
	);
}
