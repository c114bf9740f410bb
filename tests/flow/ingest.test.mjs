// Hosts with broadcast apps: SRT and RTMP, who is let in, what is refused, and what becomes of a line that breaks.
import { test } from "node:test";
import assert from "node:assert/strict";
import { open } from "./lib/server.mjs";
import { simulate } from "./lib/simulate.mjs";
import { guest, onAir, refused, request } from "./lib/people.mjs";
import { children, ffmpeg, gstreamer, rtmp } from "./lib/broadcast.mjs";

const srt = { srt: "on", srt_port: 0 };
const watch = (t, server, show) => simulate(t, "view", "--whep", `${server.url}/whep/${show.id}`);
const until = async (found) => {
  for (const began = Date.now(); Date.now() - began < 30_000;) {
    const value = await found();
    if (value) return value;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`never: ${found}`);
};

/** A show on air, its host's socket, and where to publish once SRT listens. */
async function stage(t, settings = srt, start = true) {
  const server = await open(t, settings);
  const { host, show } = await onAir(server, { start });
  const { socket } = await host.enter(show.id);
  const ingest = await until(async () => {
    const told = (await host.must("GET", `/api/v1/shows/${show.id}`)).show.ingest;
    return (told.srt || settings.srt === "off") && told;
  });
  const { socket: eyes } = await guest(server).enter(show.id);
  const picture = (is) => eyes.next("show", (m) => m.show.picture === is);
  const told = (matches) => socket.next("broadcast", (m) => m.show === show.id && matches(m));
  const state = (is) => told((m) => !m.problem && m.broadcast?.state === is);
  return { server, host, show, ingest, picture, told, state };
}

/** Both kinds of packets come, and go on coming. */
async function seesAndHears(viewer) {
  const { audio_packets: sound, packets } = await viewer.next("stats", (m) => m.frames > 0 && m.audio_packets > 0);
  await viewer.next("stats", (m) => m.audio_packets > sound + 25 && m.packets - m.audio_packets > packets - sound + 25);
}

const thumbnail = (server, show) => until(async () => {
  const reply = await fetch(`${server.url}/api/v1/shows/${show.id}/thumbnail.jpg`);
  return reply.status === 200 && Buffer.from(await reply.arrayBuffer()).subarray(0, 2).equals(Buffer.from([0xff, 0xd8]));
});

test("ffmpeg publishes by SRT, and who watches sees and hears it as any other host", async (t) => {
  const { server, host, show, ingest, picture, state, told } = await stage(t);
  assert.match(ingest.srt.paste, new RegExp(`^srt://[^:]+:\\d+\\?streamid=${show.id}:`));
  assert.equal(ingest.srt.passphrase, false);
  const viewer = watch(t, server, show);
  const app = ffmpeg(t, ingest.srt.paste);
  await state("on");
  await picture(true);
  await viewer.next("keyframe", (m) => m.codec === "h264");
  await seesAndHears(viewer);
  assert.ok(await thumbnail(server, show), "the pipeline can decode it");
  assert.deepEqual((await host.must("GET", `/api/v1/shows/${show.id}`)).show.broadcast, { via: "srt", state: "on" });
  assert.equal((await request(server, "GET", `/api/v1/shows/${show.id}`)).body.show.broadcast, undefined, "which is its host's affair");
  await host.must("POST", `/api/v1/shows/${show.id}/end`);
  await told((m) => m.broadcast === null);
  assert.notEqual((await app.exited).code, 0, "the end of the show is the app's");
});

test("GStreamer publishes by SRT, with the streamid as SRT's own syntax has it, before the show has begun", async (t) => {
  const { server, host, show, ingest, picture, state } = await stage(t, srt, false);
  gstreamer(t, ingest.srt.url, `#!::u=${ingest.whip.token},r=${show.id},m=publish,t=stream`);
  await state("on");
  await host.must("POST", `/api/v1/shows/${show.id}/start`);
  await picture(true);
  await seesAndHears(watch(t, server, show));
});

test("who has no key is refused in the handshake, and whoever guesses is not heard for a while", async (t) => {
  const { server, host, show, ingest } = await stage(t);
  const { url } = ingest.srt, key = ingest.whip.token;
  const wrong = (streamid) => ffmpeg(t, url, { options: ["-srt_streamid", streamid] }).exited;
  const { show: other } = await host.must("POST", "/api/v1/shows", { title: "another" });
  const tried = [`${show.id}:${"x".repeat(43)}`, `${other.id}:${key}`, `${"0".repeat(26)}:${key}`, "", "nonsense", `#!::r=${show.id},u=${key},m=request`];
  for (const { code } of await Promise.all(tried.map(wrong))) assert.notEqual(code, 0);
  await until(() => server.log.some((line) => /"refused"/.test(line)));
  assert.ok(!server.log.some((line) => line.includes(key)), "no key in the log");
  assert.ok(!server.log.some((line) => /"event":"host"/.test(line)), "nobody came in");
  const often = () => server.log.some((line) => /reason=often/.test(line));
  await until(async () => often() || (await Promise.all([1, 2, 3, 4].map((i) => wrong(`${show.id}:guess${i}`)))) && often());
  assert.equal((await host.must("GET", `/api/v1/shows/${show.id}`)).show.picture, false);
});

