// The waitlist: who comes too late for what is only held waits in order, and what becomes free is the next one's.
import { test } from "node:test";
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { open } from "./lib/server.mjs";
import { onAir, seat, signUp, claim, checkout } from "./lib/people.mjs";

const mine = (state) => (m) => m.waiting.state === state;
const place = (n) => (m) => m.waiting.state === "waiting" && m.waiting.place === n;
const active = (m) => m.hold.state === "active";
const news = (code) => (m) => m.notice.code === code;

test("three want one: the first lets it run out, the next has it with a notice, the third moves up", async (t) => {
  const server = await open(t, { hold_s: 10 });
  const { host, show, item, listing } = await onAir(server, { stock: 1 });
  const { socket: stage } = await host.enter(show.id);
  const { socket: ada } = await seat(server, show, "ada");
  const { socket: bea, person: beaHerself } = await seat(server, show, "bea", "Bea");
  const { socket: carl, person: carlHimself } = await seat(server, show, "carl");

  assert.equal((await ada.ask(claim(show, item))).status, "held");
  const waits = await bea.ask(claim(show, item));
  assert.deepEqual([waits.status, waits.waiting.place, waits.waiting.state, waits.waiting.listing.id], ["waitlisted", 1, "waiting", listing.id]);
  assert.equal((await stage.next("wait", (m) => m.waiting.id === waits.waiting.id)).buyer.display_name, "Bea");
  assert.equal((await carl.ask(claim(show, item))).waiting.place, 2);
  await stage.next("item", (m) => m.item.waiting === 2);
  assert.deepEqual((await host.must("GET", `/api/v1/shows/${show.id}/claims`)).waiting.map((w) => [w.buyer.display_name, w.place]), [["carl", 2], ["Bea", 1]]);
  assert.deepEqual((await host.must("GET", `/api/v1/listings/${listing.id}/waitlist`)).waiting.map((w) => w.buyer.display_name), ["Bea", "carl"]);
  assert.equal((await beaHerself.call("GET", `/api/v1/listings/${listing.id}/waitlist`)).status, 403);
  assert.deepEqual((await carlHimself.must("GET", "/api/v1/cart")).waiting.map((w) => w.place), [2]);

  await ada.next("hold", (m) => m.hold.state === "expired");
  const { hold } = await bea.next("hold", active);
  assert.equal((await bea.next("waiting", mine("served"))).waiting.hold, hold.id);
  const { notice } = await bea.next("news", news("your_turn"));
  assert.deepEqual([notice.hold, notice.title, notice.read], [hold.id, "Denim jacket", false]);
  assert.equal((await carl.next("waiting", place(1))).waiting.place, 1);
  assert.equal((await stage.next("claimed", (m) => m.by === "Bea")).quantity, 1, "the room is told as of a claim");

  // It is paid: there is nothing left to wait for.
  const { order } = await beaHerself.must("POST", "/api/v1/checkout", checkout(host.account.id));
  assert.equal(order.state, "paid");
  await carl.next("waiting", mine("closed"));
  await carl.next("news", news("wait_ended"));
  assert.equal((await carl.ask(claim(show, item))).status, "sold_out");
});

test("what is given back, restocked or cancelled goes to who waits, to nobody who comes later", async (t) => {
  const server = await open(t);
  const { host, show, item, listing } = await onAir(server, { stock: 1 });
  const { socket: ada, person: adaHerself } = await seat(server, show, "ada");
  const { socket: bea } = await seat(server, show, "bea");
  const { socket: carl } = await seat(server, show, "carl");
  const { socket: late } = await seat(server, show, "late");

  const { hold } = await ada.ask(claim(show, item));
  await bea.ask(claim(show, item, { quantity: 2 }));
  await carl.ask(claim(show, item));
  await ada.ask({ type: "release", hold: hold.id });
  await carl.next("hold", active); // one is too few for Bea, who stays the first
  assert.equal((await late.ask(claim(show, item))).waiting.place, 2);

  await host.must("PATCH", `/api/v1/listings/${listing.id}`, { stock_delta: 2 });
  const { hold: both } = await bea.next("hold", active);
  assert.equal(both.quantity, 2);
  await late.next("waiting", place(1));
  await host.must("PATCH", `/api/v1/listings/${listing.id}`, { stock_delta: 1 });
  await late.next("hold", active);

  assert.equal((await ada.ask(claim(show, item))).waiting.place, 1);
  assert.equal((await adaHerself.must("GET", "/api/v1/cart")).waiting.length, 1);
});

