// Nobody takes everything: what one address, one account or one connection may have, and that the others go on.
import { test } from "node:test";
import assert from "node:assert/strict";
import { connect } from "node:net";
import WebSocket from "ws";
import { ownAddresses } from "./lib/addresses.mjs";
import { open } from "./lib/server.mjs";
import { signUp, onAir, guest, request, Person, publishKey } from "./lib/people.mjs";
import { offer, sdpType } from "./lib/sdp.mjs";

const guestSocket = (url) => new Promise((resolve, reject) => {
  const ws = new WebSocket(url, "trunkshow.v1");
  ws.once("open", () => resolve(ws));
  ws.once("error", reject);
});

test("an address may watch often, not take every session there is; its host comes through", async (t) => {
  const server = await open(t, { max_sessions: 80 });
  const { host, show } = await onAir(server);
  const view = offer("chromium-view"), whep = () => request(server, "POST", `/whep/${show.id}`, view, sdpType);

  let last;
  for (let i = 0; i < 20; i++) {
    last = await whep();
    assert.equal(last.status, 201, JSON.stringify(last.body));
  }
  const full = await whep();
  assert.deepEqual([full.status, full.body.code], [429, "limit"]);
  const { socket } = await guest(server).enter(show.id);
  assert.equal(await socket.answer({ type: "media.offer", show: show.id, role: "view", sdp: view }), "limit");

  const key = await publishKey(host, show);
  assert.equal((await request(server, "POST", `/whip/${show.id}`, offer("chromium-publish"), { ...sdpType, authorization: `Bearer ${key}` })).status, 201);
  assert.equal((await request(server, "DELETE", last.headers.get("location"))).status, 200);
  assert.equal((await whep()).status, 201);
});

test("a connection has four media sessions", async (t) => {
  const server = await open(t);
  const { show } = await onAir(server);
  const { socket } = await guest(server).enter(show.id);
  const ask = { type: "media.offer", show: show.id, role: "view", sdp: offer("firefox-view") };

  const sessions = [];
  for (let i = 0; i < 4; i++) sessions.push((await socket.ask(ask)).session);
  assert.equal(await socket.answer(ask), "limit");
  await socket.ask({ type: "media.close", session: sessions[0] });
  assert.equal(await socket.answer(ask), "ok");
});

test("reports reach the audit log whole characters long, and only so many of one account", async (t) => {
  const server = await open(t);
  const { show } = await onAir(server);
  await server.stop();
  const made = server.run("admin", "create", "alma");
  await server.start();
  const password = /password:?\s+(\S+)/i.exec(made.out)[1];
  const { body } = await request(server, "POST", "/api/v1/sessions", { username: "alma", password });
  const alma = new Person(server, body.account, body.token);

  const rude = await signUp(server, "rude", "Rüdiger");
  const { socket } = await rude.enter(show.id);
  const { socket: bea } = await (await signUp(server, "bea")).enter(show.id);
  const { line } = await socket.ask({ type: "chat", show: show.id, text: "x" + "ж".repeat(200) });
  const reports = [];
  for (let i = 0; i < 40; i++) reports.push(await bea.answer({ type: "mod.report", show: show.id, message: line, reason: `unkind ${"é".repeat(60)}` }));
  assert.deepEqual([reports[0], reports.at(-1)], ["ok", "rate_limited"]);

  const taken = reports.filter((answer) => answer === "ok").length;
  let entries = []; // they are written soon after the answer
  while (entries.length < taken) entries = (await alma.must("GET", "/api/v1/admin/audit")).entries.filter((e) => e.verb === "report");
  assert.equal(entries.length, taken);
  assert.deepEqual([entries[0].object, entries[0].name, entries[0].actor.username], [show.id, show.title, "bea"]);
  assert.equal(entries[0].detail, `Rüdiger: "x${"ж".repeat(39)}" unkind ${"é".repeat(46)}`);
});

test("an address that asks and asks is told to wait", async (t) => {
  const server = await open(t);
  const flood = connect(server.port, "127.0.0.1");
  t.after(() => flood.destroy());
  // Many more than its budget and what is added to it while they are answered, one behind the other.
  flood.write("GET /api/v1/listings HTTP/1.1\r\nHost: a\r\n\r\n".repeat(6000));
  let seen = "";
  for await (const chunk of flood) {
    seen = (seen + chunk).slice(-4000);
    if (/HTTP\/1\.1 429 /.test(seen) && /"rate_limited"/.test(seen)) return;
  }
  assert.fail(`all was answered: ${seen}`);
});

test("an address has so many connections and is told when there are more; the machine itself is spared", async (t) => {
  const [outside] = ownAddresses();
  const server = await open(t, { bind: "0.0.0.0", connections_per_address: 6, password_cost: "normal", payments: "test" });
  const call = (address) => new Promise((resolve) => {
    const line = connect(server.port, address, () => line.write("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n"));
    t.after(() => line.destroy());
    line.setEncoding("utf8");
    let seen = "";
    line.on("error", () => resolve({ line, seen }));
    line.on("close", () => resolve({ line, seen }));
    line.on("data", (chunk) => /\r\n\r\n.*}/s.test((seen += chunk)) && resolve({ line, seen }));
  });

  const lines = [];
  for (let i = 0; i < 6; i++) lines.push(await call(outside));
  assert.ok(lines.every(({ seen }) => /^HTTP\/1\.1 200 /.test(seen)));
  const { seen } = await call(outside);
  assert.match(seen, /^HTTP\/1\.1 503 .*"code":"limit"/s);
  await assert.rejects(guestSocket(`ws://${outside}:${server.port}/ws`), /503/);
  for (let i = 0; i < 10; i++) assert.match((await call("127.0.0.1")).seen, /^HTTP\/1\.1 200 /);
  assert.match((await request(server, "GET", "/metrics")).body, /^trunkshow_address_refused_total 2$/m);

  lines[0].line.destroy();
  for (let answer = ""; !/^HTTP\/1\.1 200 /.test(answer);) answer = (await call(outside)).seen;
});
