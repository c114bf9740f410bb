// Photos come from strangers: they are decoded elsewhere, made small, and anything that is no picture is refused.
import { test } from "node:test";
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, utimesSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import path from "node:path";
import { crc32, deflateSync } from "node:zlib";
import { open } from "./lib/server.mjs";
import { signUp, onAir, claim, checkout } from "./lib/people.mjs";

function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type), data]);
  const out = Buffer.alloc(body.length + 8);
  out.writeUInt32BE(data.length, 0);
  body.copy(out, 4);
  out.writeUInt32BE(crc32(body), body.length + 4);
  return out;
}

/** A PNG that claims width x height; `rows` of it are really there. */
function png(width, height, rows = height) {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8);
  const data = Buffer.alloc(rows * (width * 3 + 1), 0x7f);
  for (let y = 0; y < rows; y++) data[y * (width * 3 + 1)] = 0;
  return Buffer.concat([Buffer.from([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10]), chunk("IHDR", header), chunk("IDAT", deflateSync(data)), chunk("IEND", Buffer.alloc(0))]);
}

const picture = (format) =>
  spawnSync("ffmpeg", ["-v", "error", "-f", "lavfi", "-i", "testsrc=size=1600x1200", "-frames:v", "1", "-f", "image2pipe", "-c:v", format, "-"]).stdout;

test("a photo of each kind becomes a small JPEG", async (t) => {
  const server = await open(t);
  const hanna = await signUp(server, "hanna");
  const { listing } = await hanna.must("POST", "/api/v1/listings", { title: "Hat", price: 900, currency: "EUR", stock: 1 });
  for (const [type, bytes] of [["image/jpeg", picture("mjpeg")], ["image/png", picture("png")], ["image/webp", picture("libwebp")]]) {
    assert.ok(bytes.length > 1000, type);
    const reply = await hanna.call("POST", `/api/v1/listings/${listing.id}/photos`, bytes, { "content-type": type });
    assert.equal(reply.status, 201, JSON.stringify(reply.body));
    const photo = await fetch(server.url + reply.body.photo);
    assert.equal(photo.headers.get("content-type"), "image/jpeg");
    assert.match(photo.headers.get("cache-control"), /immutable/);
    const jpeg = Buffer.from(await photo.arrayBuffer());
    assert.deepEqual([...jpeg.subarray(0, 2)], [0xff, 0xd8]);
    const probe = spawnSync("ffprobe", ["-v", "error", "-show_entries", "stream=width,height", "-of", "csv=p=0", "-"], { input: jpeg, encoding: "utf8" });
    const [width, height] = probe.stdout.trim().split(",").map(Number);
    assert.ok(Math.max(width, height) <= 1080 && width * 3 === height * 4, probe.stdout);
    assert.equal((await hanna.must("GET", `/api/v1/listings/${listing.id}`)).listing.photo, reply.body.photo);
  }
});

test("what is no picture, or pretends to be a giant, is refused and changes nothing", async (t) => {
  const server = await open(t);
  const hanna = await signUp(server, "hanna");
  const { listing } = await hanna.must("POST", "/api/v1/listings", { title: "Hat", price: 900, currency: "EUR", stock: 1 });
  const send = (bytes, type = "image/png") => hanna.call("POST", `/api/v1/listings/${listing.id}/photos`, bytes, { "content-type": type });

  assert.equal((await send(Buffer.from("<svg xmlns='http://www.w3.org/2000/svg'/>"))).status, 415);
  assert.equal((await send(Buffer.from("GIF89a..........."))).status, 415);
  assert.equal((await send(Buffer.alloc(0))).status >= 400, true);
  assert.equal((await send(png(4, 4).subarray(0, 40))).status, 415, "cut short");
  assert.equal((await send(png(60000, 60000, 10))).status, 413, "a decompression bomb by its header");
  assert.equal((await send(picture("mjpeg"), "text/plain")).status, 415);
  assert.equal((await hanna.must("GET", `/api/v1/listings/${listing.id}`)).listing.photo, null);
  const otto = await signUp(server, "otto");
  assert.equal((await otto.call("POST", `/api/v1/listings/${listing.id}/photos`, png(4, 4), { "content-type": "image/png" })).status, 403);
});

const upload = async (person, listing, shade) => {
  const reply = await person.call("POST", `/api/v1/listings/${listing.id}/photos`, png(8, 8 + shade), { "content-type": "image/png" });
  assert.equal(reply.status, 201, JSON.stringify(reply.body));
  return reply.body.photo;
};
const file = (server, photo) => path.join(server.dir, photo);
const gone = async (server, photo) => {
  for (const end = Date.now() + 30_000; existsSync(file(server, photo)); await new Promise((resolve) => setTimeout(resolve, 20)))
    assert.ok(Date.now() < end, `${photo} is still there`);
};