test("a queue that moves is told to the host in one message, to each who waits in their own", async (t) => {
  const server = await open(t, { rate_limits: "off" });
  const { host, show, item } = await onAir(server, { stock: 1 });
  const { socket: stage } = await host.enter(show.id);
  const { socket: ada } = await seat(server, show, "ada");
  const { hold } = await ada.ask(claim(show, item));
  const ids = [];
  for (let i = 0; i < 12; i++) {
    const person = await signUp(server, `waiter${i}`);
    const { type, ...body } = claim(show, item);
    ids.push((await person.must("POST", "/api/v1/claims", body)).waiting.id);
  }
  const { socket: last } = await seat(server, show, "last");
  ids.push((await last.ask(claim(show, item))).waiting.id);

  await ada.ask({ type: "release", hold: hold.id });
  const { places } = await stage.next("wait.places");
  assert.deepEqual(places, Object.fromEntries(ids.slice(1).map((id, i) => [id, i + 1])));
  assert.equal((await last.next("waiting", place(12))).waiting.id, ids[12]);
  const waits = stage.seen.filter((m) => m.type === "wait");
  assert.deepEqual(waits.map((m) => [m.waiting.id, m.waiting.state]), [...ids.map((id) => [id, "waiting"]), [ids[0], "served"]]);
});

test("one leaves the queue by asking, from the page or over HTTP; nobody else can, and those behind move up", async (t) => {
  const server = await open(t);
  const { show, item } = await onAir(server, { stock: 1 });
  const { socket: ada } = await seat(server, show, "ada");
  const { socket: bea } = await seat(server, show, "bea");
  const { socket: carl, person: carlHimself } = await seat(server, show, "carl");
  const { socket: dora } = await seat(server, show, "dora");

  await ada.ask(claim(show, item));
  const { waiting: first } = await bea.ask(claim(show, item));
  const { waiting: second } = await carl.ask(claim(show, item));
  await dora.ask(claim(show, item));

  assert.equal(await ada.answer({ type: "wait.leave", waiting: first.id }), "forbidden");
  assert.equal(await ada.answer({ type: "wait.leave", waiting: item.id }), "not_found");
  assert.equal(await ada.answer({ type: "wait.leave" }), "bad_request");
  assert.equal((await bea.ask({ type: "wait.leave", waiting: first.id })).waiting.state, "left");
  await carl.next("waiting", place(1));
  await dora.next("waiting", place(2));
  const left = await carlHimself.must("DELETE", `/api/v1/waiting/${second.id}`);
  assert.deepEqual([left.waiting.state, left.waiting.place], ["left", 0]);
  await dora.next("waiting", place(1));
  assert.equal((await bea.ask(claim(show, item))).waiting.place, 2, "who comes back comes last");
});

test("who goes away loses the place after a while; who is still there in another page keeps it", async (t) => {
  const server = await open(t, { wait_absent_s: 5 });
  const { host, show, item } = await onAir(server, { stock: 1 });
  const { socket: ada } = await seat(server, show, "ada");
  const { socket: bea, person: beaHerself } = await seat(server, show, "bea", "Bea");
  const { socket: carl, person: carlHimself } = await seat(server, show, "carl");
  const { socket: dora } = await seat(server, show, "dora");

  const { hold } = await ada.ask(claim(show, item));
  for (const socket of [bea, carl, dora]) await socket.ask(claim(show, item));
  const { socket: again } = await carlHimself.enter(show.id);
  await carl.close();
  await bea.close();
  await again.next("waiting", place(1));
  await dora.next("waiting", place(2));
  assert.deepEqual((await beaHerself.must("GET", "/api/v1/cart")).waiting, []);
  const { gone } = await host.must("GET", `/api/v1/shows/${show.id}/claims`);
  assert.deepEqual(gone.map((w) => [w.buyer.display_name, w.state]), [["Bea", "lapsed"]]);
  const { notices, unread } = await beaHerself.must("GET", "/api/v1/notices");
  assert.deepEqual([unread, notices.map((n) => [n.code, n.title, n.show, n.read])], [1, [["wait_lapsed", "Denim jacket", show.id, false]]], "who comes back is told");

  await ada.ask({ type: "release", hold: hold.id });
  await again.next("hold", active);
});

