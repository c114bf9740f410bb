// A show seen again, with real pictures: the clock in the picture tells whether a chapter begins where it should.
import { test } from "node:test";
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { open, binaries } from "./lib/server.mjs";
import { simulate } from "./lib/simulate.mjs";
import { clockOf, decode } from "./lib/studio.mjs";
import { onAir, request, guest, publishKey } from "./lib/people.mjs";

const WIDTH = 216, HEIGHT = 384, CLOCK = 1 << 24;
const settings = { recordings_free_bytes: 0 };
const SHOWN_MS = 8000;
const SLACK_MS = 600; /* two parts */
/* The simulated host draws and encodes beside all the other tests, and may lag: nearer to its own moment than to another's. */
const LAG_MS = SHOWN_MS / 2;
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const ffmpeg = (...words) => execFileSync("ffmpeg", ["-nostdin", "-v", "error", "-y", ...words], { timeout: 120000, stdio: ["ignore", "ignore", "inherit"] });
const probe = (url) => JSON.parse(execFileSync("ffprobe", ["-v", "error", "-show_streams", "-show_format", "-of", "json", url], { encoding: "utf8", timeout: 120000 }));

async function until(ask, good, what, seconds = 60) {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const answer = await ask();
    if (good(answer)) return answer;
    if (Date.now() > end) throw new Error(`${what}: ${JSON.stringify(answer)}`);
    await sleep(100);
  }
}

const replayOf = async (server, show) => (await guest(server).must("GET", `/api/v1/shows/${show.id}/replay`)).replay;
const publish = async (t, server, host, show) =>
  simulate(t, "host", "--whip", `${server.url}/whip/${show.id}`, "--token", await publishKey(host, show), "--", "--width", String(WIDTH), "--height", String(HEIGHT), "--fps", "10", "--bitrate", "400000");
const journal = (server, show) => readFileSync(path.join(server.dir, "recordings", show.id, "journal"), "utf8");
const end = (host, show) => host.must("POST", `/api/v1/shows/${show.id}/end`);

/** The parts of a track that the journal names, as {start, duration} in seconds. */
function parts(text, track) {
  return [...text.matchAll(new RegExp(`^part track=${track} .*start_us=(\\d+) duration_us=(\\d+)`, "gm"))].map(([, start, duration]) => ({ start: start / 1e6, duration: duration / 1e6 }));
}
const recorded = (server, show, seconds) =>
  until(() => {
    try {
      return parts(journal(server, show), "v0").reduce((sum, part) => sum + part.duration, 0);
    } catch {
      return 0;
    }
  }, (sum) => sum >= seconds, "recorded");

