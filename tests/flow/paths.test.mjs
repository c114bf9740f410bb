// Ways for the media that are not straight: TURN servers that clients are told of, and sessions that get a new path.
import { test } from "node:test";
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { open } from "./lib/server.mjs";
import { onAir, request, guest, publishKey } from "./lib/people.mjs";
import { offer, sdpType } from "./lib/sdp.mjs";

const offers = { whip: offer("chromium-publish"), whep: offer("chromium-view") };

test("TURN servers come with credentials for a while: by Link, with join and with the answer", async (t) => {
  const secret = "north of the river";
  const dir = mkdtempSync(path.join(tmpdir(), "trunkshow-turn-"));
  t.after(() => rmSync(dir, { recursive: true }));
  writeFileSync(path.join(dir, "secret"), `${secret}\n`);
  const server = await open(t, { ice_servers: "stun:stun.example:3478,turn:turn.example?transport=udp", turn_secret: `file:${dir}/secret`, turn_ttl_s: 600, log_level: "debug" });
  const { host, show } = await onAir(server);
  const good = (username, credential, whom) => {
    const [expires, name] = username.split(":");
    const left = Number(expires) - Date.now() / 1000;
    assert.ok(left > 300 && left <= 601, `good for ${left} s`);
    assert.match(name, whom);
    assert.equal(credential, createHmac("sha1", secret).update(username).digest("base64"));
  };

  const key = await publishKey(host, show);
  for (const [kind, headers] of [["whip", { authorization: `Bearer ${key}` }], ["whep", {}]]) {
    const made = await request(server, "POST", `/${kind}/${show.id}`, offers[kind], { ...sdpType, ...headers });
    assert.equal(made.status, 201);
    const form = /^<stun:stun\.example:3478>; rel="ice-server", <turn:turn\.example\?transport=udp>; rel="ice-server"; username="([^"]+)"; credential="([^"]+)"; credential-type="password"$/;
    const [, username, credential] = form.exec(made.headers.get("link")) ?? assert.fail(made.headers.get("link"));
    good(username, credential, /^[0-9a-f]{8}$/);
  }
  const told = (servers, whom) => {
    assert.deepEqual(servers.map((s) => s.urls), [["stun:stun.example:3478"], ["turn:turn.example?transport=udp"]]);
    assert.deepEqual(Object.keys(servers[0]), ["urls"]);
    good(servers[1].username, servers[1].credential, whom);
  };
  const stranger = await guest(server).enter(show.id), own = await host.enter(show.id);
  told(stranger.snapshot.ice_servers, /^[0-9a-f]{8}$/);
  const me = new RegExp(`^${own.snapshot.me.account.id}$`);
  told(own.snapshot.ice_servers, me);
  told((await own.socket.ask({ type: "media.offer", show: show.id, role: "publish", sdp: offers.whip })).ice_servers, me);
  assert.ok(!server.log.some((line) => line.includes(secret)), "the secret is nowhere in the log");
});

const fragment = (ufrag, pwd = "fresh0password0fresh0password") => ["a=ice-options:trickle", "a=group:BUNDLE 0 1", "m=video 9 UDP/TLS/RTP/SAVPF 96", "a=mid:1", `a=ice-ufrag:${ufrag}`, `a=ice-pwd:${pwd}`, ""].join("\r\n");
const one = (text, name) => new RegExp(`^a=${name}:(\\S+)\r$`, "m").exec(text)?.[1];