test("the price that was seen counts when the turn comes: lower is paid, higher ends the wait", async (t) => {
  const server = await open(t);
  const { host, show, item } = await onAir(server, { stock: 1, price: 2500 });
  const { socket: stage } = await host.enter(show.id);
  const { socket: ada } = await seat(server, show, "ada");
  const { socket: bea } = await seat(server, show, "bea");
  const { socket: carl } = await seat(server, show, "carl");

  const first = await ada.ask(claim(show, item));
  await bea.ask(claim(show, item));
  await stage.ask({ type: "price", show: show.id, item: item.id, price: 3000 });
  await carl.ask(claim(show, item, { price: 3000 }));
  await stage.ask({ type: "price", show: show.id, item: item.id, price: 2800 });
  await ada.ask({ type: "release", hold: first.hold.id });

  await bea.next("waiting", mine("closed"));
  assert.equal((await bea.next("news", news("wait_ended"))).notice.amount, 2800);
  assert.equal((await carl.next("hold", active)).hold.price, 2800);
});

test("a claim that is repeated while one waits is the same place in the queue", async (t) => {
  const server = await open(t);
  const { show, item } = await onAir(server, { stock: 1 });
  const { socket: ada } = await seat(server, show, "ada");
  const { socket: bea, person } = await seat(server, show, "bea");
  const key = randomUUID();

  const { hold } = await ada.ask(claim(show, item));
  const first = await bea.ask(claim(show, item, { key }));
  assert.equal((await bea.ask(claim(show, item, { key }))).waiting.id, first.waiting.id);
  assert.equal((await bea.ask(claim(show, item))).waiting.id, first.waiting.id, "with a new key as well");
  assert.equal(await bea.answer(claim(show, item, { key, quantity: 2 })), "key_conflict");
  const { type, ...body } = claim(show, item, { key });
  assert.equal((await person.must("POST", "/api/v1/claims", body)).waiting.id, first.waiting.id, "over HTTP too");

  await ada.ask({ type: "release", hold: hold.id });
  const { hold: got } = await bea.next("hold", active);
  const later = await bea.ask(claim(show, item, { key }));
  assert.deepEqual([later.status, later.waiting.state, later.waiting.hold], ["waitlisted", "served", got.id], "and says what became of it");
});

test("a queue of its own for each size; a full one is closed", async (t) => {
  const server = await open(t, { wait_per_listing: 2 });
  const { show, item, listing } = await onAir(server, { variants: [{ size: "M", stock: 1 }, { size: "L", stock: 1 }] });
  const [m, l] = listing.variants;
  const { socket: ada } = await seat(server, show, "ada");
  const { socket: bea } = await seat(server, show, "bea");
  const { socket: carl } = await seat(server, show, "carl");
  const { socket: dora } = await seat(server, show, "dora");

  const { hold } = await ada.ask(claim(show, item, { variant: m }));
  assert.equal((await ada.ask(claim(show, item, { variant: l }))).status, "held");
  const first = await bea.ask(claim(show, item, { variant: m }));
  assert.deepEqual([first.waiting.place, first.waiting.variant], [1, "M"]);
  assert.deepEqual([(await carl.ask(claim(show, item, { variant: l }))).waiting.place], [1]);
  assert.equal((await dora.ask(claim(show, item, { variant: l }))).status, "sold_out", "the waitlist is full");
  await ada.ask({ type: "release", hold: hold.id });
  assert.equal((await bea.next("hold", active)).hold.variant, "M");
});

