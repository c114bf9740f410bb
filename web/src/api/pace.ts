/* What the room says is seen when the picture gets there: who watches a little behind must not be shown the next thing,
 * or its price, while the host still holds up the last. Only what the picture is about waits. What protects the buyer
 * does not: what is still there to be had (stock, held, waiting) and what is taken from the show are told at once, and
 * every press is answered by the present. */
import { serverNow } from './clock';

const LOOK_MS = 100;
const MOST_WAITING = 64; /* beyond that the oldest is told before its time */
const LONGEST_MS = 10_000; /* a picture that stands still does not hold the truth up any longer */

type Told = { atMs: number; subject: string; run: () => void };

export class Pace {
	private waiting: Told[] = [];
	private timer: ReturnType<typeof setInterval> | undefined;

	/** Where the picture is, on the server's clock [ms]; null: at the present. */
	seenMs: () => number | null = () => null;

	/** Run when the picture gets to the present moment; what is put later never runs earlier. */
	put(subject: string, run: () => void): void {
		this.waiting.push({ atMs: serverNow(), subject, run });
		this.look();
		if (this.waiting.length > 0) this.timer ??= setInterval(() => this.look(), LOOK_MS);
	}

	/** The present is what counts for this subject from now on: what waits about it is out of date. */
	forget(subject: string): void {
		this.waiting = this.waiting.filter((one) => one.subject !== subject);
	}

	/** The same for everything. */
	clear(): void {
		this.waiting = [];
		clearInterval(this.timer);
		this.timer = undefined;
	}

	private look(): void {
		const seen = this.seenMs() ?? Infinity;
		const late = serverNow() - LONGEST_MS;
		for (let first = this.waiting[0]; first; first = this.waiting[0]) {
			if (first.atMs > seen && first.atMs > late && this.waiting.length <= MOST_WAITING) return;
			this.waiting.shift();
			first.run();
		}
		this.clear();
	}
}
