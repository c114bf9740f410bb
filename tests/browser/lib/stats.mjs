// What a page's own RTCPeerConnection says about the picture it shows.

/** @returns {framesDecoded, freezes, audioEnergy, video, srtpCipher, …} of the peer behind a video element. */
export const statsOf = (page, selector) => page.evaluate(async (query) => {
  const all = [...(await document.querySelector(query).peer.getStats()).values()];
  const find = (type, kind) => all.find((s) => s.type === type && (!kind || s.kind === kind)) ?? {};
  const video = find("inbound-rtp", "video"), audio = find("inbound-rtp", "audio");
  return {
    framesDecoded: video.framesDecoded ?? 0,
    framesDropped: video.framesDropped ?? 0,
    size: `${video.frameWidth}x${video.frameHeight}`,
    freezes: video.freezeCount ?? 0,
    packetsLost: video.packetsLost ?? 0,
    pli: video.pliCount ?? 0,
    keyframes: video.keyFramesDecoded ?? 0,
    jitterBuffer_ms: Math.round((1000 * video.jitterBufferDelay) / video.jitterBufferEmittedCount),
    audioEnergy: audio.totalAudioEnergy ?? 0,
    concealed: audio.totalSamplesReceived ? (audio.concealedSamples ?? 0) / audio.totalSamplesReceived : 0,
    video: all.find((s) => s.id === video.codecId)?.mimeType ?? "",
    srtpCipher: find("transport").srtpCipher ?? "",
  };
}, selector);

/** Watches a video for `watch_ms`. Resolves to {longest, stills}: the longest time [ms] that it stood still, and each time over `still_ms`,
 *  told apart by the frame's own clocks where the browser gives them: a camera or encoder that skipped frames (`taken`, the RTP clock's gap),
 *  a frame that came late (`came`, the gap between arrivals), or one that was there and shown late (neither). */
export const watchStills = (page, selector, watch_ms, still_ms = 150) => page.evaluate(({ query, ms, limit }) => new Promise((resolve) => {
  const video = document.querySelector(query), start = performance.now();
  const stills = [];
  let last = start, longest = 0, before = {};
  const done = () => resolve({ longest: Math.max(longest, performance.now() - last), stills });
  const look = (_, frame) => {
    const now = performance.now(), gap = now - last;
    longest = Math.max(longest, gap);
    if (gap > limit && before.rtpTimestamp !== undefined)
      stills.push({ at: Math.round(now - start), gap: Math.round(gap), taken: Math.round(((frame.rtpTimestamp - before.rtpTimestamp) >>> 0) / 90),
        came: Math.round(frame.receiveTime - before.receiveTime), processed: Math.round(1000 * (frame.processingDuration ?? 0)) });
    last = now;
    before = frame;
    now - start > ms ? done() : video.requestVideoFrameCallback(look);
  };
  video.requestVideoFrameCallback(look);
  setTimeout(done, ms + 2000);
}), { query: selector, ms: watch_ms, limit: still_ms });

/** By how many ms the audio that plays is ahead of the picture shown, by the sender's clock; undefined where the browser does not tell. */
export const syncOf = (page, selector) => page.evaluate(async (query) => {
  const all = [...(await document.querySelector(query).peer.getStats()).values()].filter((s) => s.type === "inbound-rtp");
  const at = (kind) => all.find((s) => s.kind === kind)?.estimatedPlayoutTimestamp;
  return at("audio") && at("video") ? at("audio") - at("video") : undefined;
}, selector);
