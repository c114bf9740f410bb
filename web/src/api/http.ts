/* JSON over HTTP. The session cookie goes along by itself; nothing here sees the token. */
import { ApiError } from './error';

const TIMEOUT_MS = 20_000;

type Problem = { code?: string; detail?: string };

async function parse(response: Response): Promise<unknown> {
	if (response.status === 204) return undefined;
	const type = response.headers.get('content-type') ?? '';
	if (!type.includes('json')) {
		if (response.ok) return undefined;
		throw new ApiError(response.status === 413 ? 'too_large' : response.status === 404 ? 'not_found' : 'unavailable');
	}
	return response.json();
}

export async function send<T>(method: string, path: string, body?: unknown, timeoutMs = TIMEOUT_MS): Promise<T> {
	const raw = body instanceof Blob;
	const late = new AbortController();
	const timer = setTimeout(() => late.abort(), timeoutMs);
	const init: RequestInit = { method, signal: late.signal, headers: {} };
	if (body !== undefined) {
		init.body = raw ? body : JSON.stringify(body);
		init.headers = { 'content-type': raw ? body.type : 'application/json' };
	}
	let response: Response;
	let answer: unknown;
	try {
		response = await fetch(path, init);
		answer = await parse(response);
	} catch (error) {
		if (error instanceof ApiError) throw error;
		throw new ApiError(late.signal.aborted ? 'timeout' : 'offline');
	} finally {
		clearTimeout(timer);
	}
	if (!response.ok) {
		const problem = (answer ?? {}) as Problem;
		throw new ApiError(problem.code ?? 'internal', problem.detail ?? '', answer);
	}
	return answer as T;
}

export const get = <T>(path: string): Promise<T> => send<T>('GET', path);
export const post = <T>(path: string, body?: unknown, timeoutMs?: number): Promise<T> => send<T>('POST', path, body, timeoutMs);
export const put = <T>(path: string, body?: unknown): Promise<T> => send<T>('PUT', path, body);
export const patch = <T>(path: string, body: unknown): Promise<T> => send<T>('PATCH', path, body);
export const remove = (path: string): Promise<void> => send<void>('DELETE', path);
