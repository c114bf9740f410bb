/* What can be done about a line of chat. Lines move while one reads, so on the phone a tap first takes hold of the line;
 * at a moderator's desk the tools stand beside each. Everybody else may report. */
import type { JSX } from 'preact';
import { moderation } from '../api/moderation';
import type { Room } from '../api/room';
import { account } from '../api/session';
import type { Line } from '../api/types';
import { useAction } from './action';
import { Alert } from './alert';
import { Ban, MuteUser, Trash } from './icons';
import { notify, notifyError } from './notices';
import { Sheet } from './sheet';

const MUTE_S = 300;

type Tool = { name: string; about: string; testid: string; icon: JSX.Element; run: () => void };
type Props = { room: Room; line: Line };

function act(work: Promise<unknown>, done: string, undo?: () => Promise<unknown>): void {
	const action = undo && { label: 'Undo', run: () => act(undo(), 'Taken back.') };
	void work.then(() => notify(done, 'info', action), notifyError);
}

function toolsFor({ room, line }: Props): Tool[] {
	const { id, name, role } = line.author;
	const mod = moderation(room.id);
	const tools: Tool[] = [
		{
			name: 'Delete this message',
			about: `Delete what ${name} said`,
			testid: 'chat-delete',
			icon: <Trash size={20} />,
			run: () => act(mod.remove(line), 'The message is deleted.'),
		},
	];
	if (role !== 'viewer' || id === account.value?.id) return tools;
	tools.push({
		name: `Mute ${name} for 5 minutes`,
		about: `Mute ${name} for 5 minutes`,
		testid: 'chat-mute',
		icon: <MuteUser size={20} />,
		run: () => act(mod.mute(line, MUTE_S), `${name} is muted for 5 minutes.`, () => mod.mute(line, 0)),
	});
	tools.push({
		name: `Ban ${name} from this show`,
		about: `Ban ${name} from this show`,
		testid: 'chat-ban',
		icon: <Ban size={20} />,
		run: () => act(mod.ban(line, true), `${name} is banned from this show.`, () => mod.ban(line, false)),
	});
	return tools;
}

export function LineTools(props: Props): JSX.Element {
	return (
		<span class="line-tools">
			{toolsFor(props).map(({ about, testid, icon, run }) => (
				<button key={testid} type="button" class="round quiet" aria-label={about} data-testid={testid} onClick={run}>
					{icon}
				</button>
			))}
		</span>
	);
}

export function LineSheet({ room, line, onClose }: Props & { onClose: () => void }): JSX.Element {
	const moderates = room.moderates.value;
	return (
		<Sheet title={moderates ? 'This message' : 'Report this message?'} onClose={onClose} testid={moderates ? 'line-tools-sheet' : 'report-sheet'}>
			<blockquote>
				<b>{line.author.name}</b> <span dir="auto">{line.text}</span>
			</blockquote>
			{moderates ? <Moderate room={room} line={line} onClose={onClose} /> : <Report room={room} line={line} onClose={onClose} />}
		</Sheet>
	);
}

function Moderate({ room, line, onClose }: Props & { onClose: () => void }): JSX.Element {
	return (
		<div class="menu">
			{toolsFor({ room, line }).map(({ name, testid, icon, run }) => (
				<button
					key={testid}
					type="button"
					data-testid={testid}
					onClick={() => {
						onClose();
						run();
					}}
				>
					{icon} {name}
				</button>
			))}
		</div>
	);
}

function Report({ room, line, onClose }: Props & { onClose: () => void }): JSX.Element {
	const action = useAction();
	const report = (reason: string): void =>
		void action.run(async () => {
			await moderation(room.id).report(line, reason);
			onClose();
			notify('Thank you. The moderators will look at it.', 'good');
		});
	return (
		<div class="stack">
			{['Insult or hate', 'Fraud or spam', 'Something else'].map((reason) => (
				<button key={reason} type="button" disabled={action.busy} onClick={() => report(reason)}>
					{reason}
				</button>
			))}
			<Alert text={action.error} />
		</div>
	);
}