test("the host gives a second chance to whose turn passed by", async (t) => {
  const server = await open(t);
  const { host, show, item, listing } = await onAir(server, { stock: 1 });
  const { socket: bea, person } = await seat(server, show, "bea", "Bea");
  const { socket: carl } = await seat(server, show, "carl", "Carl");
  const path = `/api/v1/shows/${show.id}/second-chance`;

  const { hold } = await bea.ask(claim(show, item));
  assert.equal((await host.call("POST", path, { hold: hold.id })).status, 400, "it still holds");
  const { waiting } = await carl.ask(claim(show, item));
  await carl.ask({ type: "wait.leave", waiting: waiting.id });
  await bea.ask({ type: "release", hold: hold.id });
  assert.equal((await person.call("POST", path, { hold: hold.id })).status, 403);
  for (const body of [{}, { hold: hold.id, waiting: waiting.id }, { hold: "x" }])
    assert.equal((await host.call("POST", path, body)).status, 400);
  assert.equal((await host.call("POST", path, { hold: item.id })).status, 404);

  const { claims, gone } = await host.must("GET", `/api/v1/shows/${show.id}/claims`);
  assert.deepEqual(claims.map((c) => [c.buyer.display_name, c.state]), [["Bea", "released"]]);
  assert.deepEqual(gone.filter((w) => w.id === waiting.id).map((w) => [w.buyer.display_name, w.state]), [["Carl", "left"]]);
  const { hold: given } = await host.must("POST", path, { waiting: waiting.id });
  assert.equal((await carl.next("hold", active)).hold.id, given.id);
  assert.equal((await carl.next("news", news("second_chance"))).notice.hold, given.id);
  const refused = await host.call("POST", path, { hold: hold.id });
  assert.deepEqual([refused.status, refused.body.code], [409, "sold_out"], "there was but one");

  await host.must("PATCH", `/api/v1/listings/${listing.id}`, { stock_delta: 1 });
  await host.must("POST", path, { hold: hold.id });
  await bea.next("news", news("second_chance"));
});

test("a seller gives a second chance from the listing: in the shop, and in whichever show it was wanted", async (t) => {
  const server = await open(t, { hold_s: 5 });
  const owner = await signUp(server, "owner");
  const { host, show } = await onAir(server, { stock: 1 });
  const { listing } = await owner.must("POST", "/api/v1/listings", { title: "Vase", price: 900, currency: "EUR", stock: 2, shop: true, community: { ok: true } });
  const { item } = await host.must("POST", `/api/v1/shows/${show.id}/items`, { listing: listing.id });
  const { socket: bea, person } = await seat(server, show, "bea", "Bea");
  const { hold: inShop } = await bea.ask({ type: "claim", listing: listing.id, quantity: 1, price: 900, key: randomUUID() });
  const { hold: inShow } = await bea.ask(claim(show, item));
  assert.deepEqual([inShop.show, inShow.show], [null, show.id]);
  for (const { id } of [inShop, inShow]) await bea.next("hold", (m) => m.hold.id === id && m.hold.state === "expired");

  const desk = `/api/v1/listings/${listing.id}/claims`, path = `/api/v1/listings/${listing.id}/second-chance`;
  assert.deepEqual((await owner.must("GET", desk)).claims.map((c) => [c.id, c.buyer.display_name, c.state]),
    [[inShow.id, "Bea", "expired"], [inShop.id, "Bea", "expired"]]);
  assert.deepEqual([(await host.call("GET", desk)).status, (await person.call("GET", desk)).status], [403, 403]);
  assert.equal((await host.call("POST", path, { hold: inShop.id })).status, 403, "it is not the host's");
  const other = (await owner.must("POST", "/api/v1/listings", { title: "Cup", price: 100, currency: "EUR", stock: 1 })).listing;
  assert.equal((await owner.call("POST", `/api/v1/listings/${other.id}/second-chance`, { hold: inShop.id })).status, 404, "it is of another listing");
  assert.equal((await owner.must("POST", path, { hold: inShop.id })).hold.price, 900);
  await bea.next("news", news("second_chance"));
  assert.equal((await owner.call("POST", path, { hold: inShow.id })).body.code, "conflict", "she holds it already");
  await bea.next("hold", (m) => m.hold.state === "expired");
  assert.equal((await owner.must("POST", path, { hold: inShow.id })).hold.show, show.id);
  await bea.next("news", news("second_chance"));
});

