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

/** The longest time [ms] that a video stood still while it was watched for `watch_ms`. */
export const watchFreezes = (page, selector, watch_ms) => page.evaluate(({ query, ms }) => new Promise((resolve) => {
  const video = document.querySelector(query), start = performance.now();
  let last = start, longest = 0;
  const look = () => {
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
    now - start > ms ? resolve(longest) : video.requestVideoFrameCallback(look);
  };
  video.requestVideoFrameCallback(look);
  setTimeout(() => resolve(Math.max(longest, performance.now() - last)), ms + 2000);
}), { query: selector, ms: watch_ms });

/** By how many ms the audio that plays is ahead of the picture shown, by the sender's clock; undefined where the browser does not tell. */
export const syncOf = (page, selector) => page.evaluate(async (query) => {
  const all = [...(await document.querySelector(query).peer.getStats()).values()].filter((s) => s.type === "inbound-rtp");
  const at = (kind) => all.find((s) => s.kind === kind)?.estimatedPlayoutTimestamp;
  return at("audio") && at("video") ? at("audio") - at("video") : undefined;
}, selector);
