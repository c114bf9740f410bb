// npm's werift as a host or a viewer: a third stack, in TypeScript, to be understood by.
import dgram from "node:dgram";
import { once } from "node:events";
import { spawn } from "node:child_process";
import { MediaStreamTrack, RTCPeerConnection, useH264, useOPUS, useVP8 } from "werift";

const codecs = { h264: useH264, vp8: useVP8 };
const encoders = {
  h264: ["-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-profile:v", "baseline", "-g", "30", "-bsf:v", "dump_extra"],
  vp8: ["-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "8", "-g", "30", "-b:v", "400k"],
};

function peerOf(t, codec) {
  const peer = new RTCPeerConnection({ codecs: { video: [codecs[codec]()], audio: [useOPUS()] }, iceServers: [], bundlePolicy: "max-bundle" });
  t.after(() => peer.close());
  const connected = new Promise((resolve) => peer.connectionStateChange.subscribe((state) => state === "connected" && resolve()));
  return { peer, connected };
}

/** One offer, one answer, as WHIP and WHEP have it; resolves to the resource's address. */
async function exchange(peer, url, headers = {}) {
  await peer.setLocalDescription(await peer.createOffer());
  if (peer.iceGatheringState !== "complete")
    await new Promise((resolve) => peer.iceGatheringStateChange.subscribe((state) => state === "complete" && resolve()));
  const reply = await fetch(url, { method: "POST", body: peer.localDescription.sdp, headers: { "content-type": "application/sdp", ...headers } });
  const answer = await reply.text();
  if (reply.status !== 201) throw new Error(`${reply.status}: ${answer}`);
  await peer.setRemoteDescription({ type: "answer", sdp: answer });
  return new URL(reply.headers.get("location"), url);
}

/** A test picture out of ffmpeg, as RTP to a function. */
async function picture(t, codec, take) {
  const socket = dgram.createSocket("udp4");
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  const child = spawn("ffmpeg", ["-loglevel", "error", "-re", "-f", "lavfi", "-i", "testsrc2=size=320x240:rate=15", "-pix_fmt", "yuv420p", ...encoders[codec],
    "-f", "rtp", `rtp://127.0.0.1:${socket.address().port}?pkt_size=1100`], { stdio: "ignore" });
  t.after(() => { child.kill("SIGKILL"); socket.close(); });
  const rtcp = (data) => data[1] >= 192 && data[1] < 224;
  socket.on("message", (data) => rtcp(data) || take(data));
}

/** Publishes; resolves once connected to the resource's address and a way to leave. */
export async function publish(t, url, key, codec) {
  const { peer, connected } = peerOf(t, codec);
  const track = new MediaStreamTrack({ kind: "video" });
  peer.addTransceiver(track, { direction: "sendonly" });
  const resource = await exchange(peer, url, { authorization: `Bearer ${key}` });
  await connected;
  await picture(t, codec, (data) => track.writeRtp(data));
  return { leave: () => fetch(resource, { method: "DELETE", headers: { authorization: `Bearer ${key}` } }) };
}

/** Views; resolves once connected to what came: decrypted packets, in order of arrival. */
export async function view(t, url, codec) {
  const { peer, connected } = peerOf(t, codec);
  const seen = { video: [], audio: [] };
  for (const kind of ["video", "audio"])
    peer.addTransceiver(kind, { direction: "recvonly" }).onTrack.subscribe((track) =>
      track.onReceiveRtp.subscribe((rtp) => seen[kind].push(rtp)));
  await exchange(peer, url);
  await connected;
  return seen;
}
