// A live show as LL-HLS: playlists, blocking reload, parts that decode, requests that are held and refused.
import { test } from "node:test";
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { live } from "./lib/on-air.mjs";
import { parse, partsOf } from "./lib/hls.mjs";

const HOLD_BACK_MS = 900;

/** What ffprobe finds in a file: its packets, by stream. */
const probe = (file) => JSON.parse(execFileSync("ffprobe", ["-v", "error", "-show_streams", "-count_frames", "-of", "json", file], { encoding: "utf8" })).streams;

test("a show on air is there as LL-HLS, its parts decode and come in time", async (t) => {
  const it = await live(t);
  const { media, variants } = await it.index();
  assert.equal(media.length, 1);
  assert.deepEqual({ type: media[0].TYPE, uri: media[0].URI }, { type: "AUDIO", uri: "a0.m3u8" });
  assert.equal(variants.length, 1);
  const [variant] = variants;
  assert.equal(variant.uri, "v0.m3u8");
  assert.match(variant.CODECS, /^avc[13]\.[0-9a-f]{6},mp4a\.40\.2$/i);
  assert.equal(variant.RESOLUTION, "720x1280");
  assert.ok(Number(variant.BANDWIDTH) >= Number(variant["AVERAGE-BANDWIDTH"]) && Number(variant["AVERAGE-BANDWIDTH"]) > 100000);

  for (const track of ["v0", "a0"]) {
    const follower = await it.follow(track);
    assert.deepEqual(follower.list.control, { "CAN-BLOCK-RELOAD": "YES", "PART-HOLD-BACK": "0.9", "HOLD-BACK": "12", "CAN-SKIP-UNTIL": "24" });
    assert.equal(follower.list.partTarget, 0.3);
    const got = [], ages = [];
    while (got.length < 20) {
      const fresh = await follower.next({ skip: got.length % 2 === 1 });
      assert.ok(fresh.length > 0, "an answer has what was asked for");
      ages.push(Date.now() - fresh.at(-1).start - fresh.at(-1).duration * 1000);
      got.push(...fresh);
    }
    assert.ok(got.every((p) => p.duration <= 0.3 + 1e-6), "no part is longer than is promised");
    const pdts = got.map((p) => p.start);
    assert.ok(pdts.every((p, i) => i === 0 || Math.abs(p - pdts[i - 1] - got[i - 1].duration * 1000) < 60), "the clock goes on without steps");
    assert.ok(Math.min(...ages) > -100, `parts that are not over yet: ${ages}`);
    // How long a part has been over when it is there, and the hold-back of a player's.
    ages.sort((a, b) => a - b);
    t.diagnostic(`${track}: delay of a player that holds back as it is told: least ${Math.round(ages[0] + HOLD_BACK_MS)}, median ${Math.round(ages[ages.length >> 1] + HOLD_BACK_MS)} ms`);
    assert.ok(ages[0] + HOLD_BACK_MS < 1500, `${ages}`); // the least: the machine may be busy with other tests
    const first = got.findIndex((p) => p.independent), file = path.join(it.server.dir, `${track}.mp4`);
    const bytes = [await follower.bytes(got[first].segment.map)];
    for (const p of got.slice(first)) bytes.push(await follower.bytes(p.uri));
    writeFileSync(file, Buffer.concat(bytes));
    const [stream] = probe(file), seconds = got.slice(first).reduce((sum, p) => sum + p.duration, 0);
    const frames = Number(stream.nb_read_frames);
    // A host with little time makes fewer pictures than 30 a second; sound has no holes.
    if (track === "v0") assert.ok(stream.codec_name === "h264" && frames > seconds * 5 && frames < seconds * 30 + 4, `${frames} pictures in ${seconds} s`);
    else assert.ok(stream.codec_name === "aac" && Math.abs(frames - (seconds * 48000) / 1024) < 4, `${frames} frames in ${seconds} s`);
  }
});

