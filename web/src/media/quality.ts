/* How good the host's line is, from getStats: numbers for those who want them, one word for the rest. */

export type LineNumbers = {
	rttMs: number | null;
	loss: number | null; /**< part lost on the way to the server, 0 to 1 */
	bitrate: number; /**< [bit/s] */
	fps: number;
	framesSent: number; /**< since the last measurement */
	width: number;
	height: number;
	limited: string; /**< 'cpu' or 'bandwidth' when the browser says that this holds the picture back */
	layers: Layer[]; /**< the picture's sizes, best first; one where it goes out in one piece */
};

/** One size of the picture; nothing is sent of one that is held back. */
export type Layer = { width: number; height: number; fps: number; bitrate: number };

export type LineQuality = LineNumbers & { word: 'good' | 'fair' | 'poor' };

type Report = Record<string, number | string | boolean | undefined> & { type: string };

export class LineMeter {
	private lastMs = 0;
	private lastBytes = 0;
	private lastFrames = 0;
	private lastLayers = new Map<unknown, number>();

	reset(): void {
		this.lastMs = this.lastBytes = this.lastFrames = 0;
		this.lastLayers.clear();
	}

	async measure(peer: RTCPeerConnection): Promise<LineNumbers> {
		const line: LineNumbers = { rttMs: null, loss: null, bitrate: 0, fps: 0, framesSent: 0, width: 0, height: 0, limited: '', layers: [] };
		const now = Date.now();
		const seconds = this.lastMs ? (now - this.lastMs) / 1000 : 0;
		let bytes = 0;
		let frames = 0;
		for (const report of (await peer.getStats()).values() as Iterable<Report>) {
			if (report.type === 'outbound-rtp') {
				bytes += Number(report.bytesSent ?? 0);
				if (report.kind === 'video') {
					frames += Number(report.framesEncoded ?? 0);
					line.layers.push(this.layer(report, seconds));
					line.limited ||= String(report.qualityLimitationReason ?? '').replace('none', '');
				}
			} else if (report.type === 'remote-inbound-rtp' && report.kind === 'video') {
				if (report.fractionLost !== undefined) line.loss = Math.max(line.loss ?? 0, Number(report.fractionLost));
				if (report.roundTripTime !== undefined) line.rttMs = Number(report.roundTripTime) * 1000;
			} else if (report.type === 'candidate-pair' && report.nominated && line.rttMs === null) {
				if (report.currentRoundTripTime !== undefined) line.rttMs = Number(report.currentRoundTripTime) * 1000;
			}
		}
		line.layers.sort((a, b) => b.width * b.height - a.width * a.height || b.bitrate - a.bitrate);
		/* The picture that the host gives is the best that leaves. */
		const best = line.layers.find((layer) => layer.fps > 0) ?? line.layers[0];
		if (best) ({ width: line.width, height: line.height, fps: line.fps } = best);
		if (seconds > 0) line.bitrate = Math.max(0, ((bytes - this.lastBytes) * 8) / seconds);
		line.framesSent = Math.max(0, frames - this.lastFrames);
		this.lastMs = now;
		this.lastBytes = bytes;
		this.lastFrames = frames;
		return line;
	}

	private layer(report: Report, seconds: number): Layer {
		const bytes = Number(report.bytesSent ?? 0);
		const before = this.lastLayers.get(report.ssrc) ?? bytes;
		this.lastLayers.set(report.ssrc, bytes);
		return {
			width: Number(report.frameWidth ?? 0),
			height: Number(report.frameHeight ?? 0),
			fps: Number(report.framesPerSecond ?? 0),
			bitrate: seconds > 0 ? Math.max(0, ((bytes - before) * 8) / seconds) : 0,
		};
	}
}

export function judge(line: LineNumbers): LineQuality {
	const loss = line.loss ?? 0;
	const rtt = line.rttMs ?? 0;
	let word: LineQuality['word'] = 'good';
	if (loss > 0.03 || rtt > 250 || line.fps < 20 || (line.limited === 'bandwidth' && line.bitrate < 900_000)) word = 'fair';
	if (loss > 0.1 || rtt > 600 || line.fps < 10 || (line.limited === 'bandwidth' && line.bitrate < 250_000)) word = 'poor';
	return { ...line, word };
}
