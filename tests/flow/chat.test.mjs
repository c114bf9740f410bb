// The room: people talk, the host keeps it kind, and a slow line costs only itself.
import { test } from "node:test";
import assert from "node:assert/strict";
import { open } from "./lib/server.mjs";
import { signUp, onAir, guest, say } from "./lib/people.mjs";

test("a line reaches everybody, joiners get the last fifty", async (t) => {
  const server = await open(t, { rate_limits: "off" });
  const { show } = await onAir(server);
  const { socket: bea } = await (await signUp(server, "bea", "Bea")).enter(show.id);
  const { socket: watcher } = await guest(server).enter(show.id);

  for (let i = 0; i < 60; i++) await bea.ask(say(show, `line ${i}`));
  assert.equal((await watcher.next("chat", (m) => m.line.text === "line 59")).line.author.name, "Bea");
  const { snapshot } = await guest(server).enter(show.id);
  assert.deepEqual(snapshot.chat.map((l) => l.text), Array.from({ length: 50 }, (_, i) => `line ${i + 10}`));
  assert.equal(await watcher.answer(say(show, "hello")), "unauthenticated");
});

test("the host takes a line away and mutes its author; others cannot", async (t) => {
  const server = await open(t);
  const { host, show } = await onAir(server);
  const rude = await signUp(server, "rude");
  const { socket } = await rude.enter(show.id);
  const { socket: carl } = await (await signUp(server, "carl")).enter(show.id);
  const { socket: stage } = await host.enter(show.id);

  const { line } = await socket.ask(say(show, "something unkind"));
  await carl.next("chat");
  assert.equal(await carl.answer({ type: "mod.delete", show: show.id, message: line }), "forbidden");
  assert.equal(await carl.answer({ type: "mod.mute", show: show.id, account: rude.account.id, seconds: 60 }), "forbidden");

  await stage.ask({ type: "mod.delete", show: show.id, message: line });
  assert.equal((await carl.next("chat.deleted")).message, line);
  const { snapshot } = await guest(server).enter(show.id);
  assert.deepEqual(snapshot.chat, []);

  await stage.ask({ type: "mod.mute", show: show.id, account: rude.account.id, seconds: 60 });
  assert.ok((await socket.next("muted")).until_ms > Date.now());
  assert.equal(await socket.answer(say(show, "again")), "muted");
  await stage.ask({ type: "mod.mute", show: show.id, account: rude.account.id, seconds: 0 });
  assert.equal(await socket.answer(say(show, "sorry")), "ok");
});

test("a ban ends chat and claims, and holds over a restart", async (t) => {
  const server = await open(t);
  const { host, show, item } = await onAir(server);
  const troll = await signUp(server, "troll");
  const { socket } = await troll.enter(show.id);
  await socket.ask({ type: "claim", show: show.id, item: item.id, quantity: 1, price: item.price, key: crypto.randomUUID() });
  const { socket: stage } = await host.enter(show.id);

  await stage.ask({ type: "mod.ban", show: show.id, account: troll.account.id, banned: true });
  await socket.next("banned");
  assert.equal(await socket.answer({ type: "react", show: show.id, kind: "heart", n: 1 }), "banned");
  const { holds } = await troll.must("GET", "/api/v1/cart");
  assert.deepEqual(holds, [], "what was not paid is void");
  await server.stop();
  await server.start();
  const { socket: back, snapshot } = await troll.enter(show.id);
  assert.equal(snapshot.me.banned, true);
  assert.equal(await back.answer(say(show, "let me in")), "banned");
});

test("who floods is slowed, who sends too much or nonsense is told, and nobody else notices", async (t) => {
  const server = await open(t);
  const { show } = await onAir(server);
  const { socket } = await (await signUp(server, "bea")).enter(show.id);

  const answers = [];
  for (let i = 0; i < 20; i++) answers.push(await socket.answer(say(show, `spam ${i}`)));
  assert.ok(answers.includes("rate_limited"));
  const { socket: carl } = await (await signUp(server, "carl")).enter(show.id);
  assert.equal(await carl.answer(say(show, "x".repeat(501))), "too_large");
  assert.match(await carl.answer(say(show, "   ")), /bad_request/);
  assert.equal(await carl.answer(say(show, 12)), "bad_request");
  assert.equal(await carl.answer(say(show, "still here")), "ok");
});