test("PATCH restarts ICE: new credentials under a new tag, once for each tag", async (t) => {
  const server = await open(t);
  const { host, show } = await onAir(server);
  const bearer = { authorization: `Bearer ${await publishKey(host, show)}` };
  for (const [kind, headers] of [["whip", bearer], ["whep", {}]]) {
    const made = await request(server, "POST", `/${kind}/${show.id}`, offers[kind], { ...sdpType, ...headers });
    const [location, first] = [made.headers.get("location"), made.headers.get("etag")];
    const patch = (tag, body) => request(server, "PATCH", location, body, { ...headers, "content-type": "application/trickle-ice-sdpfrag", "if-match": tag });

    if (kind === "whip") assert.equal((await request(server, "PATCH", location, fragment("fresh"), { "content-type": "application/trickle-ice-sdpfrag", "if-match": "*" })).status, 401);
    assert.equal((await patch('"another"', fragment("fresh"))).status, 412);
    assert.equal((await patch("*", fragment("fresh", "short"))).status, 422);
    assert.equal((await patch(first, "a=mid:0\r\n")).status, 204, "a refused restart leaves everything as it was");
    const again = await patch('"*"', fragment("fresh"));
    assert.equal(again.status, 200, JSON.stringify(again.body));
    assert.match(again.headers.get("content-type"), /^application\/trickle-ice-sdpfrag/);
    const tag = again.headers.get("etag");
    assert.notEqual(tag, first);
    assert.equal(tag, `"${one(again.body, "ice-ufrag")}"`);
    assert.notEqual(one(again.body, "ice-ufrag"), one(made.body, "ice-ufrag"));
    assert.notEqual(one(again.body, "ice-pwd"), one(made.body, "ice-pwd"));
    assert.equal(one(again.body, "mid"), "1", "in the section that was asked about");
    assert.match(again.body, new RegExp(`^a=candidate:1 1 udp \\d+ \\S+ ${server.mediaPort} typ host\r$`, "m"));
    assert.equal((await patch(first, fragment("other"))).status, 412, "the old tag is spent");
    assert.equal((await patch(tag, `a=ice-ufrag:fresh\r\na=mid:1\r\na=candidate:1 1 udp 1 192.0.2.1 9 typ host\r\n`)).status, 204, "candidates of the new generation");
    assert.equal((await request(server, "DELETE", location, undefined, headers)).status, 200);
    assert.equal((await patch("*", fragment("fresh"))).status, 404);
  }
});

test("media.offer with a session restarts its ICE and changes nothing else", async (t) => {
  const server = await open(t);
  const { host, show } = await onAir(server);
  const { socket } = await host.enter(show.id), other = (await guest(server).enter(show.id)).socket;
  for (const [role, made] of [["publish", offers.whip], ["view", offers.whep]]) {
    const ask = { type: "media.offer", show: show.id, role, sdp: made };
    const first = await socket.ask(ask);
    const sdp = made.replace(/^a=ice-ufrag:.*\r$/gm, "a=ice-ufrag:fresh\r").replace(/^a=ice-pwd:.*\r$/gm, "a=ice-pwd:fresh0password0fresh0password\r");
    const restart = { ...ask, sdp, session: first.session };
    assert.equal(await socket.answer({ ...restart, session: "0".repeat(32) }), "not_found");
    assert.equal(await socket.answer({ ...restart, role: role === "view" ? "publish" : "view" }), "not_found");
    assert.equal(await socket.answer({ ...restart, sdp: "no offer" }), "bad_request");
    assert.equal(await socket.answer({ ...restart, sdp: sdp.replace(/^(a=fingerprint:sha-256 )../gm, "$100") }), "conflict", "another certificate is another session");
    assert.equal(await socket.answer({ ...restart, sdp: sdp.replace(/^a=mid:1\r$/gm, "a=mid:7\r").replace(/BUNDLE 0 1/, "BUNDLE 0 7") }), "conflict", "so are other tracks");
    /* another connection of the same viewer may do it: lines are cut together */
    const again = await other.ask(restart);
    assert.equal(again.session, first.session);
    const version = (text) => Number(/^o=- \d+ (\d+) /m.exec(text)[1]);
    assert.ok(version(again.sdp) > version(first.sdp));
    const rest = (text) => text.replace(/^(o=- \d+) \d+/m, "$1").replace(/^a=ice-(ufrag|pwd):.*\r\n/gm, "");
    assert.equal(rest(again.sdp), rest(first.sdp));
    assert.notEqual(one(again.sdp, "ice-ufrag"), one(first.sdp, "ice-ufrag"));
    await other.ask({ type: "media.close", session: first.session });
    assert.equal(await socket.answer(restart), "not_found");
  }
});
