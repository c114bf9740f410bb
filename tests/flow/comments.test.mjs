// Claims by comment: "sold 12" in the chat is a claim like the button's, and nobody's business but its author's.
import { test } from "node:test";
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { open } from "./lib/server.mjs";
import { onAir, seat, guest, claim, checkout, say } from "./lib/people.mjs";

const about = (text) => (m) => m.text === text;

/** Says it, and resolves to the claim.result. */
async function call(socket, show, text, more) {
  const reply = await socket.ask(say(show, text, more));
  assert.equal(reply.claim, true, `"${text}" is a claim`);
  return socket.next("claim.result", about(text));
}

/** A host with jackets (1), a bag in one size (2), and shirts in sizes and colours (3). */
async function market(server, more) {
  const air = await onAir(server, more);
  const add = async (listing) => (await air.host.must("POST", `/api/v1/shows/${air.show.id}/items`, {
    listing: (await air.host.must("POST", "/api/v1/listings", { price: 1000, currency: "EUR", ...listing })).listing.id,
  })).item;
  const bag = await add({ title: "Bag", stock: 5, size: "One size" });
  const shirt = await add({ title: "Shirt", variants: [
    { size: "M", colour: "red", stock: 4 }, { size: "M", colour: "blue", stock: 4 }, { size: "L", colour: "red", stock: 4 }] });
  return { ...air, bag, shirt };
}

test("\"sold 1\" holds it for who wrote it, is shown to nobody, and is paid like any other claim", async (t) => {
  const server = await open(t);
  const { host, show, item } = await market(server, { stock: 3 });
  const { socket: bea, person } = await seat(server, show, "bea", "Bea");
  const { socket: carl } = await seat(server, show, "carl");

  const result = await call(bea, show, "Sold 1!");
  assert.deepEqual([result.status, result.item, result.hold.number, result.hold.price, result.show], ["held", item.id, 1, 2500, show.id]);
  assert.deepEqual(result.understood, { number: 1, quantity: 1, variant: null });
  assert.equal((await carl.next("claimed")).by, "Bea");
  assert.equal((await call(bea, show, "1 x2")).hold.quantity, 2);
  const { order } = await person.must("POST", "/api/v1/checkout", checkout(host.account.id));
  assert.equal(order.total, 7500);

  await bea.ask(say(show, "I sold 1 of these"));
  assert.equal((await carl.next("chat")).line.text, "I sold 1 of these", "the first line that is seen");
  const { snapshot } = await guest(server).enter(show.id);
  assert.equal(snapshot.chat.length, 1);
  assert.equal(carl.seen.some((m) => m.type === "claim.result"), false);
});

test("what is talk stays talk", async (t) => {
  const server = await open(t, { rate_limits: "off" });
  const { host, show } = await market(server);
  const { socket: bea } = await seat(server, show, "bea");
  const { socket: stage } = await host.enter(show.id);

  const talk = ["12 people", "1", "sold 1?", "sold out", "sold 1 at https://example.org", "1920x1080", "is 1 sold", "sold 1 of these to my sister", "30x40 cm",
    "sold about 1", "sold huge 2", "mine is 3", "sold x2 of these 1", "x2 1 stars"];
  for (const text of talk) assert.ok((await bea.ask(say(show, text))).line, text);
  assert.ok((await stage.ask(say(show, "sold 1"))).line, "what the host calls out is no claim");
  assert.equal(await guest(server).enter(show.id).then(({ socket }) => socket.answer(say(show, "sold 1"))), "unauthenticated");
});

test("sizes and colours are understood in any order and case", async (t) => {
  const server = await open(t, { hold_per_item: 100, hold_per_buyer: 100, rate_limits: "off" });
  const { show } = await market(server);
  const { socket: bea } = await seat(server, show, "bea");

  const said = { "claim 3 M red": "M, red", "sold 3 RED, m": "M, red", "3 x1 blue": "M, blue", "mine 3 l": "L, red", "sold #3 x 1 red/L": "L, red",
    "sold blue M 3": "M, blue", "sold x1 3 l": "L, red" };
  for (const [text, variant] of Object.entries(said)) {
    const { status, hold, understood } = await call(bea, show, text);
    assert.deepEqual([status, hold.variant, understood.variant], ["held", variant, variant], text);
  }
  assert.equal((await call(bea, show, "sold 2 one SIZE")).status, "held", "the listing's own size may be said");
});

