/* Every code of the protocol as a sentence for people. The one file to translate for errors. */
import { ApiError } from '../api/error';

const sentences: Record<string, string> = {
	bad_request: 'Something in there is not right. Please check it and try again.',
	bad_json: 'The page and the server misunderstood each other. Please reload the page.',
	too_large: 'That is too big. Please send something smaller.',
	unauthenticated: 'Please sign in first.',
	forbidden: 'You are not allowed to do that.',
	not_found: 'That is no longer there.',
	conflict: 'That does not fit what is there now. Please look again.',
	key_conflict: 'This was already sent in another form. Please look again before repeating it.',
	price_changed: 'The price has changed.',
	sold_out: 'Sold out. Somebody was faster.',
	limit: 'You are holding as much as one buyer may. Check out or give something back first.',
	rate_limited: 'That was a bit fast. Please wait a moment.',
	muted: 'You are muted in this chat for now.',
	banned: 'You can no longer take part in this show.',
	slow_mode: 'Slow mode is on. Please wait a little before the next message.',
	not_live: 'The show is not live right now.',
	expired: 'The time for this has run out.',
	payment_declined: 'The card was declined. Nothing was charged. Please try another card.',
	unsupported_media: 'This kind of file cannot be used. Please choose a JPEG, PNG or WebP picture.',
	unsupported_codec: 'This browser cannot play the host’s picture.',
	retry: 'That did not get through. Please try again.',
	unavailable: 'The server cannot do that just now. Please try again in a moment.',
	internal: 'Something went wrong on our side. Please try again.',
	offline: 'No connection to the server. Please check the network and try again.',
	timeout: 'The server did not answer in time. Please try again.',
};

/* For these the server's own detail names the field or the limit, which helps more than the general sentence. */
const detailed = new Set(['bad_request', 'conflict', 'expired', 'limit', 'too_large', 'unsupported_media', 'slow_mode']);

export function sentence(code: string, detail = ''): string {
	if (detail && detailed.has(code)) {
		/* The server names a field as the protocol does: "display_name" is too long. */
		const named = detail.replace(/^"(\w+)"/, (_, field: string) => `the ${field.replace(/_/g, ' ')}`);
		const text = named.charAt(0).toUpperCase() + named.slice(1);
		return /[.!?]$/.test(text) ? text : `${text}.`;
	}
	return sentences[code] ?? sentences.internal!;
}

export function explain(error: unknown): string {
	if (error instanceof ApiError) return sentence(error.code, error.detail);
	console.error(error);
	return sentence('internal');
}

/** Codec names as people know them from their settings. */
export const codecName = (codec: string | undefined): string =>
	({ h264: 'H.264', vp8: 'VP8', vp9: 'VP9', av1: 'AV1', h265: 'H.265' })[(codec ?? '').toLowerCase()] ?? codec ?? 'video';
