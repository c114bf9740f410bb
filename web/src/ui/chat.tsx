/* Chat: the log with the newest line in sight, moderation on each line for those who may, and the composer. */
import type { Signal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { now, serverNow } from '../api/clock';
import { ApiError, codeOf } from '../api/error';
import type { Room } from '../api/room';
import { account } from '../api/session';
import type { Line } from '../api/types';
import { explain } from '../text/codes';
import { submitting } from './action';
import { countdown } from './format';
import { Send } from './icons';
import { LineSheet, LineTools } from './line-tools';

const TEXT_MAX = 500;

/** `desk`: a moderator's own page, with the tools on every line; elsewhere a tap on a line opens them. */
type LogProps = { room: Room; desk?: boolean };

export function ChatLog({ room, desk = false }: LogProps): JSX.Element {
	const box = useRef<HTMLDivElement>(null);
	const following = useRef(true);
	const [chosen, setChosen] = useState<Line | null>(null);
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
					<ChatLine key={line.id} line={line} room={room} desk={desk} onChoose={setChosen} />
				))}
			</ul>
			{desk && lines.length === 0 && <p class="empty">Nobody has said anything yet.</p>}
			{chosen && <LineSheet room={room} line={chosen} onClose={() => setChosen(null)} />}
		</div>
	);
}

type LineProps = { line: Line; room: Room; desk: boolean; onChoose: (line: Line) => void };

const roleNames = { viewer: '', host: 'Host', moderator: 'Moderator', admin: 'Admin' };

function ChatLine({ line, room, desk, onChoose }: LineProps): JSX.Element {
	const { author } = line;
	const moderates = room.moderates.value;
	const tools = desk && moderates;
	/* One's own line can only be taken away, and only by who moderates. */
	const opens = !tools && (moderates || (!!account.value && author.id !== account.value.id));
	return (
		<li
			class={`line ${tools ? 'moderated' : ''}`}
			data-testid="chat-line"
			data-line={line.id}
			onClick={opens ? () => onChoose(line) : undefined}
		>
			<span class="line-text">
				<b class={`who by-${author.role}`}>{author.name}</b>
				{roleNames[author.role] && <span class="role">{roleNames[author.role]}</span>} <span dir="auto">{line.text}</span>
			</span>
			{opens && (
				<button type="button" class="on-focus" onClick={() => onChoose(line)}>
					{moderates ? 'Moderate' : 'Report'}
				</button>
			)}
			{tools && <LineTools room={room} line={line} />}
		</li>
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
			onSubmit={submitting(() => {
				void say();
				field.current?.focus();
			})}
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
