// A real browser publishes by WHIP over a line that loses packets: it accepts our answer, repairs come as RTX, and who watches
// misses nothing.
import { test } from "node:test";
import assert from "node:assert/strict";
import dgram from "node:dgram";
import { tmpdir } from "node:os";
import path from "node:path";
import { open } from "../flow/lib/server.mjs";
import { onAir, request, publishKey } from "../flow/lib/people.mjs";
import { simulate } from "../flow/lib/simulate.mjs";
import { cameraFile } from "./lib/camera.mjs";
import { openChromium, openPage } from "./lib/browsers.mjs";

const patience = 60_000;

/** A UDP relay in front of the media port that loses every n-th RTP packet of the host: never RTCP, DTLS or checks. */
async function lossyLine(t, to, every) {
  const front = dgram.createSocket("udp4"), back = dgram.createSocket("udp4");
  const line = { lost: 0, seen: 0 };
  let from;
  front.on("message", (data, who) => {
    from = who;
    const rtp = data[0] >= 128 && data[0] < 192 && !(data[1] >= 192 && data[1] < 224);
    if (rtp && ++line.seen % every === 0) line.lost++;
    else back.send(data, to, "127.0.0.1");
  });
  back.on("message", (data) => from && front.send(data, from.port, from.address));
  for (const socket of [front, back]) {
    await new Promise((resolve) => socket.bind(0, "127.0.0.1", resolve));
    t.after(() => socket.close());
  }
  line.port = front.address().port;
  return line;
}

/** In the page: the camera's offer, with all candidates. */
async function offerOf(codec) {
  const stream = await navigator.mediaDevices.getUserMedia({ video: { width: 640, height: 360, frameRate: 30 }, audio: true });
  const peer = (window.peer = new RTCPeerConnection());
  for (const track of stream.getTracks()) {
    const transceiver = peer.addTransceiver(track, { direction: "sendonly", streams: [stream] });
    if (track.kind === "video")
      transceiver.setCodecPreferences(RTCRtpSender.getCapabilities("video").codecs.filter((c) => c.mimeType === codec || c.mimeType === "video/rtx"));
  }
  const gathered = new Promise((resolve) => (peer.onicegatheringstatechange = () => peer.iceGatheringState === "complete" && resolve()));
  await peer.setLocalDescription();
  await gathered;
  return peer.localDescription.sdp;
}

const setAnswer = (sdp) => window.peer.setRemoteDescription({ type: "answer", sdp });

/** In the page: what is said about the video that leaves. */
async function outbound() {
  const all = [...(await window.peer.getStats()).values()];
  return { state: window.peer.connectionState, ...all.find((s) => s.type === "outbound-rtp" && s.kind === "video") };
}

for (const codec of ["video/H264", "video/VP8"]) {
  test(`Chromium's ${codec} over a line that loses packets is repaired by RTX`, { timeout: 180_000 }, async (t) => {
    const server = await open(t);
    const { host, show } = await onAir(server);
    const key = await publishKey(host, show);
    const line = await lossyLine(t, server.mediaPort, 25);
    const browser = await openChromium(t, { camera: await cameraFile(path.join(tmpdir(), "trunkshow-camera")) });
    const page = await openPage(t, browser, `${server.url}/healthz`, { permissions: ["camera", "microphone"] });

    const { status, body: answer } = await request(server, "POST", `/whip/${show.id}`, await page.evaluate(offerOf, codec),
      { "content-type": "application/sdp", authorization: `Bearer ${key}` });
    assert.equal(status, 201, answer);
    const rtx = /a=rtpmap:(\d+) rtx\/90000/.exec(answer);
    assert.ok(rtx, "the answer takes RTX");
    assert.match(answer, new RegExp(`a=fmtp:${rtx[1]} apt=\\d+`));
    await page.evaluate(setAnswer, answer.replaceAll(/(a=candidate:\S+ 1 udp \d+ )\S+ \d+ /g, `$1127.0.0.1 ${line.port} `));

    const viewer = simulate(t, "view", "--whep", `${server.url}/whep/${show.id}`);
    await viewer.next("keyframe");
    let sent;
    for (const end = Date.now() + patience; Date.now() < end; await new Promise((resolve) => setTimeout(resolve, 250))) {
      sent = await page.evaluate(outbound);
      if (sent.retransmittedPacketsSent >= 20 && sent.framesSent > 200) break;
    }
    t.diagnostic(`lost ${line.lost} of ${line.seen}; ${JSON.stringify({ nack: sent.nackCount, rtx: sent.retransmittedPacketsSent, frames: sent.framesSent, pli: sent.pliCount })}`);
    assert.equal(sent.state, "connected");
    assert.ok(sent.rtxSsrc, "repairs have a source of their own");
    assert.ok(sent.retransmittedPacketsSent >= 20 && sent.nackCount > 0);
    assert.ok(sent.framesSent > 200, "the picture goes on");
    const stats = await viewer.next("stats", (m) => m.packets > 200);
    t.diagnostic(`viewer: ${JSON.stringify(stats)}`);
  });
}