test("long lists of claims come page by page", async (t) => {
  const server = await open(t, { rate_limits: "off", hold_per_item: 1000, hold_per_buyer: 1000, wait_per_listing: 1000 });
  const { host, show, item, listing } = await onAir(server, { stock: 205 });
  const { socket: bea } = await seat(server, show, "bea");
  const { socket: carl } = await seat(server, show, "carl");
  const holds = [], waits = [], left = [];
  for (let i = 0; i < 205; i++) holds.push((await bea.ask(claim(show, item))).hold.id);
  for (let i = 0; i < 204; i++) {
    const { waiting } = await carl.ask(claim(show, item));
    await carl.ask({ type: "wait.leave", waiting: waiting.id });
    left.push(waiting.id);
  }
  for (let i = 0; i < 203; i++) {
    const person = await signUp(server, `waiter${i}`);
    const { type, ...body } = claim(show, item);
    waits.push((await person.must("POST", "/api/v1/claims", body)).waiting.id);
  }
  const ids = (rows) => rows.map((row) => row.id);
  const all = async (path, list) => {
    const first = (await host.must("GET", path))[list];
    const second = (await host.must("GET", `${path}?list=${list}&before=${first.at(-1).id}`))[list];
    assert.equal(first.length, 200);
    return [...first, ...second];
  };
  const ofShow = `/api/v1/shows/${show.id}/claims`, ofListing = `/api/v1/listings/${listing.id}/claims`, queue = `/api/v1/listings/${listing.id}/waitlist`;
  for (const path of [ofShow, ofListing]) {
    assert.deepEqual(ids(await all(path, "claims")), holds.toReversed());
    assert.deepEqual(ids(await all(path, "gone")), left.toReversed());
  }
  const waiting = await all(ofShow, "waiting");
  assert.deepEqual(ids(waiting), waits.toReversed());
  assert.deepEqual(waiting.map((w) => w.place), waits.map((_, i) => i + 1).toReversed());
  const { waiting: front } = await host.must("GET", queue);
  const { waiting: back } = await host.must("GET", `${queue}?after=${front.at(-1).id}`);
  assert.deepEqual(ids([...front, ...back]), waits);
  assert.deepEqual(back.map((w) => w.place), [201, 202, 203]);
  const one = await host.must("GET", `${ofShow}?list=gone`);
  assert.deepEqual([one.claims.length, one.waiting.length, one.gone.length], [0, 0, 200]);
  for (const wrong of ["?list=orders", "?before=x&list=gone", `?before=${left[0]}`]) assert.equal((await host.call("GET", ofShow + wrong)).status, 400, wrong);
});

test("the waitlist outlives kill -9: the same people in the same order", async (t) => {
  const server = await open(t);
  const { show, item } = await onAir(server, { stock: 1 });
  const { socket: ada, person: adaHerself } = await seat(server, show, "ada");
  const { socket: bea, person: beaHerself } = await seat(server, show, "bea");
  const { socket: carl, person: carlHimself } = await seat(server, show, "carl");

  const { hold } = await ada.ask(claim(show, item));
  const { waiting: first } = await bea.ask(claim(show, item));
  const { waiting: second } = await carl.ask(claim(show, item));
  await server.kill();
  await server.start();

  const back = await Promise.all([beaHerself, carlHimself].map((p) => p.enter(show.id)));
  assert.deepEqual(back.map(({ snapshot }) => snapshot.me.waitlist.map((w) => [w.id, w.place])), [[[first.id, 1]], [[second.id, 2]]]);
  await adaHerself.must("DELETE", `/api/v1/holds/${hold.id}`);
  await back[0].socket.next("hold", active);
  await back[1].socket.next("waiting", place(1));
});

test("a ban ends waiting, and those behind move up", async (t) => {
  const server = await open(t);
  const { host, show, item } = await onAir(server, { stock: 1 });
  const { socket: stage } = await host.enter(show.id);
  const { socket: ada } = await seat(server, show, "ada");
  const { socket: troll, person } = await seat(server, show, "troll");
  const { socket: carl } = await seat(server, show, "carl");

  await ada.ask(claim(show, item));
  for (const socket of [troll, carl]) await socket.ask(claim(show, item));
  await stage.ask({ type: "mod.ban", show: show.id, account: person.account.id, banned: true });
  await troll.next("waiting", mine("left"));
  await carl.next("waiting", place(1));
  assert.equal(await troll.answer(claim(show, item)), "banned");
});
