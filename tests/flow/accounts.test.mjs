// Who may: signing up and in, hosting by approval, the admin's console, and what each refusal says.
import { test } from "node:test";
import assert from "node:assert/strict";
import { open } from "./lib/server.mjs";
import { signUp, request, guest, onAir, Person, publishKey } from "./lib/people.mjs";
import { offer, sdpType } from "./lib/sdp.mjs";

const problem = (reply, status, code) => {
  assert.equal(reply.status, status, JSON.stringify(reply.body));
  assert.match(reply.headers.get("content-type"), /application\/problem\+json/);
  assert.equal(reply.body.code, code);
  assert.ok(reply.body.detail);
};

test("sign up, sign out, sign in; the session ends where it should", async (t) => {
  const server = await open(t);
  const bea = await signUp(server, "bea");
  assert.equal((await bea.must("GET", "/api/v1/me")).account.username, "bea");
  await bea.must("DELETE", "/api/v1/sessions");
  problem(await bea.call("GET", "/api/v1/me"), 401, "unauthenticated");

  const again = await request(server, "POST", "/api/v1/sessions", { username: "bea", password: "pass phrase of bea" });
  assert.equal(again.status, 200);
  assert.match(again.headers.get("set-cookie"), /^trunkshow_session=[^;]+;.*HttpOnly/i);
  assert.match(again.headers.get("set-cookie"), /SameSite=Lax/i);
  problem(await request(server, "POST", "/api/v1/accounts", { username: "bea", password: "another pass phrase" }), 409, "conflict");
});

test("a wrong password and an unknown name look the same, and guessing is slowed", async (t) => {
  const server = await open(t, { login_attempts_min: 5 });
  await signUp(server, "bea");
  const attempt = (username, password) => request(server, "POST", "/api/v1/sessions", { username, password });
  const wrong = await attempt("bea", "not her password");
  const unknown = await attempt("nobody", "not her password");
  problem(wrong, 401, "unauthenticated");
  assert.deepEqual(wrong.body, unknown.body);
  for (let i = 0; i < 10; i++) await attempt("bea", "not her password");
  problem(await attempt("bea", "not her password"), 429, "rate_limited");
});

test("names, passwords and bodies are checked", async (t) => {
  const server = await open(t);
  const wrong = [{}, { username: "x" }, { username: "ok name", password: "long enough pass" }, { username: "bea", password: "short" },
    { username: "bea", password: 12345678 }, { username: "\u0000bea", password: "long enough pass" }, { username: "b".repeat(100), password: "long enough pass" },
    { username: "bea", password: "p".repeat(5000) }, [], null, "text"];
  for (const body of wrong) problem(await request(server, "POST", "/api/v1/accounts", JSON.stringify(body), { "content-type": "application/json" }), 400, "bad_request");
  problem(await request(server, "POST", "/api/v1/accounts", "{", { "content-type": "application/json" }), 400, "bad_json");
  problem(await request(server, "POST", "/api/v1/accounts", Buffer.from([0x22, 0xff, 0x22]), { "content-type": "application/json" }), 400, "bad_json");
  assert.equal((await request(server, "POST", "/api/v1/accounts", "username=bea", { "content-type": "application/x-www-form-urlencoded" })).status, 415);
  problem(await request(server, "POST", "/api/v1/accounts", `{"username":"${"x".repeat(3 << 20)}"}`, { "content-type": "application/json" })
    .catch(() => ({ status: 413, headers: new Headers({ "content-type": "application/problem+json" }), body: { code: "too_large", detail: "cut" } })), 413, "too_large");
});

test("hosting needs an admin's yes, and the audit log remembers it", async (t) => {
  const server = await open(t, { hosting: "approved" });
  await server.stop();
  const made = server.run("admin", "create", "alma");
  assert.equal(made.code, 0, made.err);
  const password = /password:?\s+(\S+)/i.exec(made.out)[1];
  await server.start();
  const signedIn = await request(server, "POST", "/api/v1/sessions", { username: "alma", password });
  assert.equal(signedIn.status, 200);
  const alma = new Person(server, signedIn.body.account, signedIn.body.token);

  const hanna = await signUp(server, "hanna");
  problem(await hanna.call("POST", "/api/v1/shows", { title: "mine" }), 403, "forbidden");
  assert.equal((await hanna.call("POST", "/api/v1/me/hosting")).status, 202);
  const { accounts } = await alma.must("GET", "/api/v1/admin/hosts?state=asked");
  assert.deepEqual(accounts.map((a) => a.username), ["hanna"]);
  problem(await hanna.call("POST", `/api/v1/admin/hosts/${hanna.account.id}`, { approve: true }), 403, "forbidden");
  await alma.must("POST", `/api/v1/admin/hosts/${hanna.account.id}`, { approve: true });
  await hanna.must("POST", "/api/v1/shows", { title: "mine" });

  const { entries } = await alma.must("GET", "/api/v1/admin/audit");
  assert.ok(entries.some((e) => e.actor.username === "alma" && e.object.includes(hanna.account.id)), JSON.stringify(entries));
  problem(await hanna.call("GET", "/api/v1/admin/audit"), 403, "forbidden");
});

