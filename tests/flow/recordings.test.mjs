// What becomes of recordings, whatever is in them: a stand-in for the pipeline writes the files (lib/recorder.sh).
import { test } from "node:test";
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { open } from "./lib/server.mjs";
import { simulate } from "./lib/simulate.mjs";
import { onAir, request, guest, publishKey, refused, signUp } from "./lib/people.mjs";

const recorder = fileURLToPath(new URL("lib/recorder.sh", import.meta.url));
const settings = { pipeline_path: recorder, recordings_free_bytes: 0 };
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Ask until the answer is one to go on with. */
async function until(ask, good, what, seconds = 30) {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const answer = await ask();
    if (good(answer)) return answer;
    if (Date.now() > end) throw new Error(`${what}: ${JSON.stringify(answer)}`);
    await sleep(50);
  }
}

const folder = (server, show) => path.join(server.dir, "recordings", show.id);
const replayOf = async (server, show, who = guest(server)) => (await who.must("GET", `/api/v1/shows/${show.id}/replay`)).replay;

/** A show on air whose picture arrives. */
async function broadcast(t, server, options) {
  const made = await onAir(server, options);
  made.source = simulate(t, "host", "--whip", `${server.url}/whip/${made.show.id}`, "--token", await publishKey(made.host, made.show));
  return made;
}

const segments = (server, show) => (existsSync(folder(server, show)) ? readdirSync(folder(server, show)).filter((name) => name.includes("-v0-") && name.endsWith(".m4s")).length : 0);
const recorded = (server, show, least) => until(() => segments(server, show), (count) => count >= least, "segments");
const end = (host, show) => host.must("POST", `/api/v1/shows/${show.id}/end`);
const closed = (server, show) => until(() => replayOf(server, show), (r) => r.bytes > 0, "closed");

async function makeAdmin(server) {
  const person = await signUp(server, "ada");
  assert.equal(server.run("admin", "role", "ada", "admin").code, 0);
  return person;
}

/** Over the WebSocket, like a host's page. */
async function feature(host, show, item) {
  const { socket } = await host.enter(show.id);
  await socket.ask({ type: "feature", show: show.id, item: item.id });
  socket.close();
}

async function addItem(host, show, title, more = {}) {
  const { listing } = await host.must("POST", "/api/v1/listings", { title, price: 1900, currency: "EUR", stock: 2, ...more });
  const { item } = await host.must("POST", `/api/v1/shows/${show.id}/items`, { listing: listing.id });
  return { listing, item };
}