test("with a passphrase set, who does not know it is refused", async (t) => {
  const { ingest, state } = await stage(t, { ...srt, srt_passphrase: "correct horse %41" });
  assert.equal(ingest.srt.passphrase, true);
  const streamid = ["-srt_streamid", ingest.srt.streamid];
  assert.notEqual((await ffmpeg(t, ingest.srt.url, { options: streamid }).exited).code, 0, "none");
  assert.notEqual((await ffmpeg(t, ingest.srt.url, { options: [...streamid, "-passphrase", "battery staple"] }).exited).code, 0, "a wrong one");
  ffmpeg(t, ingest.srt.url, { options: [...streamid, "-passphrase", "correct horse %41"] });
  await state("on");
});

const bFrames = ["-preset", "veryfast", "-tune", "film", "-bf", "2", "-g", "30"];

test("B-frames and other codecs are refused, with a word about what to change; sound that nobody can play is not", async (t) => {
  const { server, show, ingest, told, picture } = await stage(t);
  const refuse = async (codecs, code) => {
    const app = ffmpeg(t, ingest.srt.paste, { codecs });
    const { problem } = await told((m) => m.problem?.code === code);
    assert.notEqual((await app.exited).code, 0);
    await told((m) => m.broadcast === null && !m.problem);
    return problem.text;
  };
  assert.match(await refuse(bFrames, "b_frames"), /B-frames to 0/);
  assert.match(await refuse(["-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=none"], "codec"), /H\.264/);
  ffmpeg(t, ingest.srt.paste, { codecs: ["-c:a", "mp2"] });
  assert.match((await told((m) => m.problem?.code === "audio_codec")).problem.text, /AAC/);
  await picture(true);
  await watch(t, server, show).next("keyframe");
});

test("where the operator wants it, B-frames are encoded anew", async (t) => {
  const { server, show, ingest, picture } = await stage(t, { ...srt, ingest_reencode: "on" });
  const viewer = watch(t, server, show);
  ffmpeg(t, ingest.srt.paste, { codecs: bFrames });
  await picture(true);
  await viewer.next("keyframe", (m) => m.codec === "h264");
  await seesAndHears(viewer);
});

test("an app whose line breaks comes back within ten seconds and goes on; one that does not is gone", async (t) => {
  const { server, show, ingest, picture, state, told } = await stage(t);
  const viewer = watch(t, server, show);
  const first = ffmpeg(t, ingest.srt.paste);
  await viewer.next("keyframe");
  await thumbnail(server, show);
  const [pipeline] = children(server, "--show");
  await first.kill();
  await state("lost");
  await picture(false);
  const second = ffmpeg(t, ingest.srt.paste, { codecs: ["-c:a", "libopus"] });
  await state("on");
  await picture(true);
  await viewer.next("keyframe");
  await seesAndHears(viewer);
  assert.deepEqual(children(server, "--show"), [pipeline], "the same pipeline goes on");
  assert.equal((await viewer.next("stats", (m) => m.connected)).connected, 1);
  await second.kill();
  await state("lost");
  const before = Date.now();
  await told((m) => m.broadcast === null);
  assert.ok(Date.now() - before > 5000, "it was waited for");
});

test("a key that is rotated or revoked cuts who publishes with it, and lets nobody in any more", async (t) => {
  const { host, show, ingest, state, told } = await stage(t);
  const first = ffmpeg(t, ingest.srt.paste);
  await state("on");
  const { show: rotated } = await host.must("POST", `/api/v1/shows/${show.id}/publish-key`);
  assert.notEqual((await first.exited).code, 0);
  await told((m) => m.broadcast === null);
  assert.notEqual((await ffmpeg(t, ingest.srt.paste).exited).code, 0, "the old key");
  const second = ffmpeg(t, rotated.ingest.srt.paste);
  await state("on");
  const { show: revoked } = await host.must("DELETE", `/api/v1/shows/${show.id}/publish-key`);
  assert.equal(revoked.publish_key, null);
  assert.equal(revoked.ingest, null);
  assert.notEqual((await second.exited).code, 0);
  assert.notEqual((await ffmpeg(t, rotated.ingest.srt.paste).exited).code, 0, "the revoked key");
  const { show: again } = await host.must("POST", `/api/v1/shows/${show.id}/publish-key`);
  ffmpeg(t, again.ingest.srt.paste);
  await state("on");
});

