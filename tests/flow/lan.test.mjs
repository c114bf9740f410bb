// --lan: https on every address with a certificate of our own, and the demo's show on air there too.
import { test } from "node:test";
import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import https from "node:https";
import { hostname } from "node:os";
import path from "node:path";
import WebSocket from "ws";
import { ownAddresses } from "./lib/addresses.mjs";
import { Server, open } from "./lib/server.mjs";
import { simulate } from "./lib/simulate.mjs";

// Cheap passwords are refused on a public address.
const settings = { password_cost: "normal" };
const get = (url, options) => new Promise((resolve, reject) => {
  https.get(url, { agent: false, ...options }, (reply) => {
    const parts = [];
    reply.on("data", (part) => parts.push(part));
    reply.on("end", () => resolve({ status: reply.statusCode, headers: reply.headers, body: Buffer.concat(parts) }));
  }).on("error", reject);
});

test("phones get https with a certificate for every name of the machine, which a restart keeps", async (t) => {
  const server = new Server(settings, ["--lan"]);
  t.after(() => server.remove());
  await server.start();
  const at = `https://localhost:${server.port}`;
  const certificate = path.join(server.dir, "tls/lan.crt"), key = path.join(server.dir, "tls/lan.key");
  assert.equal(statSync(key).mode & 0o777, 0o600, "the key is its owner's alone");

  // The phone's way: take the certificate from the page once, trust it from then on.
  const ours = await get(`${at}/lan.crt`, { rejectUnauthorized: false });
  assert.equal(ours.status, 200);
  assert.equal(ours.headers["content-type"], "application/x-x509-ca-cert");
  assert.deepEqual(ours.body, readFileSync(certificate));
  await assert.rejects(get(`${at}/`), /self-signed/);
  const page = await get(`${at}/studio`, { ca: ours.body });
  assert.equal(page.status, 200);
  assert.match(page.headers["content-type"], /text\/html/);
  assert.equal((await get(`https://127.0.0.1:${server.port}/healthz`, { ca: ours.body })).status, 200);

  const parsed = new X509Certificate(ours.body);
  assert.ok(parsed.checkHost("localhost") && parsed.checkHost(hostname()), parsed.subjectAltName);
  assert.ok(parsed.checkIP("127.0.0.1") && parsed.checkIP("::1"), parsed.subjectAltName);
  for (const address of ownAddresses()) {
    assert.ok(parsed.checkIP(address), `${address} in ${parsed.subjectAltName}`);
    assert.ok(server.output.includes(address), `${address} in what is printed: ${server.output}`);
  }
  assert.equal(parsed.publicKey.asymmetricKeyDetails.namedCurve, "prime256v1");
  const days = (Date.parse(parsed.validTo) - Date.parse(parsed.validFrom)) / 86_400_000;
  assert.ok(days > 300 && days <= 398, `${days} days, and phones accept 398`);

  await new Promise((resolve, reject) => {
    const socket = new WebSocket(`wss://localhost:${server.port}/ws`, "trunkshow.v1", { ca: ours.body });
    socket.once("open", () => resolve(socket.terminate()));
    socket.once("error", reject);
  });

  await server.stop();
  await server.start();
  assert.deepEqual(readFileSync(certificate), ours.body, "phones need not be asked again");
  assert.equal((await get(`${at}/`, { ca: ours.body })).status, 200);
  await server.stop();
});

test("the demo is on air with --lan too", async (t) => {
  const server = await open(t, settings, ["--lan", "--demo"]);
  const at = `https://localhost:${server.port}`, ca = readFileSync(path.join(server.dir, "tls/lan.crt"));
  const live = async () => JSON.parse((await get(`${at}/api/v1/shows?state=live`, { ca })).body).shows[0];
  let show;
  for (const end = Date.now() + 60_000; !show && Date.now() < end;) {
    show = await live();
    if (!show) await new Promise((resolve) => setTimeout(resolve, 100));
  }
  assert.ok(show, server.tail());

  const viewer = simulate(t, "view", "--whep", `${at}/whep/${show.id}`, "--reconnect");
  assert.equal((await viewer.next("keyframe")).codec, "h264");
  await viewer.kill("SIGTERM");

  // 0.0.0.0 leads to this machine too, but it is no loopback address, and no name in the certificate.
  const strict = simulate(t, "view", "--whep", `https://0.0.0.0:${server.port}/whep/${show.id}`);
  const refused = await strict.next("refused");
  assert.equal(refused.status, 0);
  assert.match(refused.detail, /certificate.*--insecure/);
  const careless = simulate(t, "view", "--whep", `https://0.0.0.0:${server.port}/whep/${show.id}`, "--insecure");
  await careless.next("keyframe");
});