test("a near miss is told what was understood, and what is missing", async (t) => {
  const server = await open(t, { rate_limits: "off" });
  const { host, show } = await market(server);
  const { socket: bea, person } = await seat(server, show, "bea");
  const { socket: stage } = await host.enter(show.id);
  await stage.ask({ type: "feature", show: show.id, item: (await host.must("GET", `/api/v1/shows/${show.id}`)).items[2].id });
  await bea.next("featured");

  const near = {
    sold: [{ number: null, quantity: 1, variant: null }, /number is missing.*"sold 3"/],
    "sold x2": [{ number: null, quantity: 2, variant: null }, /number is missing/],
    "sold 1 x": [{ number: 1, quantity: null, variant: null }, /How many.*"sold 1 x2"/],
    "sold 1 x0": [{ number: 1, quantity: null, variant: null }, /cannot be claimed/],
    "sold 2x 1": [{ number: null, quantity: null, variant: null }, /Which is the number, 2 or 1\? Write "sold 2" or "sold 1 x2"/],
    "2x 1": [{ number: null, quantity: null, variant: null }, /Which is the number, 2 or 1/],
    "x2 1": [{ number: 1, quantity: 2, variant: null }, /number comes first: write "sold 1 x2"/],
    "ｘ２ １": [{ number: 1, quantity: 2, variant: null }, /number comes first/],
    "sold x2 red": [{ number: null, quantity: 2, variant: "red" }, /number is missing/],
    "sold 99999999999999": [{ number: null, quantity: 1, variant: null }, /no such number/],
    "sold 99": [{ number: 99, quantity: 1, variant: null }, /no number 99/],
    "12 x2": [{ number: 12, quantity: 2, variant: null }, /no number 12/],
    "claim 3": [{ number: 3, quantity: 1, variant: null }, /M red, M blue, L red/],
    "claim 3 M": [{ number: 3, quantity: 1, variant: "M" }, /several of "M".*M red, M blue, L red/],
    "claim 3 XXL": [{ number: 3, quantity: 1, variant: "XXL" }, /no "XXL".*M red/],
    "claim 2 huge": [{ number: 2, quantity: 1, variant: "huge" }, /no sizes or colours.*"claim 2"/],
  };
  for (const [text, [understood, detail]] of Object.entries(near)) {
    const result = await call(bea, show, text);
    assert.equal(result.status, "unclear", text);
    assert.deepEqual(result.understood, understood, text);
    assert.match(result.detail, detail, text);
  }
  assert.deepEqual((await person.must("GET", "/api/v1/cart")).holds, []);
  const { snapshot } = await guest(server).enter(show.id);
  assert.deepEqual(snapshot.chat, [], "nobody saw any of it");
});

test("the same queue as the button's: held, waitlisted, refused; once for one key", async (t) => {
  const server = await open(t);
  const { host, show, item } = await market(server, { stock: 1 });
  const { socket: bea } = await seat(server, show, "bea");
  const { socket: carl } = await seat(server, show, "carl");
  const key = randomUUID();

  const first = await call(bea, show, "sold 1", { key });
  assert.equal(first.status, "held");
  assert.equal((await call(bea, show, "sold 1", { key })).hold.id, first.hold.id, "sent again, it is the same");
  await host.enter(show.id).then(({ socket }) => socket.ask({ type: "price", show: show.id, item: item.id, price: 2000 }));
  await bea.next("item", (m) => m.item.price === 2000);
  const later = await call(bea, show, "sold 1", { key });
  assert.deepEqual([later.status, later.hold.id, later.hold.price], ["held", first.hold.id, 2500], "whatever it costs by now");
  const again = await call(bea, show, "sold 1 x2", { key });
  assert.deepEqual([again.status, again.code], ["refused", "key_conflict"]);
  assert.equal(await bea.answer(say(show, "sold 1", { key: "short" })), "bad_request");

  const waits = await call(carl, show, "sold 1");
  assert.deepEqual([waits.status, waits.waiting.place], ["waitlisted", 1]);
  assert.equal((await carl.ask(claim(show, item))).waiting.id, waits.waiting.id, "the button finds the same place");
  const many = await call(carl, show, "2 x5");
  assert.deepEqual([many.status, many.code], ["refused", "limit"]);
  assert.ok(many.detail);
  await bea.ask({ type: "release", hold: first.hold.id });
  await carl.next("hold", (m) => m.hold.state === "active");

  await host.must("POST", `/api/v1/shows/${show.id}/end`);
  await bea.next("show", (m) => m.show.state === "ended");
  assert.equal(await bea.answer(say(show, "sold 1")), "not_live");
});

