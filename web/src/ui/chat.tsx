/* Chat: the log with the newest line in sight, moderation on each line for those who may, and the composer. */
import type { Signal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { now, serverNow } from '../api/clock';
import { ApiError, codeOf } from '../api/error';
import { moderation } from '../api/moderation';
import type { Room } from '../api/room';
import { account } from '../api/session';
import type { Line } from '../api/types';
import { explain } from '../text/codes';
import { useAction } from './action';
import { countdown } from './format';
import { Ban, MuteUser, Send, Trash } from './icons';
import { notify, notifyError } from './notices';
import { Sheet } from './sheet';

const MUTE_S = 300;
const TEXT_MAX = 500;

type LogProps = { room: Room; canBan?: boolean };

export function ChatLog({ room, canBan = false }: LogProps): JSX.Element {
	const box = useRef<HTMLDivElement>(null);
	const following = useRef(true);
	const [reported, setReported] = useState<Line | null>(null);
	const lines = room.lines.value;
	/* Follow the newest line unless the reader has scrolled back to read. */
	useEffect(() => {
		const element = box.current;
		if (element && following.current) element.scrollTop = element.scrollHeight;
	}, [lines]);
	useEffect(() => {
		const element = box.current!;
		const follow = new ResizeObserver(() => {
			if (following.current) element.scrollTop = element.scrollHeight;
		});
		follow.observe(element);
		return () => follow.disconnect();
	}, []);
	const onScroll = (): void => {
		const element = box.current!;
		following.current = element.scrollHeight - element.scrollTop - element.clientHeight < 60;
	};
	return (
		<div class="chat-log" ref={box} onScroll={onScroll} role="log" aria-live="polite" aria-label="Chat" tabIndex={0} data-testid="chat-log">
			<ul>
				{lines.map((line) => (
					<ChatLine key={line.id} line={line} room={room} canBan={canBan} onReport={setReported} />
				))}
			</ul>
			{reported && <ReportSheet room={room} line={reported} onClose={() => setReported(null)} />}
		</div>
	);
}

type LineProps = { line: Line; room: Room; canBan: boolean; onReport: (line: Line) => void };

const roleNames = { viewer: '', host: 'Host', moderator: 'Moderator', admin: 'Admin' };

function ChatLine({ line, room, canBan, onReport }: LineProps): JSX.Element {
	const { author } = line;
	const mine = author.id === account.value?.id;
	const moderates = room.moderates.value;
	const canReport = !moderates && !mine && !!account.value;
	const act = (work: Promise<unknown>, done: string, undo?: () => Promise<unknown>): void => {
		const action = undo && { label: 'Undo', run: () => act(undo(), 'Taken back.') };
		void work.then(() => notify(done, 'info', action), notifyError);
	};
	const mod = moderation(room.id);
	return (
		<li
			class={`line ${moderates ? 'moderated' : ''}`}
			data-testid="chat-line"
			data-line={line.id}
			onClick={canReport ? () => onReport(line) : undefined}
		>
			<span class="line-text">
				<b class={`who by-${author.role}`}>{author.name}</b>
				{roleNames[author.role] && <span class="role">{roleNames[author.role]}</span>} <span dir="auto">{line.text}</span>
			</span>
			{canReport && (
				<button type="button" class="on-focus" onClick={() => onReport(line)}>
					Report
				</button>
			)}
			{moderates && (
				<span class="line-tools">
					<button
						type="button"
						class="round quiet"
						aria-label={`Delete what ${author.name} said`}
						data-testid="chat-delete"
						onClick={() => act(mod.remove(line), 'The message is deleted.')}
					>
						<Trash size={20} />
					</button>
					{author.role === 'viewer' && !mine && (
						<button
							type="button"
							class="round quiet"
							aria-label={`Mute ${author.name} for 5 minutes`}
							data-testid="chat-mute"
							onClick={() => act(mod.mute(line, MUTE_S), `${author.name} is muted for 5 minutes.`, () => mod.mute(line, 0))}
						>
							<MuteUser size={20} />
						</button>
					)}
					{canBan && author.role === 'viewer' && !mine && (
						<button
							type="button"
							class="round quiet"
							aria-label={`Ban ${author.name} from this show`}
							data-testid="chat-ban"
							onClick={() => act(mod.ban(line, true), `${author.name} is banned from this show.`, () => mod.ban(line, false))}
						>
							<Ban size={20} />
						</button>
					)}
				</span>
			)}
		</li>
	);
}

function ReportSheet({ room, line, onClose }: { room: Room; line: Line; onClose: () => void }): JSX.Element {
	const action = useAction();
	const report = (reason: string): void =>
		void action.run(async () => {
			await moderation(room.id).report(line, reason);
			onClose();
			notify('Thank you. The moderators will look at it.', 'good');
		});
	return (
		<Sheet title="Report this message?" onClose={onClose} testid="report-sheet">
			<blockquote>
				<b>{line.author.name}</b> {line.text}
			</blockquote>
			<div class="stack">
				{['Insult or hate', 'Fraud or spam', 'Something else'].map((reason) => (
					<button key={reason} type="button" disabled={action.busy} onClick={() => report(reason)}>
						{reason}
					</button>
				))}
				<p class="error" role="alert">
					{action.error}
				</p>
			</div>
		</Sheet>
	);
}

type ComposerProps = {
	room: Room;
	/** Asked when somebody without an account wants to speak; `then` says the line after signing in. */
	onGuest?: (then: () => void) => void;
	draft: Signal<string>;
};

export function Composer({ room, onGuest, draft }: ComposerProps): JSX.Element {
	const [busy, setBusy] = useState(false);
	const [failure, setFailure] = useState('');
	const field = useRef<HTMLInputElement>(null);
	const mutedUntil = room.mutedUntilMs.value;
	const muted = mutedUntil > serverNow() && mutedUntil > now.value;
	const say = async (): Promise<void> => {
		const text = draft.value.trim();
		if (!text || busy) return;
		if (!account.value && onGuest) {
			onGuest(() => void say());
			return;
		}
		setBusy(true);
		setFailure('');
		try {
			await room.say(text);
			/* What was typed meanwhile stays. */
			if (draft.value.trim() === text) draft.value = '';
		} catch (error) {
			if (codeOf(error) === 'unauthenticated' && onGuest) onGuest(() => void say());
			else setFailure(explainChat(error, room));
		} finally {
			setBusy(false);
		}
	};
	return (
		<form
			class="composer"
			onSubmit={(event) => {
				event.preventDefault();
				void say();
				field.current?.focus();
			}}
		>
			{failure && (
				<p class="composer-error" role="alert" data-testid="chat-error">
					{failure}
				</p>
			)}
			<input
				ref={field}
				value={draft.value}
				onInput={(event) => {
					draft.value = event.currentTarget.value;
					if (failure) setFailure('');
				}}
				maxLength={TEXT_MAX}
				placeholder={muted ? `Muted for ${countdown(mutedUntil - now.value)}` : 'Say something'}
				aria-label="Chat message"
				enterkeyhint="send"
				autocomplete="off"
				disabled={muted}
				data-testid="chat-input"
			/>
			{draft.value.trim() && (
				<button type="submit" class="round accent" aria-label="Send" aria-disabled={busy} data-testid="chat-send">
					<Send size={22} />
				</button>
			)}
		</form>
	);
}

function explainChat(error: unknown, room: Room): string {
	if (error instanceof ApiError && error.code === 'slow_mode' && room.slowS.value)
		return `Slow mode: one message every ${room.slowS.value} seconds.`;
	if (codeOf(error) === 'timeout' || codeOf(error) === 'offline') return 'Not sent yet: no connection. Please send it again.';
	return explain(error);
}
