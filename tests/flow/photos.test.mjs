// Photos come from strangers: they are decoded elsewhere, made small, and anything that is no picture is refused.
import { test } from "node:test";
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { crc32, deflateSync } from "node:zlib";
import { open } from "./lib/server.mjs";
import { signUp } from "./lib/people.mjs";

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
