// `trunkshow admin` from the machine's console: asked of the server that runs, or done without one.
import { test } from "node:test";
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import path from "node:path";
import { Server, open } from "./lib/server.mjs";
import { Person, claim, onAir, request, signUp, publishKey } from "./lib/people.mjs";
import { offer, sdpType } from "./lib/sdp.mjs";

async function signIn(server, username, password) {
  const reply = await request(server, "POST", "/api/v1/sessions", { username, password });
  assert.equal(reply.status, 200, JSON.stringify(reply.body));
  return new Person(server, reply.body.account, reply.body.token);
}

function create(server, name) {
  const done = server.run("admin", "create", name);
  assert.equal(done.code, 0, done.err);
  return /^password: (\S+)$/m.exec(done.out)[1];
}

test("accounts are changed while the server runs, and it knows at once", async (t) => {
  const server = await open(t, { hosting: "approved" });
  assert.equal(statSync(path.join(server.dir, "control.sock")).mode & 0o777, 0o600, "nobody else may knock");
  const ada = await signIn(server, "ada", create(server, "ada"));
  assert.equal(ada.account.role, "admin");
  const hanna = await signUp(server, "hanna");
  assert.equal((await hanna.call("POST", "/api/v1/shows", { title: "Hats" })).status, 403);
  assert.equal(server.run("admin", "approve", "hanna").code, 0);
  assert.equal((await hanna.call("POST", "/api/v1/shows", { title: "Hats" })).status, 201);
  assert.equal(server.run("admin", "ban", "hanna").code, 0);
  assert.equal((await hanna.call("POST", "/api/v1/shows", { title: "Hats" })).body.code, "banned");
  assert.equal(server.run("admin", "unban", "hanna").code, 0);
  assert.equal((await hanna.call("GET", "/api/v1/admin/audit")).status, 403);
  assert.equal(server.run("admin", "role", "hanna", "admin").code, 0);
  const { entries } = await hanna.must("GET", "/api/v1/admin/audit");
  assert.deepEqual(entries.map((e) => [e.verb, e.detail]), [["account.role", "hanna, from the console"],
    ["account.unban", "hanna, from the console"], ["account.ban", "hanna, from the console"], ["host.approve", "hanna, from the console"], ["account.create", "ada, from the console"]]);

  const again = server.run("admin", "create", "ada");
  assert.equal(again.code, 1);
  assert.match(again.err, /there is an account ada already/);
  const nobody = server.run("admin", "approve", "nobody");
  assert.equal(nobody.code, 1);
  assert.match(nobody.err, /no account nobody/);
  assert.equal(server.run("admin", "role", "hanna", "emperor").code, 2);
  assert.equal(server.run("admin", "ban", "hanna", "admin").code, 2);
});

test("without a server, and after one that was killed, the tool does it itself", async (t) => {
  const server = new Server();
  t.after(() => server.remove());
  const first = create(server, "ada");
  await server.start();
  await signIn(server, "ada", first);
  await server.kill();
  assert.doesNotMatch(server.output, /admin create/, "somebody is there");
  assert.ok(existsSync(path.join(server.dir, "control.sock")), "nobody took the socket away");
  const second = create(server, "bert");
  await server.start();
  await signIn(server, "bert", second);
  await signIn(server, "carl", create(server, "carl"));
  await server.stop();
  assert.ok(!existsSync(path.join(server.dir, "control.sock")));
});

test("an empty market says how the first admin is made", async (t) => {
  const server = await open(t);
  for (const end = Date.now() + 30_000; !/admin create NAME/.test(server.output) && Date.now() < end;)
    await new Promise((resolve) => setTimeout(resolve, 20));
  const [, command] = /For the first admin: +(\S.*)/.exec(server.output);
  const done = spawnSync(command.replace("NAME", "ada"), ["--set", "password_cost=min"], { shell: true, encoding: "utf8" });
  assert.equal(done.status, 0, done.stderr);
  assert.match(done.stdout, /^admin: ada$/m);
});

test("a data folder with a long path has its socket too", async (t) => {
  const parent = new Server();
  t.after(() => parent.remove());
  const server = new Server({ data_dir: path.join(parent.dir, "a-rather-long-name-".repeat(8)) });
  await server.start();
  create(server, "ada");
  await server.stop();
});

test("accounts are found by a part of their names", async (t) => {
  const server = await open(t);
  const ada = await signIn(server, "ada", create(server, "ada"));
  const bea = await signUp(server, "bea", "Bea Buyer");
  await signUp(server, "beatrix", "B. T.");
  const find = async (q) => (await ada.must("GET", `/api/v1/admin/accounts?q=${encodeURIComponent(q)}`)).accounts.map((a) => a.username);

  assert.deepEqual(await find(""), ["ada", "bea", "beatrix"]);
  assert.deepEqual(await find("BEA"), ["bea", "beatrix"], "the name itself first");
  assert.deepEqual(await find("buyer"), ["bea"]);
  assert.deepEqual(await find("%"), []);
  assert.equal((await bea.call("GET", "/api/v1/admin/accounts?q=ada")).status, 403);
  assert.equal((await request(server, "GET", "/api/v1/admin/accounts")).status, 401);
});

