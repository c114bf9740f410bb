// A real browser publishes its picture in several sizes, and another watches over a line that narrows and widens: it gets the size
// that its line carries, the picture goes on through each change, and comes back.
import { test } from "node:test";
import assert from "node:assert/strict";
import dgram from "node:dgram";
import { tmpdir } from "node:os";
import path from "node:path";
import { open } from "../flow/lib/server.mjs";
import { onAir, request, publishKey } from "../flow/lib/people.mjs";
import { cameraFile } from "./lib/camera.mjs";
import { openChromium, openFirefox, openPage } from "./lib/browsers.mjs";
import { statsOf, watchStills } from "./lib/stats.mjs";

const patience = 90_000;
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function until(what, look, enough) {
  let seen;
  for (const end = Date.now() + patience; Date.now() < end; await wait(250)) {
    seen = await look();
    if (enough(seen)) return seen;
  }
  assert.fail(`${what}: ${JSON.stringify(seen)}`);
}

/** A UDP relay between a viewer and the media port, whose way to the viewer carries `line.bps` bits a second, with a queue of 300 ms. */
async function narrowLine(t, to) {
  const front = dgram.createSocket("udp4"), back = dgram.createSocket("udp4");
  const line = { bps: Infinity, dropped: 0 };
  let from, free = 0;
  front.on("message", (data, who) => {
    from = who;
    back.send(data, to, "127.0.0.1");
  });
  const pass = (data) => from && front.send(data, from.port, from.address);
  back.on("message", (data) => {
    const now = performance.now(), start = Math.max(free, now);
    if (line.bps === Infinity && free <= now) return pass(data);
    if (start - now > 300) return void line.dropped++;
    free = start + (line.bps === Infinity ? 0 : (data.length * 8000) / line.bps);
    setTimeout(pass, free - now, data);
  });
  for (const socket of [front, back]) {
    await new Promise((resolve) => socket.bind(0, "127.0.0.1", resolve));
    t.after(() => socket.close());
  }
  line.port = front.address().port;
  return line;
}

/** In the page: an offer with all candidates; the camera in three sizes, or what a viewer offers. */
async function offerOf({ role, codec }) {
  const peer = (window.peer = new RTCPeerConnection());
  const prefer = (transceiver) =>
    transceiver.setCodecPreferences(RTCRtpReceiver.getCapabilities("video").codecs.filter((c) => c.mimeType === codec || c.mimeType === "video/rtx"));
  if (role === "publish") {
    const stream = await navigator.mediaDevices.getUserMedia({ video: { width: 960, height: 540, frameRate: 24 }, audio: true });
    const [picture] = stream.getVideoTracks(), [sound] = stream.getAudioTracks();
    const sendEncodings = [{ rid: "l", scaleResolutionDownBy: 4, maxBitrate: 150_000 }, { rid: "m", scaleResolutionDownBy: 2, maxBitrate: 400_000 },
      { rid: "h", scaleResolutionDownBy: 1, maxBitrate: 1_200_000 }];
    prefer(peer.addTransceiver(picture, { direction: "sendonly", streams: [stream], sendEncodings }));
    peer.addTransceiver(sound, { direction: "sendonly", streams: [stream] });
  } else {
    const video = Object.assign(document.createElement("video"), { autoplay: true, muted: true, playsInline: true, peer });
    document.body.append(video);
    peer.ontrack = (event) => (video.srcObject = event.streams[0]);
    prefer(peer.addTransceiver("video", { direction: "recvonly" }));
    peer.addTransceiver("audio", { direction: "recvonly" });
  }
  const gathered = new Promise((resolve) => (peer.onicegatheringstatechange = () => peer.iceGatheringState === "complete" && resolve()));
  await peer.setLocalDescription();
  await gathered;
  return peer.localDescription.sdp;
}

const setAnswer = (sdp) => window.peer.setRemoteDescription({ type: "answer", sdp });

/** In the page: the heights that leave now. */
const sizesSent = () => window.peer.getStats().then((all) =>
  [...all.values()].filter((s) => s.type === "outbound-rtp" && s.kind === "video" && s.framesPerSecond > 0).map((s) => s.frameHeight).sort((a, b) => a - b));

/** In the page: what each size that leaves takes [bit/s], smallest first. */
async function ratesSent() {
  const bytes = async () => new Map([...(await window.peer.getStats()).values()].filter((s) => s.type === "outbound-rtp" && s.kind === "video" && s.framesPerSecond > 0)
    .map((s) => [s.frameHeight, s.bytesSent]));
  const before = await bytes();
  await new Promise((resolve) => setTimeout(resolve, 2000));
  return [...(await bytes())].sort(([a], [b]) => a - b).map(([height, now]) => (now - before.get(height)) * 4);
}

