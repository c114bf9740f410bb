/* For hosts who send from another program: where to, and with which key. */
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { post } from '../api/http';
import type { Room } from '../api/room';
import type { Show } from '../api/types';
import { useAction } from '../ui/action';
import { Alert } from '../ui/alert';
import { copyText } from '../ui/dom';
import { Copy } from '../ui/icons';
import { notify } from '../ui/notices';
import { Sheet } from '../ui/sheet';

export function PublishSheet({ room, onClose }: { room: Room; onClose: () => void }): JSX.Element {
	const action = useAction();
	const [shown, setShown] = useState(false);
	const key = room.show.value?.publish_key ?? '';
	const renew = async (): Promise<void> => {
		const { show } = await post<{ show: Show }>(`/api/v1/shows/${room.id}/publish-key`);
		room.setShow(show);
		notify('There is a new key. The old one no longer works.', 'good');
	};
	return (
		<Sheet title="Send from another program" onClose={onClose} testid="publish-sheet">
			<p>Any program that speaks WHIP, such as OBS, can be your camera. Keep the key to yourself: who has it can be on air as you.</p>
			<div class="stack">
				<CopyRow name="WHIP address" value={`${location.origin}/whip/${room.id}`} testid="whip-url" />
				<CopyRow name="Key (bearer token)" value={key} hidden={!shown} testid="publish-key" />
				<button type="button" class="quiet" onClick={() => setShown(!shown)} aria-pressed={shown}>
					{shown ? 'Hide the key' : 'Show the key'}
				</button>
				<button type="button" disabled={action.busy} onClick={() => void action.run(renew)} data-testid="new-key">
					Make a new key
				</button>
				<Alert text={action.error} />
			</div>
		</Sheet>
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