test("slow mode and a mute keep nobody from buying; a ban does", async (t) => {
  const server = await open(t);
  const { host, show } = await market(server, { stock: 50 });
  const { socket: bea, person } = await seat(server, show, "bea");
  const { socket: stage } = await host.enter(show.id);
  const account = person.account.id;

  await stage.ask({ type: "mod.slow", show: show.id, seconds: 3600 });
  await bea.ask(say(show, "hello"));
  assert.equal(await bea.answer(say(show, "hello again")), "slow_mode");
  assert.equal((await call(bea, show, "sold 1")).status, "held");
  assert.equal((await call(bea, show, "sold 2")).status, "held", "as often as one claims");
  await stage.ask({ type: "mod.mute", show: show.id, account, seconds: 3600 });
  assert.equal(await bea.answer(say(show, "hello?")), "muted");
  assert.equal((await call(bea, show, "sold 1")).status, "held");
  await stage.ask({ type: "mod.ban", show: show.id, account, banned: true });
  await bea.next("banned");
  for (const text of ["sold 1", "sold"]) assert.equal(await bea.answer(say(show, text)), "banned", text);
});

test("the price is the one the room was told, flash prices too; an item that is taken away has no number", async (t) => {
  const server = await open(t);
  const { host, show, item, bag } = await market(server, { stock: 10 });
  const { socket: bea } = await seat(server, show, "bea");
  const { socket: stage } = await host.enter(show.id);

  await stage.ask({ type: "price", show: show.id, item: item.id, price: 2000 });
  await bea.next("item", (m) => m.item.price === 2000);
  assert.equal((await call(bea, show, "sold 1")).hold.price, 2000);
  await stage.ask({ type: "price", show: show.id, item: item.id, flash: { price: 1500, seconds: 3600 } });
  await bea.next("item", (m) => m.item.flash?.price === 1500);
  assert.equal((await call(bea, show, "sold 1")).hold.price, 1500);

  await host.must("DELETE", `/api/v1/shows/${show.id}/items/${bag.id}`);
  await bea.next("item.removed");
  assert.match((await call(bea, show, "sold 2")).detail, /no number 2/);
  assert.equal((await call(bea, show, "sold 3 L")).status, "held", "the others keep theirs");

  // A room that was made anew knows what it needs from its first viewer on.
  await server.kill();
  await server.start();
  const { socket: carl } = await seat(server, show, "carl");
  assert.equal((await call(carl, show, "sold 1")).hold.price, 1500);
  assert.match((await call(carl, show, "sold 2")).detail, /no number 2/);
});

test("the words are the house's, in its languages", async (t) => {
  const server = await open(t, { claim_words: " nehme , größe,買,je prends" });
  const { show } = await market(server);
  const { socket: bea } = await seat(server, show, "bea");

  assert.equal((await call(bea, show, "Nehme 1")).status, "held");
  assert.equal((await call(bea, show, "GRÖßE 2")).status, "held");
  assert.equal((await call(bea, show, "買1")).status, "held");
  assert.equal((await call(bea, show, "Je prends 1")).status, "held");
  assert.match((await call(bea, show, "nehme")).detail, /"nehme 1"/);
  assert.match((await call(bea, show, "je prends")).detail, /"je prends 1"/);
  assert.match((await call(bea, show, "2 x1 rot")).detail, /"nehme 2"/);
  assert.ok((await bea.ask(say(show, "sold 1"))).line);
});
