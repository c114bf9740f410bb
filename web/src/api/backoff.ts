/* Growing, jittered pauses: after a server restart thousands of pages must not come back in the same instant. */
export class Backoff {
	private step = 0;

	constructor(
		private readonly firstMs: number,
		private readonly maxMs: number,
	) {}

	/** The next pause [ms], between half and all of a value that doubles up to the maximum. */
	next(): number {
		const ceiling = Math.min(this.maxMs, this.firstMs * 2 ** this.step);
		this.step = Math.min(this.step + 1, 16);
		return ceiling / 2 + (Math.random() * ceiling) / 2;
	}

	reset(): void {
		this.step = 0;
	}
}