test("what is asked for too early is held, what is wrong is refused, what is kept says how long", async (t) => {
  const it = await live(t);
  await it.index();
  const follower = await it.follow("v0");
  await follower.next();
  const { msn, part } = follower.edge;
  const status = async (file) => (await it.get(file)).status;
  assert.equal(await status(`v0.m3u8?_HLS_msn=${msn + 4}`), 400);
  assert.equal(await status(`v0.m3u8?_HLS_msn=${msn}&_HLS_part=${part + 40}`), 400);
  assert.equal(await status("v0.m3u8?_HLS_part=1"), 400);
  assert.equal(await status("v0.m3u8?_HLS_msn=-1"), 400);
  assert.equal(await status("v0.m3u8?_HLS_msn=x"), 400);
  assert.equal(await status("v0.m3u8?_HLS_msn="), 400);
  assert.equal(await status("v7.m3u8"), 404);
  assert.equal(await status("thumbnail.jpg"), 404);
  assert.ok([400, 404].includes(await status("..%2f..%2ftrunkshow.db")));
  assert.equal(await status("0000000000000000-v0-0.m4s"), 404);
  assert.equal((await fetch(`${it.server.url}/hls/00000000000000000000000000/index.m3u8`)).status, 404);
  assert.equal((await fetch(`${it.server.url}/hls/nonsense/index.m3u8`)).status, 404);
  assert.equal((await it.get("index.m3u8", { method: "POST" })).status, 405);

  // Everybody who asks for a version gets the same bytes, and caches may keep what cannot change.
  const asked = `v0.m3u8?_HLS_msn=${follower.edge.msn}&_HLS_part=${follower.edge.part}`;
  const answers = await Promise.all(Array.from({ length: 5 }, async () => {
    const reply = await it.get(asked, { headers: { origin: "https://elsewhere.example", cookie: "trunkshow_session=x" } });
    return { status: reply.status, headers: reply.headers, text: await reply.text() };
  }));
  assert.deepEqual(new Set(answers.map((a) => `${a.status} ${a.text}`)).size, 1);
  const { headers, text } = answers[0];
  assert.equal(headers.get("cache-control"), "public, max-age=24");
  assert.equal(headers.get("access-control-allow-origin"), "*");
  assert.equal(headers.get("content-type"), "application/vnd.apple.mpegurl");
  assert.ok(!headers.has("set-cookie") && !headers.has("vary"));
  const list = parse(text), newest = partsOf(list.segments.at(-1)).at(-1);
  const media = await it.get(newest.uri);
  assert.equal(media.headers.get("cache-control"), "public, max-age=86400, immutable");
  assert.equal(media.headers.get("content-type"), "video/mp4");
  assert.equal((await it.get("v0.m3u8")).headers.get("cache-control"), "public, max-age=1");
  assert.equal((await it.get("nothing.m4s")).headers.get("cache-control"), "no-store");

  // The hint is held until it is there, and then it is the part that the playlist names.
  const held = it.get(list.hint).then(async (r) => ({ status: r.status, bytes: Buffer.from(await r.arrayBuffer()) }));
  await follower.load();
  const hinted = await held;
  if (hinted.status === 200) assert.ok(hinted.bytes.includes("moof"));
  else assert.equal(hinted.status, 404, "the segment ended without this part");

  // A delta update leaves out what is old, and no more.
  const length = (list) => list.segments.reduce((sum, s) => sum + (s.duration ?? 0), 0);
  while (length(follower.list) < 27) await follower.next();
  const before = follower.list;
  const fresh = await follower.next({ skip: true });
  assert.ok(follower.list.skipped > 0, "what is older than CAN-SKIP-UNTIL is left out");
  assert.ok(follower.list.segments.every((s) => s.uri || s.parts.length), "with what was known before it is whole");
  assert.ok(fresh.length > 0 && follower.list.text.length < before.text.length);

  // Other tracks are reported where they are.
  const report = follower.list.reports["a0.m3u8"];
  assert.ok(Math.abs(report.msn - follower.edge.msn) <= 1);

  // The end: nobody is kept waiting, the playlist says so.
  const waiting = it.get(`v0.m3u8?_HLS_msn=${follower.edge.msn + 1}`);
  await it.host.must("POST", `/api/v1/shows/${it.show.id}/end`);
  const last = parse(await (await waiting).text());
  assert.ok(last.ended && !last.hint);
  assert.equal((await it.get(last.segments.at(-1).uri)).status, 200);
});

test("nobody watches: nothing is packaged; too many wait: the rest is told to come again", async (t) => {
  const it = await live(t, { hls_held: 3 });
  assert.equal(await it.metric("hls_watched"), 0);
  await it.index();
  assert.equal(await it.metric("hls_watched"), 1);
  const follower = await it.follow("v0");
  await follower.next();
  const far = follower.list.segments.at(-1).msn + 2;
  const replies = await Promise.all(Array.from({ length: 8 }, () => it.get(`v0.m3u8?_HLS_msn=${far}`)));
  const refused = replies.filter((r) => r.status === 503);
  assert.equal(replies.filter((r) => r.status === 200).length, 3);
  assert.equal(refused.length, 5);
  assert.ok(refused.every((r) => r.headers.get("retry-after") === "1" && r.headers.get("cache-control") === "no-store" && r.headers.get("access-control-allow-origin") === "*"));
  // Who goes away is not waited for.
  const gone = new AbortController();
  await follower.load();
  const farther = follower.list.segments.at(-1).msn + 2;
  const going = Array.from({ length: 3 }, () => it.get(`v0.m3u8?_HLS_msn=${farther}`, { signal: gone.signal }).catch(() => 0));
  while ((await it.metric("hls_held")) < 3) await new Promise((resolve) => setTimeout(resolve, 20));
  gone.abort();
  await Promise.all(going);
  assert.equal((await it.get(`v0.m3u8?_HLS_msn=${farther}`)).status, 200);
});

test("the spool holds what is live, a killed server's leftovers go, what is not ours stays", async (t) => {
  const folder = mkdtempSync(path.join(tmpdir(), "trunkshow-spool-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(path.join(folder, "notes.txt"), "mine");
  const it = await live(t, { spool_dir: folder });
  const spooled = () => readdirSync(path.join(folder, it.show.id)).filter((name) => /\.(m4s|mp4)$/.test(name));
  while (!existsSync(path.join(folder, it.show.id, "thumbnail.jpg"))) await new Promise((resolve) => setTimeout(resolve, 50));
  assert.deepEqual(spooled(), [], "nobody watches, nothing is packaged");
  await it.index();
  assert.ok(spooled().length >= 4, "init segments and segments of both tracks");
  await it.server.kill();
  assert.ok(spooled().length >= 4);
  await it.source.kill();
  await it.server.start();
  assert.deepEqual(readdirSync(folder), ["notes.txt"]);
});

test("with the setting off there is no HLS", async (t) => {
  const it = await live(t, { hls: "off" });
  assert.equal((await it.get("index.m3u8")).status, 404);
});