test("bad frames get an error and the connection lives", async (t) => {
  const server = await open(t);
  const { show } = await onAir(server);
  const { socket } = await (await signUp(server, "bea")).enter(show.id);

  const wrong = ["{", "[]", "null", "12", '"x"', '{"type":12}', "{}", '{"type":"nothing"}', '{"type":"chat"}', '{"type":"chat","show":"x","text":"y"}',
    '{"type":"claim","show":null}', `{"type":"chat","type":"chat","show":"${show.id}","text":"twice"}`, "[".repeat(3000), '{"type":"join","show":"\\u0000"}',
    // Words of the sender are repeated in the answer, and cut: inside a character of two, three and four bytes.
    ...["ж", "€", "🧥"].flatMap((c) => ["", "x", "xx", "xxx"].map((odd) => JSON.stringify({ type: odd + c.repeat(60) }))), `{"type":"${"ж".repeat(60)}`, `{"ж":ж}`, '{"type":"\\ud800"}'];
  for (const frame of wrong) {
    socket.send(frame);
    const { code, detail } = await socket.next("error");
    assert.match(code, /^(bad_json|bad_request|not_found)$/, frame.slice(0, 60));
    assert.ok(detail.length > 0, frame.slice(0, 60));
  }
  socket.ws.send(Buffer.from([0x7b, 0xff, 0xfe, 0x7d]), { binary: false });
  assert.equal((await socket.next("error")).code, "bad_json");
  socket.ws.send(Buffer.from("{}"), { binary: true });
  await socket.next("error");
  assert.equal(await socket.answer(say(show, "alive")), "ok");
});

test("a connection has a rate of messages and of bytes; beyond it is told so, and a flood ends", async (t) => {
  const server = await open(t);
  const { show } = await onAir(server);
  const { socket: calm } = await (await signUp(server, "calm")).enter(show.id);

  const { socket: fat } = await guest(server).enter(show.id);
  assert.equal(await fat.answer({ type: "leave", show: show.id, more: "x".repeat(60_000) }), "ok");
  for (let i = 0; i < 20; i++) fat.send(JSON.stringify({ type: "leave", id: i + 1000, more: "x".repeat(60_000) }));
  const { code: slower, id } = await fat.next("error");
  assert.deepEqual([slower, id], ["rate_limited", undefined], "a long one is not even read");

  const { socket: flood } = await guest(server).enter(show.id);
  for (let i = 0; i < 2000; i++) flood.send(`{"type":"leave","id":${i + 1000}}`);
  const { code, reason } = await flood.closed;
  assert.deepEqual([code, reason], [1008, "flood"]);
  assert.equal(await calm.answer(say(show, "alive")), "ok");
});

test("a frame of ten megabytes ends its own connection and nothing else", async (t) => {
  const server = await open(t);
  const { show } = await onAir(server);
  const { socket: big } = await guest(server).enter(show.id);
  const { socket: calm } = await (await signUp(server, "calm")).enter(show.id);

  big.send("x".repeat(10 << 20));
  const { code } = await big.closed;
  assert.ok([1009, 1006].includes(code), `closed with ${code}`);
  assert.equal(await calm.answer(say(show, "alive")), "ok");
});

test("a page of another site gets no socket", async (t) => {
  const server = await open(t);
  const { show } = await onAir(server);
  await assert.rejects(guest(server).enter(show.id, { headers: { origin: "https://evil.example" } }), /403/);
  await assert.rejects(guest(server).enter(show.id, { protocol: "something.else" }));
});

test("a viewer that stops reading is cut off; the others get every line", async (t) => {
  const server = await open(t, { rate_limits: "off", chat_max_chars: 2000 });
  const { host, show } = await onAir(server);
  const { socket: stuck } = await guest(server).enter(show.id);
  const { socket: well } = await guest(server).enter(show.id);
  const { socket: stage } = await host.enter(show.id);

  stuck.ws.pause();
  // More than the kernel's buffers (6 MB at the reader's end) and the server's queue hold together.
  const long = "x".repeat(1900);
  const lines = 5000;
  for (let i = 0; i < lines; i += 50)
    await Promise.all(Array.from({ length: 50 }, (_, k) => stage.ask(say(show, `${i + k} ${long}`))));

  for (let i = 0; i < lines; i++) assert.ok((await well.next("chat")).line.text.startsWith(`${i} `), "in order, none missing");
  stuck.ws.resume();
  const gap = await Promise.race([stuck.next("gap"), stuck.closed]);
  assert.ok(gap.dropped > 0 || gap.code === 4000, JSON.stringify(gap));
});

test("viewers are counted: people once, guests each, the host not at all", async (t) => {
  const server = await open(t);
  const { host, show } = await onAir(server);
  const { socket: stage, snapshot } = await host.enter(show.id);
  assert.equal(snapshot.viewers, 0);
  const bea = await signUp(server, "bea");
  await bea.enter(show.id);
  await bea.enter(show.id);
  const { socket } = await guest(server).enter(show.id);
  await socket.next("viewers", (m) => m.n === 2);
  const { socket: other } = await guest(server).enter(show.id);
  await socket.next("viewers", (m) => m.n === 3);
  await other.close();
  await socket.next("viewers", (m) => m.n === 2);
  assert.equal((await host.must("GET", `/api/v1/shows/${show.id}`)).show.viewers, 2);

  // A guest who turns out to be the host was a viewer until then; a host who signs out becomes one.
  const { socket: late } = await guest(server).enter(show.id);
  await socket.next("viewers", (m) => m.n === 3);
  await late.ask({ type: "hello", token: host.token });
  await socket.next("viewers", (m) => m.n === 2);
  await host.must("DELETE", "/api/v1/sessions");
  await socket.next("viewers", (m) => m.n === 4);
  await stage.close();
  await late.close();
  await socket.next("viewers", (m) => m.n === 2);
});