test("a ban from the market ends what the account has open; it is taken back; who is above is out of reach", async (t) => {
  const server = await open(t);
  const ada = await signIn(server, "ada", create(server, "ada"));
  const mona = await signUp(server, "mona");
  assert.equal(server.run("admin", "role", "mona", "moderator").code, 0);
  const stage = await onAir(server, { stock: 1 });
  const bea = await signUp(server, "bea"), bert = await signUp(server, "bert");
  const { socket } = await bea.enter(stage.show.id), { socket: next } = await bert.enter(stage.show.id);
  await socket.ask(claim(stage.show, stage.item));
  const ban = (by, whom, banned = true) => by.call("POST", `/api/v1/admin/accounts/${whom.account.id}/ban`, { banned });

  assert.equal((await ban(bert, bea)).status, 403);
  assert.equal((await ban(mona, ada)).status, 403, "an admin is above a moderator");
  assert.equal((await ban(mona, mona)).status, 403, "nobody bans themselves");
  assert.equal((await ban(ada, ada)).status, 403);
  assert.equal((await mona.call("POST", `/api/v1/admin/accounts/${bea.account.id}/ban`, {})).status, 400);
  assert.equal((await mona.call("POST", `/api/v1/admin/accounts/${stage.show.id}/ban`, { banned: true })).status, 404);

  const done = await ban(mona, bea);
  assert.deepEqual([done.status, done.body.account.username, done.body.account.banned], [200, "bea", true]);
  assert.deepEqual(await socket.closed, { code: 1008, reason: "banned" });
  await next.next("item", (m) => m.item.stock === 1);
  assert.equal((await bea.call("POST", "/api/v1/listings", { title: "Hat", price: 1, stock: 1 })).body.code, "banned");
  assert.equal((await bea.call("GET", "/api/v1/orders")).status, 200, "what they bought stays theirs to see");
  assert.equal((await bea.call("POST", "/api/v1/notices/read", { until: stage.item.id })).status, 204, "and what they were told to put away");

  // A host: the picture is cut, with whatever key; the shop is closed.
  const key = await publishKey(stage.host, stage.show);
  const publish = () => request(server, "POST", `/whip/${stage.show.id}`, offer("chromium-publish"), { ...sdpType, authorization: `Bearer ${key}` });
  const session = (await publish()).headers.get("location");
  const { socket: guest } = await (await signUp(server, "gast")).enter(stage.show.id);
  const { hold } = await next.ask(claim(stage.show, stage.item));
  assert.equal((await ban(ada, stage.host)).status, 200);
  assert.equal((await next.next("hold", (m) => m.hold.state === "released")).hold.id, hold.id);
  const gone = (m) => m.notice.code === "seller_banned";
  assert.deepEqual([(await next.next("news", gone)).notice.hold, (await bert.must("GET", "/api/v1/notices")).notices[0].code], [hold.id, "seller_banned"]);
  const why = await guest.next("notice");
  assert.deepEqual([why.code, why.show], ["host_banned", stage.show.id]);
  assert.match(why.text, /closed this show/);
  assert.equal((await guest.next("show", (m) => m.show.state === "ended")).show.id, stage.show.id);
  const sessions = async () => Number(/^trunkshow_media_sessions (\d+)$/m.exec((await request(server, "GET", "/metrics")).body)[1]);
  while (await sessions()) await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal((await request(server, "DELETE", session, undefined, { authorization: `Bearer ${key}` })).status, 404);
  assert.deepEqual([(await publish()).status, (await publish()).body.code], [403, "banned"]);
  assert.equal((await bert.call("GET", "/api/v1/sellers/hanna")).status, 404);

  assert.equal((await ban(ada, stage.host, false)).body.account.banned, false);
  assert.deepEqual([(await publish()).status, (await publish()).body.code], [409, "not_live"], "what ended stays so");
  assert.equal((await stage.host.call("POST", "/api/v1/shows", { title: "Anew" })).status, 201);
  assert.equal((await ban(ada, mona)).status, 200, "a moderator is below an admin");
  assert.equal((await ban(mona, bert)).body.code, "banned");
  let entries = [];
  while (entries.length < 4) entries = (await ada.must("GET", "/api/v1/admin/audit")).entries.filter((e) => /ban$/.test(e.verb));
  assert.deepEqual(entries.map((e) => [e.verb, e.object, e.name, e.actor.username]), [["account.ban", mona.account.id, "mona", "ada"],
    ["account.unban", stage.host.account.id, "hanna", "ada"], ["account.ban", stage.host.account.id, "hanna", "ada"],
    ["account.ban", bea.account.id, "bea", "mona"]]);
});
