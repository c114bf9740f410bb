// Debian's Janus (streaming plugin) with the same stream and the same receivers, then this server likewise: two lines of JSON.
//   bash tests/own-network.sh node tests/bench/fanout/janus.mjs VIEWERS SECONDS [SOURCE OPTIONS]
// In a network of its own, because libnice passes over loopback. The plugin of this version (1.1.2) makes offers and takes none: a
// small WHEP server in between turns the two offers, the viewer's and the plugin's, into two answers.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { once } from "node:events";
import { tmpdir } from "node:os";
import path from "node:path";
import WebSocket from "ws";
import { load } from "../../flow/lib/server.mjs";
import { program } from "../../flow/lib/simulate.mjs";
import { bench, pause, start, stop, trunkshow, watch, within } from "./stage.mjs";

const [count, seconds] = process.argv.slice(2, 4).map(Number);
const stream = process.argv.slice(4);
const address = (process.env.TEST_ADDRESSES ?? "").split(",")[0];
const ports = { audio: 15002, video: 15004, api: 18188 };

const settings = {
  "janus.jcfg": `general: { debug_level = 2 }
    certificates: { }
    media: { rtp_port_range = "20000-40000" }
    nat: { ice_lite = true, ice_enforce_list = "${address}" }
    plugins: { disable = "libjanus_audiobridge.so,libjanus_duktape.so,libjanus_echotest.so,libjanus_lua.so,libjanus_nosip.so,libjanus_recordplay.so,libjanus_sip.so,libjanus_textroom.so,libjanus_videocall.so,libjanus_videoroom.so,libjanus_voicemail.so" }
    transports: { disable = "libjanus_http.so,libjanus_mqtt.so,libjanus_nanomsg.so,libjanus_pfunix.so,libjanus_rabbitmq.so" }`,
  "janus.transport.websockets.jcfg": `general: { json = "compact", ws = true, ws_port = ${ports.api}, ws_ip = "127.0.0.1" }`,
  "janus.plugin.streaming.jcfg": `show: { type = "rtp", id = 1, description = "show", media = (
    { type = "audio", mid = "a", port = ${ports.audio}, pt = 111, codec = "opus" },
    { type = "video", mid = "v", port = ${ports.video}, pt = 102, codec = "h264", fmtp = "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f" } ) }`,
};

/** Its API: requests with a transaction, answers in any order. */
async function connect() {
  const socket = new WebSocket(`ws://127.0.0.1:${ports.api}`, "janus-protocol"), waiting = new Map();
  await within(10, "Janus' API", new Promise((resolve, reject) => {
    socket.onopen = resolve;
    socket.onerror = ({ message }) => reject(new Error(`Janus' API: ${message}`));
  }));
  socket.onmessage = ({ data }) => {
    const message = JSON.parse(data);
    if (message.janus === "ack") return;
    waiting.get(message.transaction)?.(message);
    waiting.delete(message.transaction);
  };
  let serial = 0;
  return async (request) => {
    const transaction = String(++serial), reply = new Promise((resolve) => waiting.set(transaction, resolve));
    socket.send(JSON.stringify({ ...request, transaction }));
    const message = await within(20, `Janus' answer to ${request.janus}`, reply);
    if (message.janus === "error" || message.plugindata?.data?.error) throw new Error(`Janus: ${JSON.stringify(message)}`);
    return message;
  };
}

/** The viewer's answer to Janus' offer: its own keys under Janus' sections. */
function answerOf(viewer, offer) {
  const own = (name) => new RegExp(`^a=${name}:.*$`, "m").exec(viewer)[0].trim();
  const keys = ["ice-ufrag", "ice-pwd", "fingerprint"].map(own);
  const [head, ...sections] = offer.split(/\r?\n(?=m=)/);
  // It wants a candidate before it listens; where the viewer really is, its checks tell.
  const candidate = `a=candidate:1 1 udp 2015363327 ${address} 9 typ host`;
  const kept = /^(m=|c=|a=(mid|rtpmap|fmtp|rtcp-fb|rtcp-mux))/;
  return [...head.split(/\r?\n/).filter((line) => !/^a=(fingerprint|ice|setup)/.test(line)),
    ...sections.flatMap((section) => [...section.split(/\r?\n/).filter((line) => kept.test(line)), ...keys, "a=setup:active", "a=recvonly", candidate]), ""].join("\r\n");
}

async function serveWhep(api) {
  const { data: { id: session } } = await api({ janus: "create" });
  const timer = setInterval(() => api({ janus: "keepalive", session_id: session }).catch(() => {}), 20_000);
  bench.after(() => clearInterval(timer));
  const server = createServer(async (request, response) => {
    try {
      let offer = "";
      for await (const chunk of request) offer += chunk;
      if (request.method !== "POST") return response.writeHead(200).end();
      const { data: { id: handle } } = await api({ janus: "attach", session_id: session, plugin: "janus.plugin.streaming" });
      const at = { janus: "message", session_id: session, handle_id: handle };
      const { jsep } = await api({ ...at, body: { request: "watch", id: 1 } });
      await api({ ...at, body: { request: "start" }, jsep: { type: "answer", sdp: answerOf(offer, jsep.sdp) } });
      response.writeHead(201, { "content-type": "application/sdp", location: `/session/${handle}` }).end(jsep.sdp.replaceAll("a=setup:actpass", "a=setup:passive"));
    } catch (error) {
      response.writeHead(502).end(String(error));
    }
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  return `http://127.0.0.1:${server.address().port}/whep`;
}

/** Unless somebody listens there, connecting is refused at once: ask until it is not. */
async function patiently(connect, seconds) {
  for (const end = Date.now() + seconds * 1000; ; await pause(0.2)) {
    try {
      return await connect();
    } catch (error) {
      if (Date.now() > end) throw error;
    }
  }
}

async function janus() {
  const folder = mkdtempSync(path.join(tmpdir(), "bench-janus-"));
  bench.after(() => rmSync(folder, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(settings)) writeFileSync(path.join(folder, name), text);
  const child = start("janus", ["-F", folder, "-C", path.join(folder, "janus.jcfg")], { quiet: true });
  child.stdout.resume();
  const feed = program(bench, load, "feed", "--to", "127.0.0.1", "--audio", String(ports.audio), "--video", String(ports.video), "--", ...stream);
  const stage = { whep: await serveWhep(await patiently(connect, 20)), pid: child.pid };
  await feed.next("connected");
  await pause(3);
  const result = await watch(stage, count, seconds, { rate: 20, patience: 60 });
  await stop(feed.child, "SIGKILL");
  await stop(child, "SIGKILL");
  return result;
}

const tell = (name, { before, after, ...result }) => console.log(JSON.stringify({ name, ...result }));

if (spawnSync("janus", ["--version"]).error) {
  console.error("There is no janus here: bash configs/install.sh bench");
  process.exit(0);
}
tell(`${count}, Janus`, await janus());
const own = await trunkshow(stream, { announce: address });
await pause(3);
tell(`${count}, this server beside it`, await watch(own, count, seconds, { rate: 20 }));
await own.close();
process.exit(0);