test("what belongs to others stays theirs", async (t) => {
  const server = await open(t);
  const { host, show, item, listing } = await onAir(server);
  const otto = await signUp(server, "otto");

  problem(await otto.call("PATCH", `/api/v1/listings/${listing.id}`, { price: 1 }), 403, "forbidden");
  problem(await otto.call("POST", `/api/v1/shows/${show.id}/end`), 403, "forbidden");
  problem(await otto.call("POST", `/api/v1/shows/${show.id}/publish-key`), 403, "forbidden");
  problem(await otto.call("DELETE", `/api/v1/shows/${show.id}/items/${item.id}`), 403, "forbidden");
  problem(await otto.call("GET", `/api/v1/shows/${show.id}/claims`), 403, "forbidden");
  const { socket } = await otto.enter(show.id);
  assert.equal(await socket.answer({ type: "feature", show: show.id, item: item.id }), "forbidden");
  assert.equal(await socket.answer({ type: "price", show: show.id, item: item.id, price: 1 }), "forbidden");

  const seen = await otto.must("GET", `/api/v1/shows/${show.id}`);
  assert.equal(seen.show.publish_key, undefined, "the key is the host's alone");
  assert.ok(await publishKey(host, show));
  problem(await guest(server).call("POST", "/api/v1/listings", { title: "x", price: 1, currency: "EUR", stock: 1 }), 401, "unauthenticated");
  problem(await new Person(server, null, "not-a-token").call("GET", "/api/v1/me"), 401, "unauthenticated");
});

test("a form on another site cannot use a visitor's cookie", async (t) => {
  const server = await open(t);
  const bea = await signUp(server, "bea");
  const cookie = `trunkshow_session=${bea.token}`;
  const body = { title: "x", price: 1, currency: "EUR", stock: 1 };
  problem(await request(server, "POST", "/api/v1/listings", body, { cookie, origin: "https://evil.example" }), 403, "forbidden");
  assert.equal((await request(server, "POST", "/api/v1/listings", body, { cookie, origin: server.url })).status, 201);
});

test("anybody may ask what the pages must know of the market", async (t) => {
  const server = await open(t, { currency: "CHF", hosting: "approved" });
  const reply = await request(server, "GET", "/api/v1/market");
  assert.equal(reply.status, 200);
  assert.deepEqual(reply.body, { payments: "test", currency: "CHF", hosting: "approved" });
});

test("unknown paths, methods and odd requests", async (t) => {
  const server = await open(t);
  problem(await request(server, "GET", "/api/v1/nothing"), 404, "not_found");
  const wrong = await request(server, "DELETE", "/api/v1/listings");
  assert.equal(wrong.status, 405);
  assert.match(wrong.headers.get("allow"), /GET/);
  problem(await request(server, "GET", "/api/v1/shows/not-an-id"), 404, "not_found");
  assert.equal((await request(server, "GET", "/healthz")).status, 200);
  assert.equal((await request(server, "GET", "/readyz")).status, 200);
  assert.match((await request(server, "GET", "/metrics")).body, /^# (HELP|TYPE) trunkshow_/m);
  assert.match(String((await request(server, "GET", "/photos/..%2f..%2ftrunkshow.db")).status), /^40[04]$/);
});

test("a new publish key cuts off who publishes with the old one, and nobody else", async (t) => {
  const server = await open(t);
  const { host, show } = await onAir(server);
  const { show: other } = await host.must("POST", "/api/v1/shows", { title: "Another" });
  const publish = async (to, token) => {
    const reply = await request(server, "POST", `/whip/${to}`, offer("chromium-publish"), { ...sdpType, authorization: `Bearer ${token}` });
    return { status: reply.status, location: reply.headers.get("location") };
  };
  const end = async ({ location }, token) => (await request(server, "DELETE", location, undefined, { authorization: `Bearer ${token}` })).status;
  const old = await publishKey(host, show), elsewhere = await publish(other.id, await publishKey(host, other));
  const byKey = await publish(show.id, old);
  assert.deepEqual([byKey.status, elsewhere.status], [201, 201]);

  const { show: turned } = await host.must("POST", `/api/v1/shows/${show.id}/publish-key`);
  assert.notEqual(turned.publish_key, old);
  assert.equal(await end(byKey, turned.publish_key), 404, "the session is gone");
  assert.equal((await publish(show.id, old)).status, 401);
  assert.equal(await end(elsewhere, await publishKey(host, other)), 200, "another show's goes on");

  // The host's own sign-in is no key: it stays good.
  const byHost = await publish(show.id, host.token);
  assert.equal(byHost.status, 201);
  await host.must("POST", `/api/v1/shows/${show.id}/publish-key`);
  assert.equal(await end(byHost, host.token), 200);
});
