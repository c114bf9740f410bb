/* The server's clock, as far as this device can tell: deadlines are the server's, and phones are minutes off. */
import { signal } from '@preact/signals';

let offsetMs = 0;
let bestRttMs = Infinity;

/** Learn from a reply: sent and received on this device's clock, `now` on the server's. The shortest round trip wins. */
export function learnClock(sentMs: number, receivedMs: number, now: number): void {
	const rtt = receivedMs - sentMs;
	const offset = now + rtt / 2 - receivedMs;
	/* A clock that was set meanwhile shows as a jump no round trip explains. */
	if (rtt <= bestRttMs || Math.abs(offset - offsetMs) > rtt + 2000) {
		bestRttMs = rtt;
		offsetMs = offset;
	}
}

export const serverNow = (): number => Date.now() + offsetMs;

/** The server's time, moving four times a second while somebody looks: read it in a component to count along. */
let timer: ReturnType<typeof setInterval> | undefined;
export const now = signal(serverNow(), {
	watched: () => {
		now.value = serverNow();
		timer = setInterval(() => (now.value = serverNow()), 250);
	},
	unwatched: () => clearInterval(timer),
});