test("a show plays again as soon as it has ended, with chapters, clips and what is still in stock; its host takes it down", async (t) => {
  const server = await open(t, settings);
  const { host, listing: jacket, show, item } = await broadcast(t, server);
  const bag = await addItem(host, show, "Leather bag", { shop: true });
  assert.equal((await replayOf(server, show)).state, "none", "nothing before there is a picture");
  await recorded(server, show, 1);
  assert.equal((await replayOf(server, show)).state, "recording");
  await feature(host, show, item);
  await recorded(server, show, 5);
  await feature(host, show, bag.item);
  await recorded(server, show, 11);
  assert.equal(await refused(guest(server), "GET", `/replay/${show.id}/index.m3u8`), "404 not_found", "not while it is on air");
  assert.equal(await refused(host, "DELETE", `/api/v1/shows/${show.id}/replay`), "409 conflict");
  await end(host, show);

  const replay = await replayOf(server, show);
  assert.equal(replay.state, "ready");
  assert.ok(replay.duration_ms >= 5000 && replay.duration_ms < 60000, `${replay.duration_ms} ms`);
  assert.deepEqual(replay.chapters.map((c) => [c.title, c.item, c.buyable, c.stock]), [["Denim jacket", item.id, false, 3], ["Leather bag", bag.item.id, true, 2]]);
  const [first, second] = replay.chapters;
  assert.ok(first.at_ms > 0 && first.at_ms < first.until_ms && first.until_ms === second.at_ms && second.until_ms <= replay.duration_ms);
  assert.equal((await guest(server).must("GET", `/api/v1/shows/${show.id}`)).show.replay, true);

  // Its files, and nothing else that lies there.
  const index = await request(server, "GET", replay.playlist);
  assert.equal(index.status, 200);
  assert.match(index.headers.get("content-type"), /mpegurl/);
  const { body: track } = await request(server, "GET", `/replay/${show.id}/v0.m3u8`);
  assert.match(track, /#EXT-X-ENDLIST/);
  assert.equal(track.match(/#EXTINF:/g).length >= 11, true);
  assert.match(track, new RegExp(`X-LISTING="${jacket.id}"`));
  const media = /^([0-9a-f]+-v0-0\.m4s)$/m.exec(track)[1];
  const part = await fetch(`${server.url}/replay/${show.id}/${media}`, { headers: { range: "bytes=100-199" } });
  assert.equal(part.status, 206);
  assert.equal((await part.arrayBuffer()).byteLength, 100);
  for (const name of ["journal", "..%2Fjournal", "clip-x.mp4", "0000000000000000-v0-99.m4s", "a0.m3u8.mp4"])
    assert.match(String((await request(server, "GET", `/replay/${show.id}/${name}`)).status), /40[04]/, name);

  // Stock is what is true now.
  await host.must("PATCH", `/api/v1/listings/${bag.listing.id}`, { stock_delta: -2 });
  assert.deepEqual((await replayOf(server, show)).chapters.map((c) => [c.stock, c.buyable]), [[3, false], [0, false]]);

  const { chapters, bytes } = await until(() => replayOf(server, show), (r) => r.bytes > 0 && r.chapters.every((c) => c.clip && c.poster), "clips");
  assert.ok(bytes >= 11 * 40000);
  const { clips } = await guest(server).must("GET", `/api/v1/listings/${bag.listing.id}/clips`);
  assert.equal(clips.length, 1);
  assert.equal(clips[0].url, chapters[1].clip);
  assert.ok(clips[0].duration_ms >= 2000 && clips[0].duration_ms <= 60000);
  const clip = await fetch(server.url + clips[0].url, { headers: { range: "bytes=4-7" } });
  assert.equal(`${clip.status} ${clip.headers.get("content-type")} ${await clip.text()}`, "206 video/mp4 ftyp");
  const saved = await request(server, "GET", `${clips[0].url}?download=1`);
  assert.deepEqual([saved.status, ...["content-disposition", "access-control-allow-origin", "accept-ranges"].map((name) => saved.headers.get(name))], [200, "attachment", "*", "bytes"]);
  assert.equal((await request(server, "GET", clips[0].poster)).headers.get("content-type"), "image/jpeg");
  const log = readFileSync(path.join(server.dir, "recordings", "clips.log"), "utf8").trim().split("\n").map((line) => line.split(" ")[0]);
  assert.deepEqual(log, ["begin", "end", "begin", "end"], "one at a time, and each once");

  assert.equal(await refused(await signUp(server, "stranger"), "DELETE", `/api/v1/shows/${show.id}/replay`), "403 forbidden");
  assert.equal((await host.call("DELETE", `/api/v1/shows/${show.id}/replay`)).status, 204);
  assert.equal((await replayOf(server, show)).state, "deleted");
  for (const url of [replay.playlist, clips[0].url, clips[0].poster, `/replay/${show.id}/${media}`]) assert.equal((await request(server, "GET", url)).status, 404, url);
  assert.deepEqual((await guest(server).must("GET", `/api/v1/listings/${bag.listing.id}/clips`)).clips, []);
  await until(() => existsSync(folder(server, show)), (there) => !there, "the folder goes");
  assert.equal(await refused(host, "DELETE", `/api/v1/shows/${show.id}/replay`), "404 not_found");
});

test("a server that is killed finds what it recorded, closes it and cuts what was not cut", async (t) => {
  const server = await open(t, settings);
  const { host, show, item, source } = await broadcast(t, server);
  await recorded(server, show, 1);
  await feature(host, show, item);
  await recorded(server, show, 6);
  await source.kill();
  await server.kill();
  const before = segments(server, show);
  const journal = path.join(folder(server, show), "journal");
  writeFileSync(journal, readFileSync(journal, "utf8") + "part track=v0 segment=99 part=0 ini");
  await server.start();
  assert.equal((await replayOf(server, show)).state, "recording", "the show is on air still");
  simulate(t, "host", "--whip", `${server.url}/whip/${show.id}`, "--token", await publishKey(host, show));
  await recorded(server, show, before + 4);
  await end(host, show);
  await server.kill(); // before it was closed, and before anything was cut
  rmSync(path.join(server.dir, "recordings", "clips.log"), { force: true });
  await server.start();
  const replay = await until(() => replayOf(server, show), (r) => r.bytes > 0 && r.chapters[0]?.clip, "closed and cut");
  assert.equal(replay.state, "ready");
  assert.ok(replay.duration_ms >= (before - 1 + 4) * 500, `${replay.duration_ms} ms of ${before} and 4 segments`);
  const { body } = await request(server, "GET", `/replay/${show.id}/v0.m3u8`);
  assert.equal(body.match(/#EXT-X-DISCONTINUITY\n/g).length, 1, "one life of the pipeline after the other");
});

test("the oldest recordings go when there are too many bytes of them, never one of a show on air", async (t) => {
  const server = await open(t, { ...settings, recordings_max_bytes: 700000 });
  const first = await broadcast(t, server, { host: "anna" });
  await recorded(server, first.show, 6);
  await end(first.host, first.show);
  await closed(server, first.show);
  const second = await broadcast(t, server, { host: "berta" });
  const third = await broadcast(t, server, { host: "clara" });
  await recorded(server, second.show, 8);
  await recorded(server, third.show, 18); // more by itself than there may be
  await end(second.host, second.show);
  await until(() => replayOf(server, first.show), (r) => r.state === "deleted", "the oldest");
  await until(() => replayOf(server, second.show), (r) => r.state === "deleted", "and the next, for that was not enough");
  await until(() => existsSync(folder(server, second.show)), (there) => !there, "its folder");
  const count = segments(server, third.show);
  await recorded(server, third.show, count + 2);
  assert.equal((await replayOf(server, third.show)).state, "recording");
});

test("a full disk ends the recording with one notice to the host and each admin, and nothing else; the next show is recorded", async (t) => {
  const server = await open(t, settings);
  const admin = await makeAdmin(server);
  const { host, show, item } = await broadcast(t, server);
  const { socket } = await host.enter(show.id);
  await recorded(server, show, 3);
  writeFileSync(path.join(server.dir, "recordings", "full"), "");
  const { notice } = await socket.next("news", (m) => m.notice.code === "disk_full");
  assert.equal(notice.show, show.id);
  assert.equal(notice.title, show.title);
  await sleep(1500);
  const count = segments(server, show);
  await feature(host, show, item);
  const buyer = await signUp(server, "buyer");
  const claimed = await buyer.must("POST", "/api/v1/claims", { show: show.id, item: item.id, quantity: 1, price: 2500, key: randomUUID() });
  assert.equal(claimed.status, "held", "the sale goes on");
  await sleep(1500);
  assert.equal(segments(server, show), count, "nothing more is written");
  for (const person of [host, admin]) assert.equal((await person.must("GET", "/api/v1/notices")).notices.filter((n) => n.code === "disk_full").length, 1);
  await end(host, show);
  const replay = await closed(server, show);
  assert.equal(replay.full, true);
  assert.equal(replay.state, "ready", "what was recorded before plays");

  rmSync(path.join(server.dir, "recordings", "full"));
  const next = await broadcast(t, server, { host: "greta" });
  await recorded(server, next.show, 2);
});

test("with less free space than is to be left, no recording begins and the show goes on", async (t) => {
  const server = await open(t, { ...settings, recordings_free_bytes: "1152921504606846976" });
  const { host, show, item } = await broadcast(t, server);
  const { socket } = await host.enter(show.id);
  await socket.next("news", (m) => m.notice.code === "disk_full");
  await feature(host, show, item);
  assert.equal(segments(server, show), 0);
  assert.equal((await replayOf(server, show)).state, "none");
  await end(host, show);
  await until(() => replayOf(server, show), (r) => r.full && r.state === "none", "nothing came of it");
});

test("record=off records nothing", async (t) => {
  const server = await open(t, { ...settings, record: "off" });
  const { host, show } = await broadcast(t, server);
  const { socket } = await host.enter(show.id);
  await socket.next("show", (m) => m.show.picture);
  await sleep(1500);
  await end(host, show);
  assert.equal((await replayOf(server, show)).state, "none");
  assert.equal(existsSync(path.join(server.dir, "recordings")), false);
});

test("what a banned host has shown is for those alone who look into it", async (t) => {
  const server = await open(t, settings);
  const { host, show, item, listing } = await broadcast(t, server);
  await recorded(server, show, 1);
  await feature(host, show, item);
  await recorded(server, show, 6);
  await end(host, show);
  const { chapters } = await until(() => replayOf(server, show), (r) => r.chapters[0]?.clip, "a clip");
  const moderator = await makeAdmin(server);
  await moderator.must("POST", `/api/v1/admin/accounts/${host.account.id}/ban`, { banned: true });
  assert.equal((await replayOf(server, show)).state, "none");
  assert.equal((await request(server, "GET", `/replay/${show.id}/v0.m3u8`)).status, 404);
  assert.equal((await request(server, "GET", chapters[0].clip)).status, 404);
  assert.deepEqual((await guest(server).must("GET", `/api/v1/listings/${listing.id}/clips`)).clips, []);
  assert.equal((await replayOf(server, show, moderator)).state, "ready");
  assert.equal((await moderator.call("GET", `/replay/${show.id}/v0.m3u8`)).status, 200);
  assert.equal((await moderator.call("DELETE", `/api/v1/shows/${show.id}/replay`)).status, 204);
  const { entries } = await moderator.must("GET", "/api/v1/admin/audit");
  assert.equal(entries.some((e) => e.verb === "replay.remove" && e.object === show.id), true);
});