function scratch(t) {
  const folder = mkdtempSync(path.join(tmpdir(), "trunkshow-replay-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return (name) => path.join(folder, name);
}

/** The picture of a stream at a moment, by its clock: how far it is from a wall clock [ms]. All before it is decoded, for ffmpeg loses its
 *  way when it is to seek in fragments. */
function offBy(url, seconds, wallMs, file) {
  ffmpeg("-i", url, "-map", "0:v", "-ss", seconds.toFixed(3), "-frames:v", "1", file);
  const off = (clockOf(file, WIDTH, HEIGHT) - (wallMs % CLOCK) + CLOCK) % CLOCK;
  return off > CLOCK / 2 ? off - CLOCK : off;
}

/** Where each segment of a playlist begins: on its time line, and by the host's clock [ms]. */
function beginnings(playlist) {
  let at = 0;
  return [...playlist.matchAll(/#EXT-X-PROGRAM-DATE-TIME:(\S+)\n#EXTINF:([\d.]+)/g)].map(([, time, seconds]) => {
    const begins = { at, wall: Date.parse(time) };
    at += Number(seconds) * 1000;
    return begins;
  });
}

test("three listings are shown one after the other; the replay has a chapter for each where the picture was, a clip and a poster", async (t) => {
  const server = await open(t, settings);
  const file = scratch(t);
  const { host, show, item } = await onAir(server, { title: "Denim jacket" });
  const items = [item];
  for (const title of ["Leather bag", "Wool hat"]) {
    const { listing } = await host.must("POST", "/api/v1/listings", { title, price: 1900, currency: "EUR", stock: 2, shop: true });
    items.push((await host.must("POST", `/api/v1/shows/${show.id}/items`, { listing: listing.id })).item);
  }
  const { socket } = await host.enter(show.id);
  await publish(t, server, host, show);
  await recorded(server, show, 3);
  const moments = [];
  for (const next of items) {
    await socket.ask({ type: "feature", show: show.id, item: next.id });
    moments.push(Date.now());
    await sleep(SHOWN_MS);
  }
  moments.push(Date.now());
  await socket.ask({ type: "unfeature", show: show.id });
  await recorded(server, show, 3 * (SHOWN_MS / 1000) + 3);
  await end(host, show);

  const replay = await replayOf(server, show);
  assert.equal(replay.state, "ready", "as soon as it ends");
  assert.deepEqual(replay.chapters.map((c) => c.title), ["Denim jacket", "Leather bag", "Wool hat"]);
  assert.deepEqual(replay.chapters.map((c) => c.stock), [3, 2, 2]);
  assert.deepEqual(replay.chapters.map((c) => c.buyable), [false, true, true]);
  const url = server.url + replay.playlist;
  const { streams, format } = probe(url);
  assert.deepEqual(streams.map((s) => s.codec_name).sort(), ["aac", "h264"]);
  assert.ok(Math.abs(Number(format.duration) - replay.duration_ms / 1000) < 1, `${format.duration} s and ${replay.duration_ms} ms`);
  const segments = beginnings((await request(server, "GET", `/replay/${show.id}/v0.m3u8`)).body);
  for (const [i, chapter] of replay.chapters.entries()) {
    const begins = segments.findLast(({ at }) => at <= chapter.at_ms);
    const apart = Math.round(begins.wall + chapter.at_ms - begins.at - moments[i]);
    assert.ok(Math.abs(apart) <= SLACK_MS, `chapter ${i} begins ${apart} ms from when it was featured`);
    const off = offBy(url, chapter.at_ms / 1000, moments[i], file(`chapter-${i}.png`));
    t.diagnostic(`chapter ${i}: ${apart} ms by the playlist, ${off} ms by the clock in the picture`);
    assert.ok(Math.abs(off) <= LAG_MS, `chapter ${i} shows what was ${off} ms from when it was featured`);
    assert.ok(Math.abs(chapter.until_ms - chapter.at_ms - (moments[i + 1] - moments[i])) <= 300);
  }

  const { chapters, poster } = await until(() => replayOf(server, show), (r) => r.chapters.every((c) => c.clip && c.poster), "clips");
  assert.equal(poster, chapters[0].poster);
  for (const [i, chapter] of chapters.entries()) {
    const { body } = await request(server, "GET", chapter.poster);
    assert.ok(body.length > 1000);
    const [clip] = (await guest(server).must("GET", `/api/v1/listings/${chapter.listing.id}/clips`)).clips;
    assert.equal(clip.url, chapter.clip);
    assert.ok(clip.duration_ms <= 60000 && clip.duration_ms >= SHOWN_MS - 1500, `${clip.duration_ms} ms`);
    const half = Math.floor(clip.bytes / 2), pieces = [];
    for (const range of [`bytes=0-${half - 1}`, `bytes=${half}-`]) {
      const reply = await fetch(server.url + clip.url, { headers: { range } });
      assert.equal(reply.status, 206);
      assert.equal(reply.headers.get("content-type"), "video/mp4");
      pieces.push(Buffer.from(await reply.arrayBuffer()));
    }
    const movie = file(`clip-${i}.mp4`);
    writeFileSync(movie, Buffer.concat(pieces));
    const about = probe(movie);
    assert.deepEqual(about.streams.map((s) => s.codec_name).sort(), ["aac", "h264"]);
    assert.ok(Math.abs(Number(about.format.duration) * 1000 - clip.duration_ms) < 200);
    assert.equal(decode(movie), "");
    /* It begins at the keyframe before. */
    const off = offBy(movie, 0, moments[i], file(`clip-${i}.png`));
    assert.ok(off <= LAG_MS && off >= -4000 - LAG_MS, `clip ${i} is ${off} ms off`);
  }
});

test("a server that is killed loses the last part of a recording at most; the replay plays through the gap", async (t) => {
  const server = await open(t, settings);
  const { host, show } = await onAir(server);
  const source = await publish(t, server, host, show);
  await recorded(server, show, 6);
  const before = parts(journal(server, show), "v0").length;
  await server.kill();
  await source.kill();
  const kept = parts(journal(server, show), "v0");
  assert.ok(kept.length >= before);
  await server.start();
  await publish(t, server, host, show);
  await recorded(server, show, kept.reduce((sum, part) => sum + part.duration, 0) + 5);
  await end(host, show);
  const { playlist, state } = await replayOf(server, show);
  assert.equal(state, "ready");
  const { body } = await request(server, "GET", `/replay/${show.id}/v0.m3u8`);
  const lives = body.split("#EXT-X-DISCONTINUITY\n").map((life) => [...life.matchAll(/#EXTINF:([\d.]+)/g)].reduce((sum, [, s]) => sum + Number(s), 0));
  assert.ok(lives.length >= 2, body);
  const played = lives.slice(0, -1).reduce((sum, s) => sum + s, 0), written = kept.reduce((sum, part) => sum + part.duration, 0);
  assert.ok(Math.abs(played - written) < 0.1, `${played} s of ${written} s that were written`);
  /* What ffmpeg says of each break, at which time begins anew, and of the init segment that it then asks for with the last range. */
  const expected = /^.*(Found duplicated MOOV Atom|DTS \d+ [<,].*out of order|Stream ends prematurely at \d+, should be).*\n/gm;
  assert.equal(decode(server.url + playlist).replaceAll(expected, ""), "");
});
