// Browsers whose network lets no UDP through publish and watch over TCP, on the same port; where UDP works they keep to it.
import { test } from "node:test";
import assert from "node:assert/strict";
import { tmpdir } from "node:os";
import path from "node:path";
import { open } from "../flow/lib/server.mjs";
import { onAir, request, publishKey } from "../flow/lib/people.mjs";
import { cameraFile } from "./lib/camera.mjs";
import { openChromium, openFirefox, openPage } from "./lib/browsers.mjs";

const patience = 60_000;
const noUdp = ["--webrtc-ip-handling-policy=disable_non_proxied_udp"];

/** In the page: an offer with all candidates, to send the camera (VP8, which every browser here reads) or to watch. */
async function offerOf(role) {
  const peer = (window.peer = new RTCPeerConnection());
  if (role === "host") {
    const stream = await navigator.mediaDevices.getUserMedia({ video: { width: 640, height: 360, frameRate: 30 }, audio: true });
    for (const track of stream.getTracks()) {
      const transceiver = peer.addTransceiver(track, { direction: "sendonly", streams: [stream] });
      if (track.kind === "video")
        transceiver.setCodecPreferences(RTCRtpSender.getCapabilities("video").codecs.filter((c) => c.mimeType === "video/VP8" || c.mimeType === "video/rtx"));
    }
  } else {
    for (const kind of ["audio", "video"]) peer.addTransceiver(kind, { direction: "recvonly" });
  }
  const gathered = new Promise((resolve) => (peer.onicegatheringstatechange = () => peer.iceGatheringState === "complete" && resolve()));
  await peer.setLocalDescription();
  await gathered;
  return peer.localDescription.sdp;
}

const setAnswer = (sdp) => window.peer.setRemoteDescription({ type: "answer", sdp });

/** In the page: frames sent or decoded, and what the chosen pair goes over. */
async function progress() {
  const all = [...(await window.peer.getStats()).values()];
  const chosen = all.filter((s) => s.type === "candidate-pair" && s.nominated && s.state === "succeeded").sort((a, b) => b.bytesSent + b.bytesReceived - a.bytesSent - a.bytesReceived)[0];
  const video = all.find((s) => /^(in|out)bound-rtp$/.test(s.type) && s.kind === "video") ?? {};
  return {
    state: window.peer.connectionState,
    frames: video.framesDecoded ?? video.framesEncoded ?? 0,
    protocol: all.find((s) => s.id === chosen?.localCandidateId)?.protocol,
  };
}

async function connect(page, server, role, show, headers = {}, answerAs = (sdp) => sdp) {
  const kind = role === "host" ? "whip" : "whep";
  const made = await request(server, "POST", `/${kind}/${show.id}`, await page.evaluate(offerOf, role), { "content-type": "application/sdp", ...headers });
  assert.equal(made.status, 201);
  assert.match(made.body, new RegExp(`^a=candidate:\\d+ 1 tcp \\d+ \\S+ ${server.mediaPort} typ host tcptype passive\r$`, "m"));
  await page.evaluate(setAnswer, answerAs(made.body));
  return made.headers.get("location");
}

async function moves(page, frames) {
  const least = (await page.evaluate(progress)).frames + frames;
  for (const until = Date.now() + patience; ; await new Promise((resolve) => setTimeout(resolve, 200))) {
    const now = await page.evaluate(progress);
    if (now.frames >= least) return now;
    assert.ok(Date.now() < until, `the picture does not move: ${JSON.stringify(now)}`);
  }
}

const withoutUdp = (sdp) => sdp.replace(/^a=candidate:\d+ 1 udp .*\r\n/gm, "");

test("without UDP, Chromium publishes and watches, and Firefox watches, over TCP", { timeout: 240_000 }, async (t) => {
  const server = await open(t);
  const { host, show } = await onAir(server), here = `${server.url}/healthz`;
  const camera = await cameraFile(path.join(tmpdir(), "trunkshow-camera"));
  const blocked = await openChromium(t, { camera, more: noUdp }), free = await openChromium(t);
  const studio = await openPage(t, blocked, here, { permissions: ["camera", "microphone"] });
  await connect(studio, server, "host", show, { authorization: `Bearer ${await publishKey(host, show)}` });
  assert.equal((await moves(studio, 30)).protocol, "tcp");

  const viewers = { blocked: await openPage(t, blocked, here), free: await openPage(t, free, here) };
  const firefox = await openFirefox(t);
  for (const [name, answerAs] of [["firefox without UDP", withoutUdp], ["firefox", undefined]]) {
    viewers[name] = await firefox.newPage();
    await viewers[name].goto(here);
    await connect(viewers[name], server, "viewer", show, {}, answerAs);
  }
  await connect(viewers.blocked, server, "viewer", show);
  await connect(viewers.free, server, "viewer", show);
  const expected = { blocked: "tcp", free: "udp", "firefox without UDP": "tcp", firefox: "udp" };
  for (const [name, page] of Object.entries(viewers)) assert.deepEqual([name, (await moves(page, 60)).protocol], [name, expected[name]]);
  for (const [name, page] of Object.entries(viewers)) {
    const { state, protocol } = await moves(page, 30);
    assert.deepEqual([name, state, protocol], [name, "connected", expected[name]]);
  }
  assert.equal((await moves(studio, 30)).state, "connected");
});

test("without UDP, Firefox publishes over TCP, and who watches sees it move", { timeout: 180_000 }, async (t) => {
  const server = await open(t);
  const { host, show } = await onAir(server), here = `${server.url}/healthz`;
  const studio = await (await openFirefox(t)).newPage();
  await studio.goto(here);
  await connect(studio, server, "host", show, { authorization: `Bearer ${await publishKey(host, show)}` }, withoutUdp);
  assert.equal((await moves(studio, 30)).protocol, "tcp");
  const viewer = await openPage(t, await openChromium(t), here);
  await connect(viewer, server, "viewer", show);
  assert.equal((await moves(viewer, 60)).protocol, "udp");
  const { state, protocol } = await moves(studio, 30);
  assert.deepEqual([state, protocol], ["connected", "tcp"]);
});
