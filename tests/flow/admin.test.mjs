// `trunkshow admin` from the machine's console: asked of the server that runs, or done without one.
import { test } from "node:test";
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import path from "node:path";
import { Server, open } from "./lib/server.mjs";
import { Person, request, signUp } from "./lib/people.mjs";

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
  assert.equal((await hanna.call("GET", "/api/v1/admin/audit")).status, 403);
  assert.equal(server.run("admin", "role", "hanna", "admin").code, 0);
  const { entries } = await hanna.must("GET", "/api/v1/admin/audit");
  assert.deepEqual(entries.map((e) => [e.verb, e.detail]), [["account.role", "hanna, from the console"],
    ["host.approve", "hanna, from the console"], ["account.create", "ada, from the console"]]);

  const again = server.run("admin", "create", "ada");
  assert.equal(again.code, 1);
  assert.match(again.err, /there is an account ada already/);
  const nobody = server.run("admin", "approve", "nobody");
  assert.equal(nobody.code, 1);
  assert.match(nobody.err, /no account nobody/);
  assert.equal(server.run("admin", "role", "hanna", "emperor").code, 2);
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
