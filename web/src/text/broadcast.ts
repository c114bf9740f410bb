/* How a broadcast app does, in words that tell the host what to change in it. */
import type { Broadcast } from '../api/types';

const ways = { srt: 'SRT', rtmp: 'RTMP' };

export const broadcastText = ({ via, state }: Broadcast): string =>
	state === 'on' ? `Your broadcast app is on the line (${ways[via]}).` : `Your broadcast app is gone (${ways[via]}). The show waits for it.`;

const problems: Record<string, string> = {
	b_frames: 'Your app sends B-frames, which live viewers cannot play. Set “B-frames” to 0, or the profile to Baseline.',
	codec: 'Your app sends a kind of video that cannot be used here. Set it to H.264.',
	audio_codec: 'Your app sends a kind of sound that cannot be used here. Set it to AAC.',
	keyframes: 'Your app sends keyframes rarely, so viewers wait for the picture. Set the keyframe interval to 2 seconds or less.',
	too_fast: 'Your app sends more than this server takes. Set a lower bitrate.',
	no_time: 'This server has no time to convert your picture. Set “B-frames” to 0 in your app.',
	replaced: 'Another program has taken over with your key.',
};

/** @param text the server's words, for what is not known here. */
export const problemText = (code: string, text: string): string => problems[code] ?? text;