test("a photo that was replaced leaves the disk, unless an order or a hold is of its time", async (t) => {
  const server = await open(t);
  const stage = await onAir(server, { stock: 5 });
  const { host, listing } = stage;
  const first = await upload(host, listing, 1), second = await upload(host, listing, 2);
  await gone(server, first);
  assert.equal((await host.call("GET", first)).status, 404);

  const bea = await signUp(server, "bea");
  const { socket } = await bea.enter(stage.show.id);
  const { hold } = await socket.ask(claim(stage.show, stage.item));
  assert.equal(hold.listing.photo, second);
  const third = await upload(host, listing, 3);
  const { order } = await bea.must("POST", "/api/v1/checkout", checkout(host.account.id));
  const fourth = await upload(host, listing, 4);
  await gone(server, third);
  assert.equal(order.lines[0].photo, second);
  assert.equal((await bea.call("GET", second)).status, 200, "the order shows what was bought");
  assert.deepEqual(readdirSync(path.join(server.dir, "photos")).sort(), [second, fourth].map((p) => path.basename(p)).sort());
});

test("what a crash left behind is swept away at the next start, what is new or none of ours is not", async (t) => {
  const server = await open(t);
  const hanna = await signUp(server, "hanna");
  const { listing } = await hanna.must("POST", "/api/v1/listings", { title: "Hat", price: 900, currency: "EUR", stock: 1 });
  const kept = await upload(hanna, listing, 1);
  await server.stop();
  const photos = path.join(server.dir, "photos"), ago = Date.now() / 1000 - 7200;
  const left = (name, old = true) => {
    writeFileSync(path.join(photos, name), "x");
    if (old) utimesSync(path.join(photos, name), ago, ago);
    return `photos/${name}`;
  };
  mkdirSync(photos, { recursive: true });
  utimesSync(file(server, kept), ago, ago);
  const orphan = left("0123456789abcdefghjkmnpqrs.jpg"), half = left("0123456789abcdefghjkmnpqrt.part");
  const young = left("0123456789abcdefghjkmnpqrv.jpg", false), foreign = left("read.me");
  await server.start();
  await gone(server, orphan);
  await gone(server, half);
  for (const photo of [kept, young, foreign]) assert.ok(existsSync(file(server, photo)), photo);
});

/** Send the head of a large upload alone; what comes back before a byte of it was sent. */
async function askToUpload(t, server, listing, token) {
  const line = connect(server.port, "127.0.0.1");
  t.after(() => line.destroy());
  line.setEncoding("utf8");
  line.write(`POST /api/v1/listings/${listing}/photos HTTP/1.1\r\nHost: a\r\nContent-Type: image/png\r\nContent-Length: 5000000\r\n` +
    `Expect: 100-continue\r\n${token ? `Authorization: Bearer ${token}\r\n` : ""}\r\n`);
  let seen = "";
  for await (const chunk of line) {
    seen += chunk;
    if (/\r\n\r\n/.test(seen)) break;
  }
  return Number(/^HTTP\/1\.1 (\d+)/.exec(seen)[1]);
}

test("a large upload is heard of those who may send it, before they do", async (t) => {
  const server = await open(t);
  const hanna = await signUp(server, "hanna"), otto = await signUp(server, "otto");
  const { listing } = await hanna.must("POST", "/api/v1/listings", { title: "Hat", price: 900, currency: "EUR", stock: 1 });
  assert.equal(await askToUpload(t, server, listing.id), 401);
  assert.equal(await askToUpload(t, server, listing.id, "no token"), 401);
  assert.equal(await askToUpload(t, server, listing.id, otto.token), 403);
  assert.equal(await askToUpload(t, server, "0123456789abcdefghjkmnpqrs", hanna.token), 404);
  assert.equal(await askToUpload(t, server, listing.id, hanna.token), 100);
});

test("strangers who send large bodies and never end take nothing from those who have an account", async (t) => {
  const server = await open(t);
  const { host, show, listing } = await onAir(server);
  const half = Buffer.alloc(200_000, "a");
  const stranger = () => new Promise((resolve) => {
    const line = connect(server.port, "127.0.0.1");
    t.after(() => line.destroy());
    line.setEncoding("utf8");
    let seen = "";
    line.on("error", () => {});
    line.on("data", (chunk) => /\r\n\r\n.*}/s.test((seen += chunk)) && resolve(seen));
    line.write(`POST /whep/${show.id} HTTP/1.1\r\nHost: a\r\nContent-Type: application/sdp\r\nContent-Length: 262144\r\n\r\n`);
    line.write(half);
  });
  // Until one of them is told that there is no room for more of the kind.
  const answers = Array.from({ length: 80 }, stranger);
  assert.match(await Promise.race(answers), /^HTTP\/1\.1 503 .*"code":"retry"/s);
  const photo = picture("png");
  assert.ok(photo.length > 16384, "large enough to be asked about");
  const reply = await host.call("POST", `/api/v1/listings/${listing.id}/photos`, photo, { "content-type": "image/png" });
  assert.equal(reply.status, 201, JSON.stringify(reply.body));
});
