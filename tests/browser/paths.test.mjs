// A viewer whose network lets nothing through but a TURN server: Debian's coturn as configs/turnserver.conf sets it up.
import { test } from "node:test";
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { ownAddresses } from "../flow/lib/addresses.mjs";
import { open } from "../flow/lib/server.mjs";
import { onAir, publishKey } from "../flow/lib/people.mjs";
import { simulate } from "../flow/lib/simulate.mjs";
import { openChromium, openPage } from "./lib/browsers.mjs";
import { statsOf } from "./lib/stats.mjs";

const patience = 60_000;
const secret = "0123456789abcdef of the north";
const example = new URL("../../configs/turnserver.conf", import.meta.url);

async function freePort() {
  const socket = createSocket("udp4").bind(0, "0.0.0.0");
  await once(socket, "listening");
  const { port } = socket.address();
  socket.close();
  return port;
}

/** coturn with the example's rules, on this machine: other addresses, a port that is free, no certificate. */
function configuration(address, port) {
  const own = { "listening-port": port, "static-auth-secret": secret, "allowed-peer-ip": address };
  const lines = readFileSync(example, "utf8").split("\n").filter((line) => !/^(tls-listening-port|cert|pkey|no-tlsv1|no-tlsv1_1|syslog)(=|$)/.test(line));
  const text = lines.map((line) => { const name = line.split("=")[0]; return name in own ? `${name}=${own[name]}` : line; });
  return [...text, `listening-ip=${address}`, `relay-ip=${address}`, "no-tls", "no-dtls", "log-file=stdout", ""].join("\n");
}

/** Resolves once something answers STUN there. */
async function answersStun(address, port, alive) {
  const request = Buffer.concat([Buffer.from([0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42]), randomBytes(12)]);
  const socket = createSocket("udp4").on("error", () => {});
  let answered = false;
  socket.once("message", () => (answered = true));
  for (const until = Date.now() + patience; !answered; ) {
    assert.ok(alive() && Date.now() < until, "coturn does not answer");
    socket.send(request, port, address);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  socket.close();
}

async function startTurn(t, dir, address, port) {
  const child = spawn("turnserver", ["-c", path.join(dir, "turnserver.conf"), "--pidfile", path.join(dir, "pid")], { stdio: ["ignore", "pipe", "pipe"], cwd: dir });
  const exited = once(child, "exit");
  let log = "";
  for (const out of [child.stdout, child.stderr]) out.on("data", (chunk) => (log += chunk));
  const stop = async () => { child.kill("SIGKILL"); await exited; };
  t.after(stop);
  await answersStun(address, port, () => child.exitCode === null).catch((error) => { throw new Error(`${error.message}:\n${log}`); });
  return { stop, log: () => log };
}

test("a viewer who reaches nothing but the TURN server sees the show, also after that one was gone", { timeout: 240_000 }, async (t) => {
  const [address] = ownAddresses(); // coturn refuses loopback
  const dir = mkdtempSync(path.join(tmpdir(), "trunkshow-turn-")), port = await freePort();
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  writeFileSync(path.join(dir, "turnserver.conf"), configuration(address, port));
  const turn = await startTurn(t, dir, address, port);

  const server = await open(t, { announce: address, ice_servers: `turn:${address}:${port}?transport=udp`, turn_secret: secret });
  const { host, show } = await onAir(server);
  const key = await publishKey(host, show);
  simulate(t, "host", "--whip", `${server.url}/whip/${show.id}`, "--token", key);

  const page = await openPage(t, await openChromium(t), "about:blank");
  await page.addInitScript(() => {
    const Real = window.RTCPeerConnection;
    window.made = 0;
    const relayed = (configuration) => ({ ...configuration, iceTransportPolicy: "relay" });
    window.RTCPeerConnection = class extends Real {
      constructor(configuration) { super(relayed(configuration)); window.made++; window.first ??= this; }
      setConfiguration(configuration) { super.setConfiguration(relayed(configuration)); }
    };
  });
  await page.goto(`${server.url}/s/${show.id}`);
  const decoded = () => statsOf(page, "#picture").then((stats) => stats.framesDecoded, () => 0); /* there may be no peer just now */
  const decodes = async (more) => {
    const least = (await decoded()) + more;
    for (const until = Date.now() + patience; (await decoded()) < least; await new Promise((resolve) => setTimeout(resolve, 200)))
      assert.ok(Date.now() < until, "the picture does not move");
  };
  await decodes(30);
  const pair = await page.evaluate(async () => {
    const all = [...(await document.querySelector("#picture").peer.getStats()).values()];
    const chosen = all.find((s) => s.type === "candidate-pair" && s.bytesReceived > 10_000);
    return { local: all.find((s) => s.id === chosen.localCandidateId).candidateType, made: window.made };
  });
  assert.deepEqual(pair, { local: "relay", made: 1 }, "at the first attempt, with what join told");

  // It goes, and comes back without knowing anybody: the path is lost, and the connection is given another.
  const ufrag = await page.evaluate(() => /a=ice-ufrag:(\S+)/.exec(window.first.currentRemoteDescription.sdp)[1]);
  await turn.stop();
  const again = await startTurn(t, dir, address, port);
  await page.waitForFunction((old) => /a=ice-ufrag:(\S+)/.exec(window.first.currentRemoteDescription.sdp)[1] !== old, ufrag, { timeout: patience });
  await decodes(60);
  assert.equal(await page.evaluate(() => document.querySelector("#picture").peer.connectionState), "connected");
  t.diagnostic(`connections made: ${await page.evaluate(() => window.made)}`);
  assert.ok(!server.log.some((line) => line.includes(secret)) && !turn.log().includes(key) && !again.log().includes(key));
});
