// Nobody takes everything: what one address, one account or one connection may have, and that the others go on.
import { test } from "node:test";
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { open } from "./lib/server.mjs";
import { signUp, onAir, guest, request } from "./lib/people.mjs";

const offer = (name) => readFileSync(new URL(`../unit/media_sdp/offers/${name}.sdp`, import.meta.url), "utf8");
const sdp = { "content-type": "application/sdp" };

test("an address may watch often, not take every session there is; its host comes through", async (t) => {
  const server = await open(t, { max_sessions: 80 });
  const { host, show } = await onAir(server);
  const view = offer("chromium-view"), whep = () => request(server, "POST", `/whep/${show.id}`, view, sdp);

  let last;
  for (let i = 0; i < 20; i++) {
    last = await whep();
    assert.equal(last.status, 201, JSON.stringify(last.body));
  }
  const full = await whep();
  assert.deepEqual([full.status, full.body.code], [429, "limit"]);
  const { socket } = await guest(server).enter(show.id);
  assert.equal(await socket.answer({ type: "media.offer", show: show.id, role: "view", sdp: view }), "limit");

  const { publish_key: key } = (await host.must("GET", `/api/v1/shows/${show.id}`)).show;
  assert.equal((await request(server, "POST", `/whip/${show.id}`, offer("chromium-publish"), { ...sdp, authorization: `Bearer ${key}` })).status, 201);
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
