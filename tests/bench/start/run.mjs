// How soon who joins in the middle of a show sees a picture, in real browsers: from the answer to the first decoded frame, then ten seconds
// of freezes and of sound beside picture; with the keyframe cache and without it (each joiner waits for a requested keyframe, as other
// servers have it). In turns, same host.
//   . build/env.sh && node tests/bench/start/run.mjs [JOINS]
// Needs build/bench. The host's own encoder sends keyframes only when it is asked.
import path from "node:path";
import { fileURLToPath } from "node:url";

const source = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../../..");
process.env.TEST_BINARIES ??= path.join(source, "build/bench");
const { open } = await import("../../flow/lib/server.mjs");
const { onAir, publishKey } = await import("../../flow/lib/people.mjs");
const { simulate } = await import("../../flow/lib/simulate.mjs");
const { openChromium, openFirefox } = await import("../../browser/lib/browsers.mjs");

const joins = Number(process.argv[2] ?? 10), watch_ms = 10_000;
if (!(joins > 0)) throw new Error("JOINS is a number above zero");
const browsers = { chromium: { codec: "h264", open: openChromium }, firefox: { codec: "vp8", open: openFirefox } };
const ways = {
  cache: {},
  // Nothing is sent from the cache, and no clock asks for keyframes that a joiner might happen upon.
  request: { join_most_ms: 0, keyframe_every_ms: 0 },
};

/** In the page: an offer to watch. */
async function offer() {
  const peer = (window.peer = new RTCPeerConnection()), video = document.createElement("video");
  Object.assign(video, { muted: true, autoplay: true, playsInline: true, srcObject: new MediaStream() });
  document.body.replaceChildren(video);
  peer.ontrack = ({ track }) => video.srcObject.addTrack(track);
  for (const kind of ["audio", "video"]) peer.addTransceiver(kind, { direction: "recvonly" });
  await peer.setLocalDescription();
  return peer.localDescription.sdp;
}

/** In the page: take the answer, tell when the first frame was there, watch for a while, leave. */
async function watch({ answer, ms }) {
  const { peer } = window, video = document.querySelector("video");
  const first = new Promise((resolve) => video.requestVideoFrameCallback((now) => resolve(now)));
  const answered = performance.now();
  await peer.setRemoteDescription({ type: "answer", sdp: answer });
  const shown = (await first) - answered;
  const apart = [];
  for (const end = performance.now() + ms; performance.now() < end; await new Promise((done) => setTimeout(done, 500))) {
    const all = [...(await peer.getStats()).values()].filter((s) => s.type === "inbound-rtp");
    const at = (kind) => all.find((s) => s.kind === kind)?.estimatedPlayoutTimestamp;
    if (at("audio") && at("video")) apart.push(Math.abs(at("audio") - at("video")));
  }
  const { freezeCount: freezes } = [...(await peer.getStats()).values()].find((s) => s.type === "inbound-rtp" && s.kind === "video");
  peer.close();
  return { shown, freezes, apart };
}

async function join(page, whep) {
  const made = await fetch(whep, { method: "POST", headers: { "content-type": "application/sdp" }, body: await page.evaluate(offer) });
  if (made.status !== 201) throw new Error(`${made.status}: ${await made.text()}`);
  const seen = await page.evaluate(watch, { answer: await made.text(), ms: watch_ms });
  await fetch(new URL(made.headers.get("location"), whep), { method: "DELETE" });
  return seen;
}

const quantile = (values, share) => [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(share * values.length))];
const cleanups = [], scope = { after: (what) => cleanups.unshift(what) };

/** One show on a server with these settings, and a page to join it from. */
async function stage(browser, settings) {
  const server = await open(scope, settings);
  const { host, show } = await onAir(server);
  simulate(scope, "host", "--whip", `${server.url}/whip/${show.id}`, "--token", await publishKey(host, show), "--codec", browsers[browser].codec);
  const whep = `${server.url}/whep/${show.id}`;
  await simulate(scope, "view", "--whep", whep).next("keyframe"); // somebody is always there
  const opened = await browsers[browser].open(scope);
  const page = await opened.newPage();
  await page.goto(`${server.url}/healthz`);
  return { once: () => join(page, whep) };
}

try {
  console.log("| browser | way | first frame p50 / most [ms] | freezes in ten seconds, of all joins | sound beside picture p50 / p95 [ms] |\n|---|---|---|---|---|");
  for (const browser of Object.keys(browsers)) {
    const stages = {}, seen = {};
    for (const [way, settings] of Object.entries(ways)) [stages[way], seen[way]] = [await stage(browser, settings), []];
    for (let i = 0; i < joins; i++) for (const way of Object.keys(ways)) seen[way].push(await stages[way].once());
    for (const [way, all] of Object.entries(seen)) {
      const shown = all.map((j) => j.shown), apart = all.flatMap((j) => j.apart);
      console.log(`| ${browser} | ${way} | ${quantile(shown, 0.5).toFixed(0)} / ${Math.max(...shown).toFixed(0)} | ` +
        `${all.reduce((sum, j) => sum + (j.freezes ?? 0), 0)} | ${apart.length ? [0.5, 0.95].map((share) => quantile(apart, share).toFixed(0)).join(" / ") : "not told"} |`);
    }
    for (const clean of cleanups.splice(0)) await clean();
  }
} finally {
  for (const clean of cleanups) await clean();
}
