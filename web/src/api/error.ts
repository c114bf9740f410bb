/* One kind of failure for HTTP and WebSocket alike: `code` is a word of the protocol, or one of ours:
 * `offline` (never reached the server), `timeout` (no answer in time; it may have been done). */
export class ApiError extends Error {
	constructor(
		readonly code: string,
		readonly detail = '',
		readonly body: unknown = undefined,
	) {
		super(detail || code);
	}
}

/** True when nobody knows whether the server did it: only a repeat with the same key is safe. */
export const isUncertain = (error: unknown): boolean =>
	error instanceof ApiError && ['offline', 'timeout', 'retry', 'unavailable', 'internal'].includes(error.code);

export const codeOf = (error: unknown): string => (error instanceof ApiError ? error.code : 'internal');
