// One show's pipeline by itself: what a host sends becomes parts and segments that play, live and recorded.
import { test } from "node:test";
import assert from "node:assert/strict";
import { statSync, symlinkSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { openStudio, journal, assemble, probe, decode, beeps, clockOf, files } from "./lib/studio.mjs";

const SMALL = "--width 360 --height 640 --fps 30 --bitrate 800000";
const near = (a, b, within, what) => assert.ok(Math.abs(a - b) <= within, `${what}: ${a} and ${b}`);

/** What holds of every track's notes, whatever happened. */
function checkNotes(studio) {
  const sizes = new Map();
  for (const track of ["v0", "a0", "v1"]) {
    let before;
    for (const part of studio.of("part", track)) {
      assert.ok(part.duration_us <= 300000 && part.duration_us > 0, JSON.stringify(part));
      if (before) {
        const same = before.segment === part.segment;
        assert.equal(part.part, same ? before.part + 1 : 0);
        assert.equal(part.offset, same ? before.offset + before.bytes : 0);
        assert.ok(part.start_us >= before.start_us + before.duration_us, "time goes forward");
        if (!part.discontinuity) near(part.start_us, before.start_us + before.duration_us, 1, "parts join");
        if (same && !part.independent) assert.ok(before.duration_us >= 255000, JSON.stringify(before));
      }
      before = part;
      sizes.set(`${track}-${part.segment}`, part.offset + part.bytes);
    }
    for (const segment of studio.of("segment", track)) {
      if (!segment.parts) continue;
      assert.equal(segment.bytes, sizes.get(`${track}-${segment.segment}`));
      assert.ok(segment.duration_us <= 4100000);
    }
  }
}

/** Joins what the notes tell of a track; checks its times against theirs. */
function play(studio, folder, track, parts = studio.of("part", track)) {
  const file = assemble(folder, studio.of("hello").at(-1).epoch, parts);
  const media = probe(file);
  const told = (parts.at(-1).start_us + parts.at(-1).duration_us - parts[0].start_us) / 1e6;
  near(media.end - media.begin, told, 0.05, `${track} lasts as long as told`);
  assert.deepEqual(media.holes, []);
  assert.equal(decode(file), "", `${track} decodes`);
  return { file, ...media };
}

const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

test("H.264 passes through as it comes, Opus becomes AAC, and both keep the host's time", async (t) => {
  const studio = openStudio(t, { record: false });
  studio.say(`source ${SMALL}`);
  studio.say("note package on");
  await studio.segment("a0", 3);
  checkNotes(studio);

  const tracks = studio.notes.filter((n) => n.verb === "track" || n.verb === "part").slice(0, 2);
  assert.deepEqual(tracks.map((n) => `${n.verb} ${n.name}`), ["track v0", "track a0"], "all tracks are announced before any part");
  assert.match(studio.of("track", "v0")[0].codecs, /^avc1\.42[0-9a-f]{4}$/);
  assert.equal(studio.of("track", "a0")[0].codecs, "mp4a.40.2");
  const v0 = play(studio, studio.spool, "v0"), a0 = play(studio, studio.spool, "a0");
  assert.deepEqual([v0.codec_name, v0.width, v0.height, a0.codec_name, a0.sample_rate, a0.channels], ["h264", 360, 640, "aac", "48000", 2]);
  near(v0.begin, a0.begin, 0.022, "tracks begin together");
  for (const part of studio.of("part", "v0")) assert.equal(part.independent, part.part === 0 ? 1 : 0);
  for (const segment of studio.of("segment", "v0").slice(1)) near(segment.duration_us, 2000000, 300000, "about 2 s");
  for (const segment of studio.of("segment", "v0")) {
    const sound = studio.of("segment", "a0").find((s) => s.segment === segment.segment);
    if (sound) near(sound.start_us, segment.start_us, 22000, "the same cut in both tracks");
  }

  const start = studio.of("part", "v0")[0].start_us / 1000, turn = 0x1000000;
  const late = ((start - clockOf(v0.file, 360, 640) + turn / 2) % turn) - turn / 2;
  /* mapped once, by when the first report arrived: a busy machine delays that */
  assert.ok(Math.abs(late) < 1500, `programme date time against the clock in the picture: ${late} ms`);
  /* the demo beeps at each full second of the clock that it shows */
  const found = beeps(a0.file);
  assert.ok(found.length >= 4, `beeps at ${found}`);
  for (const at of found.slice(1)) {
    const shown = (start - late) / 1000 + (at - v0.begin);
    const off = shown - Math.round(shown);
    assert.ok(Math.abs(off) < 0.06, `sound and picture are ${Math.round(off * 1000)} ms apart at ${at}`);
  }
});

test("VP8 becomes H.264 with segments of the same kind, and without asking the host for a keyframe each time; the rung follows cut for cut", async (t) => {
  const studio = openStudio(t, { record: false });
  studio.say("source --codec vp8 --width 480 --height 640 --fps 15 --bitrate 800000");
  studio.say("note package on");
  studio.say("note rung on");
  await studio.segment("v1", 4);
  checkNotes(studio);
  const v0 = play(studio, studio.spool, "v0"), v1 = play(studio, studio.spool, "v1");
  play(studio, studio.spool, "a0");
  assert.deepEqual([v0.codec_name, v0.width, v0.height], ["h264", 480, 640]);
  assert.deepEqual([v1.codec_name, v1.width, v1.height], ["h264", 360, 480]);
  /* where no picture was lost on the way, only the thumbnail has the host asked, once in 10 s */
  if (v0.pictures > (v0.end - v0.begin) * 15 - 2) {
    const asked = studio.lines.slice(studio.lines.findIndex((l) => l.startsWith("note part"))).filter((l) => l === "keyframe").length;
    assert.ok(asked <= 1 + (v0.end - v0.begin) / 10, `asked ${asked} times; segments begin at the encoder's own keyframes`);
  }
  /* where the machine has no time for it the rung ends by itself, and says so */
  const refused = studio.of("problem").some((p) => p.code === "no_time");
  const small = studio.of("segment", "v1").filter((s) => s.parts);
  small.forEach((segment, i) => {
    const large = studio.of("segment", "v0").find((s) => s.segment === segment.segment);
    assert.equal(segment.start_us, large.start_us);
    if (!refused || i < small.length - 1) assert.equal(segment.duration_us, large.duration_us);
    assert.equal(studio.of("part", "v1").find((p) => p.segment === segment.segment).independent, 1);
  });
  if (!refused) near(v1.pictures, v0.pictures, 15, "as many pictures");

  studio.say("note rung off");
  const last = await studio.until(() => studio.of("segment", "v1").find((s) => s.parts === 0), "a segment without the rung");
  await studio.segment("v0", last.segment + 1);
  checkNotes(studio);
});

test("VP8 of a size that eight does not divide, as a phone's browser makes it on a thin line", async (t) => {
  const studio = openStudio(t, { record: false });
  studio.say("source --codec vp8 --width 180 --height 320 --fps 15 --bitrate 200000");
  studio.say("note package on");
  await studio.segment("v0", 1);
  checkNotes(studio);
  const v0 = play(studio, studio.spool, "v0");
  assert.deepEqual([v0.codec_name, v0.width, v0.height], ["h264", 180, 320]);
});

test("another size brings an init segment and a discontinuity in all tracks; so does a host who rejoins", async (t) => {
  const studio = openStudio(t, { record: false });
  studio.say(`source ${SMALL}`);
  studio.say("note package on");
  await studio.segment("a0", 1);
  studio.say("source --width 480 --height 360 --fps 30 --bitrate 800000");
  const track = await studio.until(() => studio.of("track", "v0").find((n) => n.init === 1), "the next init segment");
  assert.deepEqual([track.width, track.height], [480, 360]);
  const first = await studio.until(() => studio.of("part", "v0").find((p) => p.init === 1), "a part of it");
  assert.equal(first.discontinuity, 1);
  await studio.segment("a0", first.segment + 1);
  studio.say("source --codec vp8 --width 480 --height 360 --fps 15 --bitrate 500000");
  const again = await studio.until(() => studio.of("part", "v0").find((p) => p.discontinuity && p.segment > first.segment), "the host who came back");
  await studio.segment("a0", again.segment);
  checkNotes(studio);
  for (const { segment } of [first, again])
    assert.equal(studio.of("segment", "a0").find((s) => s.segment === segment).discontinuity, 1, "in the sound, too");
  assert.deepEqual(studio.of("segment", "v0").filter((s) => s.discontinuity).map((s) => s.segment), [first.segment, again.segment]);
  const wide = play(studio, studio.spool, "v0", studio.of("part", "v0").filter((p) => p.segment >= first.segment && p.segment < again.segment));
  assert.deepEqual([wide.width, wide.height], [480, 360]);
});

test("lost packets, a camera that is off and a muted microphone stall nothing; silence ends the parts, and what comes after is a discontinuity", async (t) => {
  const studio = openStudio(t, { record: false });
  const parts = (track) => studio.of("part", track).length;
  studio.say(`source ${SMALL}`);
  studio.say("note package on");
  await studio.segment("a0", 0);
  for (let i = 0; i < 3; i++) { studio.say("drop video 3"); studio.say("drop audio 2"); await wait(700); }
  studio.say("mute audio on");
  const quiet = parts("a0");
  await studio.until(() => parts("a0") >= quiet + 8, "silence");
  studio.say("mute audio off");
  studio.say("mute video on");
  const dark = parts("v0"), heard = parts("a0");
  await studio.until(() => parts("v0") >= dark + 8 && parts("a0") >= heard + 8, "still pictures with sound");
  studio.say("mute video off");
  await studio.segment("a0", studio.of("segment", "v0").at(-1).segment + 2);
  checkNotes(studio);
  assert.equal(studio.notes.filter((n) => n.discontinuity).length, 0);
  play(studio, studio.spool, "v0");
  play(studio, studio.spool, "a0");

  studio.say("source");
  await wait(5000);
  const end = parts("v0");
  await wait(1500);
  assert.equal(parts("v0"), end, "nobody is there: no parts");
  studio.say(`source ${SMALL}`);
  const back = await studio.until(() => studio.of("part", "v0")[end], "the host's return");
  assert.equal(back.discontinuity, 1);
  await studio.segment("a0", back.segment);
  checkNotes(studio);
});

test("a recording survives kill -9 up to the last part that its journal names, and the next life goes on in the same folder", async (t) => {
  const studio = openStudio(t);
  studio.say(`source ${SMALL}`);
  studio.say("note package on");
  studio.say("note record on");
  for (let life = 0; life < 2; life++) {
    const before = studio.of("part", "a0").length;
    await studio.until(() => studio.of("part", "a0").length >= before + 12, "parts");
    studio.say("kill");
    await studio.until(() => studio.lines.filter((l) => l === "ended 137").length > life, "its end");
    if (life === 0) {
      studio.say("start");
      studio.say("note package on");
      studio.say("note record on");
    }
  }
  const epochs = journal(studio.recording);
  assert.equal(epochs.length, 2);
  for (const { epoch, lines } of epochs) {
    for (const track of ["v0", "a0"]) {
      const parts = lines.filter((n) => n.verb === "part" && n.track === track);
      assert.ok(parts.length >= 10, `${parts.length} parts of ${track}`);
      const file = assemble(studio.recording, epoch, parts);
      const media = probe(file);
      near(media.end - media.begin, (parts.at(-1).start_us + parts.at(-1).duration_us - parts[0].start_us) / 1e6, 0.05, track);
      assert.equal(decode(file), "");
    }
  }
});

test("a full disk stops the recording and nothing else", async (t) => {
  const studio = openStudio(t);
  mkdirSync(studio.recording, { recursive: true });
  symlinkSync("/dev/full", join(studio.recording, "journal"));
  studio.say(`source ${SMALL}`);
  studio.say("note package on");
  studio.say("note record on");
  const problem = await studio.until(() => studio.of("problem")[0], "a problem");
  assert.equal(problem.code, "disk_full");
  const next = (studio.of("segment", "a0").at(-1)?.segment ?? 0) + 2;
  await studio.segment("a0", next);
  checkNotes(studio);
  play(studio, studio.spool, "v0");
  assert.equal(studio.of("problem").length, 1, "said once");
  assert.ok(files(studio.recording).length <= 6, "it stopped");
});

test("a spool without room costs segments, not the process", async (t) => {
  const studio = openStudio(t, { record: false, limit: "ulimit -f 64" }); /* files of 64 KB: a segment has more */
  studio.say(`source ${SMALL}`);
  studio.say("note package on");
  const problem = await studio.until(() => studio.of("problem")[0], "a problem");
  assert.equal(problem.code, "spool_full");
  const gap = await studio.until(() => studio.of("segment", "v0")[0], "its segment");
  assert.deepEqual([gap.parts, gap.bytes], [0, 0]);
  await studio.segment("a0", gap.segment + 2);
  assert.ok(studio.of("segment", "a0").every((s) => s.parts > 0), "the sound fits");
  assert.equal(studio.lines.filter((l) => l.startsWith("ended")).length, 0);
  for (const part of studio.of("part", "v0")) {
    const { size } = statSync(join(studio.spool, `${studio.of("hello")[0].epoch}-v0-${part.segment}.m4s`));
    assert.ok(size >= part.offset + part.bytes, "what is named is there");
  }
});

test("unless it is wanted nothing is packaged, and a sign of life comes each second", async (t) => {
  const studio = openStudio(t);
  studio.say(`source ${SMALL}`);
  await studio.until(() => studio.of("status").length >= 4, "signs of life");
  assert.deepEqual(files(studio.spool).filter((f) => f.endsWith(".m4s")), []);
  assert.ok(studio.of("status").at(-1).frames > 30);
  assert.ok(studio.lines.filter((l) => l === "keyframe").length <= 2);
  studio.say("note package on");
  await studio.segment("v0", 0);
  studio.say("note package off");
  await wait(1000);
  const count = studio.of("part").length;
  await wait(1500);
  assert.equal(studio.of("part").length, count);
  studio.say("note package on");
  const again = await studio.until(() => studio.of("part", "v0").find((p) => p.discontinuity), "packaging, again");
  assert.equal(again.part, 0);
});
