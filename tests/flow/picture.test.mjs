// The picture: a simulated host publishes by WHIP, simulated viewers watch by WHEP, lines break and come back.
import { test } from "node:test";
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { open } from "./lib/server.mjs";
import { simulate } from "./lib/simulate.mjs";
import { onAir, request, guest, publishKey } from "./lib/people.mjs";

const publish = async (t, server, host, show, ...more) => {
  const key = await publishKey(host, show);
  return simulate(t, "host", "--whip", `${server.url}/whip/${show.id}`, "--token", key, ...more);
};
const watch = (t, server, show, ...more) => simulate(t, "view", "--whep", `${server.url}/whep/${show.id}`, ...more);

test("a host goes live and two viewers see the picture; the host's line breaks and it resumes by itself", async (t) => {
  const server = await open(t);
  const { host, show } = await onAir(server);
  const { socket } = await guest(server).enter(show.id);
  const first = await publish(t, server, host, show);
  await socket.next("show", (m) => m.show.picture);
  const viewer = watch(t, server, show, "--count", "2");
  await viewer.next("keyframe");

  await first.kill();
  await socket.next("show", (m) => !m.show.picture);
  const second = await publish(t, server, host, show, "--codec", "vp8");
  await socket.next("show", (m) => m.show.picture);
  await viewer.next("keyframe", (m) => m.codec === "vp8");
  await second.kill("SIGTERM");
  const { body } = await request(server, "GET", "/metrics");
  assert.match(body, /trunkshow_media_viewers\S* 2\b/);
});

test("the live thumbnail appears, and its maker may die without anybody noticing", async (t) => {
  const server = await open(t);
  const { host, show } = await onAir(server);
  await publish(t, server, host, show);
  const thumbnail = async (than) => {
    for (;;) {
      const reply = await fetch(`${server.url}/api/v1/shows/${show.id}/thumbnail.jpg`);
      const bytes = Buffer.from(await reply.arrayBuffer());
      if (reply.status === 200 && (!than || !bytes.equals(than))) return bytes;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  };
  const viewer = watch(t, server, show);
  await viewer.next("keyframe");
  const before = await thumbnail();
  assert.deepEqual([...before.subarray(0, 2)], [0xff, 0xd8]);

  const children = execFileSync("pgrep", ["-P", String(server.child.pid), "-f", "trunkshow-pipeline"], { encoding: "utf8" }).trim().split("\n");
  assert.equal(children.length, 1, "one child for the one live show");
  process.kill(Number(children[0]), "SIGKILL");
  await thumbnail(before);
  const { packets } = await viewer.next("stats", (m) => m.packets > 0);
  assert.ok(packets > 0);
  const later = await viewer.next("stats", (m) => m.packets > packets); /* lines from before it was connected may still wait */
  assert.equal(later.connected, 1, "the viewer never left");
});

test("WHIP answers every wrong request with the right status", async (t) => {
  const server = await open(t);
  const { host, show } = await onAir(server);
  const key = await publishKey(host, show);
  const url = `/whip/${show.id}`;
  const sdp = { "content-type": "application/sdp" };
  const bearer = { ...sdp, authorization: `Bearer ${key}` };
  const offer = offerText();
  const post = (path, body, headers) => request(server, "POST", path, body, headers).then((r) => r.status);

  assert.equal(await post(url, offer, sdp), 401);
  assert.equal(await post(url, offer, { ...sdp, authorization: "Bearer wrong" }), 401);
  assert.equal(await post("/whip/00000000000000000000000000", offer, bearer), 404);
  assert.equal(await post(url, offer, { ...bearer, "content-type": "application/json" }), 415);
  assert.equal(await post(url, "not an offer", bearer), 400);
  assert.equal(await post(url, offer.replace(/a=ice-(ufrag|pwd):.*\r\n/g, ""), bearer), 422);
  assert.equal(await post(url, offer.replace(/a=fingerprint:.*\r\n/g, ""), bearer), 422);
  assert.equal(await post(url, offer.replace(/H264/g, "AV1"), bearer), 422);
  assert.equal(await post(url, offer + "a=x:".padEnd(1 << 20, "x") + "\r\n", bearer).catch(() => 413), 413);

  const made = await request(server, "POST", url, offer, bearer);
  assert.equal(made.status, 201);
  assert.match(made.headers.get("content-type"), /^application\/sdp/);
  const location = made.headers.get("location"), etag = made.headers.get("etag");
  assert.ok(location.startsWith(url) && /^".+"$/.test(etag));
  assert.match(made.body, /a=ice-lite/);
  const patch = (headers, body = "a=mid:0\r\n") => request(server, "PATCH", location, body, { authorization: bearer.authorization, ...headers }).then((r) => r.status);
  const trickle = { "content-type": "application/trickle-ice-sdpfrag" };
  assert.equal(await patch({ ...trickle, "if-match": etag }), 204);
  assert.equal(await patch({ ...trickle, "if-match": '"other"' }), 412);
  assert.equal(await patch({ "content-type": "text/plain", "if-match": etag }), 415);
  for (const method of ["GET", "PUT"]) assert.equal((await request(server, method, url)).status, 405, method);
  const options = await request(server, "OPTIONS", url, undefined, { origin: "https://studio.example" });
  assert.ok(options.status < 300);
  assert.equal(options.headers.get("accept-post"), "application/sdp");
  assert.ok(options.headers.get("access-control-allow-origin"));
  assert.equal((await request(server, "DELETE", location, undefined, { authorization: "Bearer wrong" })).status, 401);
  assert.equal((await request(server, "DELETE", location, undefined, { authorization: bearer.authorization })).status, 200);
  assert.equal((await request(server, "DELETE", location, undefined, { authorization: bearer.authorization })).status, 404);

  await host.must("POST", `/api/v1/shows/${show.id}/end`);
  assert.equal(await post(url, offer, bearer), 409);
});

function offerText() {
  const fingerprint = Array.from({ length: 32 }, (_, i) => i.toString(16).padStart(2, "0").toUpperCase()).join(":");
  const media = (kind, mid, lines) => [`m=${kind} 9 UDP/TLS/RTP/SAVPF ${kind === "audio" ? 111 : 102}`, "c=IN IP4 0.0.0.0", "a=rtcp-mux", "a=sendonly", `a=mid:${mid}`,
    "a=ice-ufrag:abcd", "a=ice-pwd:0123456789012345678901", `a=fingerprint:sha-256 ${fingerprint}`, "a=setup:actpass", ...lines];
  return ["v=0", "o=- 1 2 IN IP4 127.0.0.1", "s=-", "t=0 0", "a=group:BUNDLE 0 1", ...media("audio", 0, ["a=rtpmap:111 opus/48000/2"]),
    ...media("video", 1, ["a=rtpmap:102 H264/90000", "a=fmtp:102 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f"]), ""].join("\r\n");
}