test("a host who is banned is cut off with the app, and comes in no more", async (t) => {
  const { server, host, ingest, state } = await stage(t);
  const { show: later } = await host.must("POST", "/api/v1/shows", { title: "later" });
  const key = (await host.must("GET", `/api/v1/shows/${later.id}`)).show.ingest.srt.paste;
  const first = ffmpeg(t, ingest.srt.paste), second = ffmpeg(t, key);
  await state("on");
  await until(() => server.log.filter((line) => /"event":"host"/.test(line)).length === 2);
  assert.equal(server.run("admin", "ban", host.account.username).code, 0);
  assert.notEqual((await first.exited).code, 0);
  assert.notEqual((await second.exited).code, 0, "nor to a show that has not begun");
  assert.notEqual((await ffmpeg(t, key).exited).code, 0);
  assert.equal(server.run("admin", "unban", host.account.username).code, 0);
  ffmpeg(t, key);
  await until(() => server.log.filter((line) => /"event":"host"/.test(line)).length === 3);
});

test("the process that takes broadcast apps may die: it is there again, and knows the keys", async (t) => {
  const { server, show, ingest, state, told } = await stage(t, { ...srt });
  const first = ffmpeg(t, ingest.srt.paste);
  await state("on");
  const [pid] = children(server, "--ingest");
  process.kill(pid, "SIGKILL");
  await told((m) => m.broadcast === null);
  assert.notEqual((await first.exited).code, 0);
  const port = await until(() => server.log.map((line) => /srt_port=(\d+)/.exec(line)?.[1]).filter(Boolean)[1]);
  ffmpeg(t, `srt://127.0.0.1:${port}?streamid=${show.id}:${ingest.whip.token}`);
  await state("on");
});

test("RTMP comes through nginx, which asks the server: the key opens it, and a rotated one closes it", async (t) => {
  const nginx = await rtmp(t);
  const { server, host, show, ingest, picture, state, told } = await stage(t, { ...nginx.settings, srt: "off" });
  assert.deepEqual([ingest.srt, ingest.rtmp.server], [null, nginx.settings.rtmp_url]);
  assert.notEqual((await ffmpeg(t, `${ingest.rtmp.server}/${show.id}?key=wrong`, { format: "flv" }).exited).code, 0);
  assert.notEqual((await ffmpeg(t, `${ingest.rtmp.server}/${show.id}`, { format: "flv" }).exited).code, 0);
  const viewer = watch(t, server, show);
  const app = ffmpeg(t, ingest.rtmp.paste, { format: "flv" });
  await state("on");
  await picture(true);
  await viewer.next("keyframe", (m) => m.codec === "h264");
  await seesAndHears(viewer);
  assert.deepEqual((await host.must("GET", `/api/v1/shows/${show.id}`)).show.broadcast, { via: "rtmp", state: "on" });
  await host.must("POST", `/api/v1/shows/${show.id}/publish-key`);
  await told((m) => m.broadcast === null);
  assert.notEqual((await app.exited).code, 0, "nginx drops it when it asks again");
});

test("RTMP with B-frames is refused with the same word; one that stops may come back", async (t) => {
  const nginx = await rtmp(t);
  const { server, show, ingest, state, told } = await stage(t, { ...nginx.settings, srt: "off" });
  const wrong = ffmpeg(t, ingest.rtmp.paste, { format: "flv", codecs: bFrames });
  assert.match((await told((m) => m.problem?.code === "b_frames")).problem.text, /B-frames/);
  assert.notEqual((await wrong.exited).code, 0, "nginx drops it when it asks again");
  const viewer = watch(t, server, show);
  const first = ffmpeg(t, ingest.rtmp.paste, { format: "flv" });
  await viewer.next("keyframe");
  await first.kill("SIGTERM");
  await state("lost");
  ffmpeg(t, ingest.rtmp.paste, { format: "flv" });
  await state("on");
  await viewer.next("keyframe");
});

test("the hook answers to nginx's questions alone", async (t) => {
  const { server, host, show, ingest } = await stage(t, { srt: "off" });
  const ask = async (body) => {
    const reply = await request(server, "POST", "/api/v1/ingest/rtmp", body, { "content-type": "application/x-www-form-urlencoded" });
    return reply.status;
  };
  const key = ingest.whip.token;
  assert.equal(await ask(`call=publish&name=${show.id}&key=${key}`), 204);
  assert.equal(await ask(`call=publish&name=${show.id}&key=wrong`), 401);
  assert.equal(await ask(`call=publish&name=${show.id}`), 401);
  assert.equal(await ask(`call=publish&name=${"0".repeat(26)}&key=${key}`), 404);
  assert.equal(await ask("nonsense=%zz"), 400);
  assert.equal(await ask("call=update_play&name=x"), 204, "players are nginx's affair");
  assert.equal(await ask(`call=publish&name=${show.id}&key=${key}&x=${"y".repeat(5000)}`), 413);
  assert.equal(await refused(guest(server), "DELETE", `/api/v1/shows/${show.id}/publish-key`), "401 unauthenticated");
  await host.must("POST", `/api/v1/shows/${show.id}/end`);
  assert.equal(await ask(`call=update_publish&name=${show.id}&key=${key}`), 409);
  assert.equal((await host.must("GET", `/api/v1/shows/${show.id}`)).show.ingest, null);
});