const sound = 60_000; // with all headers [bit/s]

const heightOf = (stats) => Number(stats.size.split("x")[1]);

for (const codec of ["video/H264", "video/VP8"]) {
  test(`a viewer of Chromium's ${codec} gets the size that their line carries`, { timeout: 400_000 }, async (t) => {
    const server = await open(t);
    const { host, show } = await onAir(server);
    const browser = await openChromium(t, { camera: await cameraFile(path.join(tmpdir(), "trunkshow-camera")) });
    const studio = await openPage(t, browser, `${server.url}/healthz`, { permissions: ["camera", "microphone"] });
    const { status, body } = await request(server, "POST", `/whip/${show.id}`, await studio.evaluate(offerOf, { role: "publish", codec }),
      { "content-type": "application/sdp", authorization: `Bearer ${await publishKey(host, show)}` });
    assert.equal(status, 201, body);
    assert.match(body, /a=simulcast:recv l;m;h\r\n/);
    await studio.evaluate(setAnswer, body);
    const sent = await until("the browser sends several sizes", () => studio.evaluate(sizesSent), (sizes) => sizes.length >= 2);

    const line = await narrowLine(t, server.mediaPort);
    const page = await openPage(t, browser, `${server.url}/healthz`);
    const view = await request(server, "POST", `/whep/${show.id}`, await page.evaluate(offerOf, { role: "view", codec }), { "content-type": "application/sdp" });
    assert.equal(view.status, 201, view.body);
    await page.evaluate(setAnswer, view.body.replaceAll(/(a=candidate:\S+ 1 udp \d+ )\S+ \d+ /g, `$1127.0.0.1 ${line.port} `));
    const look = () => statsOf(page, "video");
    const best = await until("the best size comes on a good line", async () => ({ ...(await look()), tallest: (await studio.evaluate(sizesSent)).at(-1) }),
      (s) => heightOf(s) > sent[0] && heightOf(s) === s.tallest);

    /* one that carries the smallest and not the best, whatever this machine's encoder makes of them */
    const rates = await until("the best takes more than the smallest", () => studio.evaluate(ratesSent), (all) => all.length >= 2 && all.at(-1) > 1.5 * all[0]);
    line.bps = sound + Math.sqrt(rates[0] * rates.at(-1));
    const less = await until("a smaller one comes on a narrow line", look, (s) => s.framesDecoded > best.framesDecoded && heightOf(s) < heightOf(best));
    const small = await until("the small picture goes on", () => watchStills(page, "video", 4000), (s) => s.longest < 1500);

    line.bps = Infinity;
    const rise = watchStills(page, "video", 20_000);
    await until("the better picture comes back", look, (s) => s.framesDecoded > less.framesDecoded && heightOf(s) >= heightOf(best));
    const { longest } = await rise;
    t.diagnostic(`${best.size}, then ${less.size}; longest still ${Math.round(small.longest)} ms there, ${Math.round(longest)} ms on the way back; the line dropped ${line.dropped}; sizes took ${rates}`);
    assert.ok(longest < 3000, "the way back costs no more than the wait for a keyframe");
    await until("both changes are counted", async () => (await request(server, "GET", "/metrics")).body.match(/^trunkshow_media_layer_switches_total (\d+)$/m)?.[1],
      (count) => Number(count) >= 2);
  });
}

test("a viewer gets the best of Firefox's sizes", { timeout: 300_000 }, async (t) => {
  const server = await open(t);
  const { host, show } = await onAir(server);
  const browser = await openFirefox(t);
  const [studio, page] = [await browser.newPage(), await browser.newPage()];
  for (const opened of [studio, page]) await opened.goto(`${server.url}/healthz`);
  const { status, body } = await request(server, "POST", `/whip/${show.id}`, await studio.evaluate(offerOf, { role: "publish", codec: "video/VP8" }),
    { "content-type": "application/sdp", authorization: `Bearer ${await publishKey(host, show)}` });
  assert.equal(status, 201, body);
  assert.match(body, /a=simulcast:recv l;m;h\r\n/);
  await studio.evaluate(setAnswer, body);
  const sizes = await until("the browser sends several sizes", () => studio.evaluate(sizesSent), (sent) => sent.length >= 2);
  const view = await request(server, "POST", `/whep/${show.id}`, await page.evaluate(offerOf, { role: "view", codec: "video/VP8" }), { "content-type": "application/sdp" });
  assert.equal(view.status, 201, view.body);
  await page.bringToFront();
  await page.evaluate(setAnswer, view.body);
  const stats = await until("the best size comes", () => statsOf(page, "video"), (s) => heightOf(s) > sizes[0]);
  await until("frames go on", () => statsOf(page, "video"), (s) => s.framesDecoded > stats.framesDecoded + 30);
});
