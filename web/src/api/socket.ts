/* The one WebSocket of the page: requests with replies, events, and a connection that comes back by itself. */
import { signal } from '@preact/signals';
import { Backoff } from './backoff';
import { learnClock } from './clock';
import { ApiError } from './error';
import type { Events } from './types';

const REPLY_MS = 12_000;
const SILENCE_MS = 25_000; /* then ask whether the line still lives; a browser does not show the server's pings */
const OFFLINE_MS = 2500; /* the device says that it has no network, which may not be the one that leads to the server */
const CONNECT_MS = 10_000;
const STABLE_MS = 8_000; /* only a connection that lasted resets the pauses */

export type LinkState = 'idle' | 'connecting' | 'open' | 'waiting';
type Reply = Record<string, unknown> & { type: string; id?: number; code?: string; detail?: string };
type Pending = { resolve: (reply: never) => void; reject: (error: ApiError) => void; sentMs: number; timer: number };
type Handler = (message: never) => void;

class Socket {
	readonly state = signal<LinkState>('idle');
	/** The last close: restarting (1001), refused (1008), slow (4000), or simply lost. */
	readonly reason = signal<'lost' | 'restarting' | 'refused' | 'slow'>('lost');
	private ws: WebSocket | undefined;
	private pending = new Map<number, Pending>();
	private handlers = new Map<string, Set<Handler>>();
	private openers = new Set<() => void>();
	private lastId = 0;
	private openedMs = 0;
	private heardMs = 0;
	private retry: number | undefined;
	private readonly backoff = new Backoff(600, 15_000);

	/** Connect, once; later calls do nothing. */
	start(): void {
		if (this.state.value !== 'idle') return;
		addEventListener('online', () => this.hurry());
		addEventListener('offline', () => this.probe(OFFLINE_MS));
		addEventListener('pageshow', () => this.hurry());
		document.addEventListener('visibilitychange', () => !document.hidden && this.hurry());
		setInterval(() => this.watch(), 5000);
		this.connect();
	}

	/** Run now if open, and after every reconnect. @return stop. */
	onOpen(fn: () => void): () => void {
		this.openers.add(fn);
		if (this.state.value === 'open') fn();
		return () => void this.openers.delete(fn);
	}

	/** Connect if need be; resolves when the connection stands. */
	whenOpen(): Promise<void> {
		this.start();
		return new Promise((resolve) => {
			const stop = this.onOpen(() => {
				resolve();
				queueMicrotask(() => stop());
			});
		});
	}

	on<K extends keyof Events>(type: K, fn: (event: Events[K]) => void): () => void {
		const set = this.handlers.get(type) ?? new Set();
		this.handlers.set(type, set.add(fn as Handler));
		return () => void set.delete(fn as Handler);
	}

	/** Send and wait for the reply. Rejects with ApiError: the server's code, `offline`, or `timeout`. */
	request<T>(type: string, fields: Record<string, unknown> = {}): Promise<T> {
		const ws = this.ws;
		if (!ws || ws.readyState !== WebSocket.OPEN) return Promise.reject(new ApiError('offline'));
		const id = ++this.lastId;
		return new Promise<T>((resolve, reject) => {
			const timer = window.setTimeout(() => {
				this.pending.delete(id);
				reject(new ApiError('timeout'));
			}, REPLY_MS);
			this.pending.set(id, { resolve, reject, sentMs: Date.now(), timer });
			ws.send(JSON.stringify({ type, id, ...fields }));
		});
	}

	private connect(): void {
		clearTimeout(this.retry);
		this.state.value = 'connecting';
		const scheme = location.protocol === 'https:' ? 'wss' : 'ws';
		const ws = new WebSocket(`${scheme}://${location.host}/ws`, 'trunkshow.v1');
		this.ws = ws;
		const slow = window.setTimeout(() => ws.close(), CONNECT_MS);
		ws.onopen = () => {
			clearTimeout(slow);
			this.openedMs = this.heardMs = Date.now();
			this.state.value = 'open';
			for (const fn of [...this.openers]) fn();
		};
		ws.onmessage = (event) => this.receive(event.data);
		ws.onclose = (event) => {
			clearTimeout(slow);
			if (this.ws === ws) this.lost(event.code);
		};
	}

	private receive(data: unknown): void {
		this.heardMs = Date.now();
		let messages: unknown;
		try {
			messages = JSON.parse(String(data));
		} catch {
			return;
		}
		if (!Array.isArray(messages)) return;
		for (const message of messages as Reply[]) {
			if (message.type === 'ok' || message.type === 'error') this.settle(message);
			else for (const fn of this.handlers.get(message.type) ?? []) fn(message as never);
		}
	}

	private settle(reply: Reply): void {
		const waiting = this.pending.get(reply.id as number);
		if (!waiting) return;
		this.pending.delete(reply.id as number);
		clearTimeout(waiting.timer);
		if (typeof reply.now_ms === 'number') learnClock(waiting.sentMs, Date.now(), reply.now_ms);
		if (reply.type === 'ok') waiting.resolve(reply as never);
		else waiting.reject(new ApiError(reply.code ?? 'internal', reply.detail ?? '', reply));
	}

	private lost(code: number): void {
		this.ws = undefined;
		/* An attempt that never got through says nothing new: what ended the last connection stays the reason. */
		if (this.openedMs)
			this.reason.value = code === 1001 ? 'restarting' : code === 1008 ? 'refused' : code === 4000 ? 'slow' : 'lost';
		for (const waiting of this.pending.values()) {
			clearTimeout(waiting.timer);
			waiting.reject(new ApiError('offline'));
		}
		this.pending.clear();
		if (this.openedMs && Date.now() - this.openedMs > STABLE_MS) this.backoff.reset();
		this.openedMs = 0;
		/* Refused means banned or flooding: knocking again at once would only prolong it. */
		const pause = this.reason.value === 'refused' ? 15_000 + Math.random() * 15_000 : this.backoff.next();
		this.state.value = 'waiting';
		this.retry = window.setTimeout(() => this.connect(), pause);
	}

	/** The network or the page is back: try now rather than at the end of the pause. */
	private hurry(): void {
		if (this.state.value === 'waiting' && this.reason.value !== 'refused') this.connect();
		else this.watch();
	}

	private watch(): void {
		if (Date.now() - this.heardMs >= SILENCE_MS) this.probe(REPLY_MS);
	}

	/** Ask for a sign of life; without one in time the connection is taken for lost. */
	private probe(limitMs: number): void {
		const ws = this.ws;
		if (this.state.value !== 'open' || !ws) return;
		const asked = Date.now();
		void this.request('hello').catch(() => undefined);
		setTimeout(() => {
			if (this.ws !== ws || this.heardMs >= asked) return;
			/* Close does not wait for a peer that is gone: lost() runs now, the socket's own event is ignored then. */
			ws.close();
			this.lost(1006);
		}, limitMs);
	}
}

export const socket = new Socket();
