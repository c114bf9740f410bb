// The sale: what is claimed is held for exactly one buyer, paid once, and survives whatever happens to the server.
import { test } from "node:test";
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { open } from "./lib/server.mjs";
import { signUp, onAir, seat, claim, checkout, cards, request } from "./lib/people.mjs";

const crowd = (server, n) => Promise.all(Array.from({ length: n }, (_, i) => signUp(server, `buyer${i}`)));

test("two hundred people claim three jackets: three hold one, ten wait, the rest are told it is sold out", async (t) => {
  const server = await open(t, { rate_limits: "off", wait_per_listing: 10 });
  const { host, show, item, listing } = await onAir(server, { stock: 3 });
  const buyers = await crowd(server, 200);
  const seats = await Promise.all(buyers.map((b) => b.enter(show.id)));

  const answers = await Promise.all(seats.map(({ socket }) => socket.ask(claim(show, item))));

  const count = (status) => answers.filter((a) => a.status === status).length;
  assert.equal(count("held"), 3);
  assert.equal(count("waitlisted"), 10);
  assert.equal(count("sold_out"), 187);
  const places = answers.filter((a) => a.status === "waitlisted").map((a) => a.waiting.place);
  assert.deepEqual(places.sort((a, b) => a - b), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  const { listing: after } = await host.must("GET", `/api/v1/listings/${listing.id}`);
  assert.deepEqual([after.stock, after.held], [0, 3]);
  const { claims, waiting } = await host.must("GET", `/api/v1/shows/${show.id}/claims`);
  assert.deepEqual([claims.length, waiting.length], [3, 10]);
  for (const { socket } of seats.slice(0, 3)) await socket.next("item", (m) => m.item.stock === 0 && m.item.claimed === 3 && m.item.waiting === 10);
});

test("a claim that is repeated with its key is the same claim; the key with another body is refused", async (t) => {
  const server = await open(t);
  const { show, item } = await onAir(server, { stock: 3 });
  const { socket } = await (await signUp(server, "bea")).enter(show.id);
  const key = randomUUID();

  const first = await socket.ask(claim(show, item, { key }));
  const again = await socket.ask(claim(show, item, { key }));
  assert.equal(first.status, "held");
  assert.equal(again.hold.id, first.hold.id);
  assert.equal(await socket.answer(claim(show, item, { key, quantity: 2 })), "key_conflict");
});

test("the price rises between sight and claim: the buyer is asked again; when it falls they pay the lower one", async (t) => {
  const server = await open(t);
  const { host, show, item } = await onAir(server, { price: 2500 });
  const { socket } = await (await signUp(server, "bea")).enter(show.id);
  const { socket: stage } = await host.enter(show.id);

  await stage.ask({ type: "price", show: show.id, item: item.id, price: 3000 });
  const late = await socket.ask(claim(show, item, { price: 2500 }));
  assert.equal(late.status, "price_changed");
  assert.equal(late.price, 3000);

  await stage.ask({ type: "price", show: show.id, item: item.id, price: 2000 });
  const lucky = await socket.ask(claim(show, item, { price: 3000 }));
  assert.equal(lucky.status, "held");
  assert.equal(lucky.hold.price, 2000);
});

test("counts are gathered, prices are not; what is told last is the truth", async (t) => {
  const server = await open(t, { hold_per_item: 100, hold_per_buyer: 100 });
  const { host, show, item } = await onAir(server, { stock: 50, price: 2500 });
  const { socket } = await seat(server, show, "bea");
  const { socket: stage } = await host.enter(show.id);
  const told = [];
  const take = async (matches) => {
    for (;;) {
      const { item } = await socket.next("item");
      told.push(item);
      if (matches(item)) return;
    }
  };

  await socket.ask(claim(show, item));
  await socket.ask(claim(show, item));
  await stage.ask({ type: "price", show: show.id, item: item.id, price: 2000 });
  await socket.ask(claim(show, item));
  await stage.ask({ type: "feature", show: show.id, item: item.id });
  assert.equal((await socket.next("featured")).item.price, 2000);
  await socket.ask(claim(show, item));
  await take((i) => i.claimed === 4);
  const cheap = told.findIndex((i) => i.price === 2000);
  assert.ok(told.slice(cheap).every((i) => i.price === 2000), "the old price does not come back");
  assert.deepEqual(told.map((i) => i.claimed), told.map((i) => i.claimed).sort((a, b) => a - b), "counts come in order");
  assert.equal(told.at(-1).featured, true);
});

test("a flash price is for those who claim while it lasts", async (t) => {
  const server = await open(t);
  const { host, show, item } = await onAir(server, { price: 2500, stock: 10 });
  const { socket } = await seat(server, show, "bea");
  const { socket: stage } = await host.enter(show.id);
  const path = `/api/v1/shows/${show.id}/items/${item.id}`;

  await stage.ask({ type: "price", show: show.id, item: item.id, flash: { price: 2000, seconds: 60 } });
  const { item: flashed } = await socket.next("item", (m) => m.item.flash);
  assert.deepEqual([flashed.price, flashed.flash.price], [2500, 2000]);
  assert.ok(flashed.flash.until_ms > Date.now() + 30_000);
  const seen = await socket.ask(claim(show, item, { price: 2000 }));
  assert.equal(seen.hold.price, 2000);
  assert.equal((await socket.ask(claim(show, item, { price: 2500 }))).hold.price, 2000, "who saw the usual price pays the lower one");

  // It ends by itself.
  const { item: short } = await host.must("PATCH", path, { flash: { price: 1500, seconds: 1 } });
  assert.equal(short.flash.price, 1500);
  await socket.next("item", (m) => m.item.flash?.price === 1500);
  await socket.next("item", (m) => m.item.flash === null);
  const missed = await socket.ask(claim(show, item, { price: 1500 }));
  assert.deepEqual([missed.status, missed.price], ["price_changed", 2500]);

  // Or by the host's hand.
  await stage.ask({ type: "price", show: show.id, item: item.id, flash: { price: 1200, seconds: 3600 } });
  await socket.next("item", (m) => m.item.flash?.price === 1200);
  await stage.ask({ type: "price", show: show.id, item: item.id, flash: null });
  await socket.next("item", (m) => m.item.flash === null);
  assert.equal((await socket.ask(claim(show, item, { price: 1200 }))).status, "price_changed");

  for (const flash of [{ price: 0, seconds: 5 }, { price: 100 }, { price: 100, seconds: 0 }, { price: 100, seconds: 1e9 }, { seconds: 5 }, 5, [], { price: "1", seconds: 5 }]) {
    assert.equal((await host.call("PATCH", path, { flash })).status, 400, JSON.stringify(flash));
    assert.equal(await stage.answer({ type: "price", show: show.id, item: item.id, flash }), "bad_request", JSON.stringify(flash));
  }
  assert.equal(await stage.answer({ type: "price", show: show.id, item: item.id }), "bad_request");
  assert.equal(await stage.answer({ type: "price", show: show.id, item: item.id, price: 900, flash: { price: 100, seconds: 5 } }), "bad_request");
  assert.equal(await socket.answer({ type: "price", show: show.id, item: item.id, flash: null }), "forbidden");
});

test("sizes and colours have their own stock, and a claim names one", async (t) => {
  const server = await open(t);
  const { host, show, item, listing } = await onAir(server, { variants: [{ size: "M", colour: "red", stock: 2 }, { size: "L", stock: 1 }] });
  const { person: bea, socket, snapshot } = await seat(server, show, "bea");
  const [m, l] = snapshot.items[0].listing.variants;

  assert.deepEqual([listing.stock, m.size, m.colour, m.stock, l.colour, l.stock], [3, "M", "red", 2, "", 1]);
  assert.deepEqual((await host.must("GET", `/api/v1/shows/${show.id}`)).items[0].listing.variants, [m, l]);
  const { socket: stage } = await host.enter(show.id);
  await stage.ask({ type: "feature", show: show.id, item: item.id });
  assert.deepEqual((await socket.next("featured")).item.listing.variants, [m, l]);
  const { item: same } = await host.must("PATCH", `/api/v1/shows/${show.id}/items/${item.id}`, { price: item.price });
  assert.deepEqual([same.listing.variants, same.featured], [[m, l], true]);
  assert.equal(await socket.answer(claim(show, item)), "bad_request", "none was chosen");
  assert.equal(await socket.answer(claim(show, item, { variant: { id: item.id } })), "bad_request", "that is no variant");
  const { hold } = await socket.ask(claim(show, item, { variant: m, quantity: 2 }));
  assert.equal(hold.variant, "M, red");
  const told = await socket.next("item", (e) => e.item.stock === 1);
  assert.deepEqual(told.item.listing.variants.map((v) => [v.stock, v.held]), [[0, 2], [1, 0]]);
  assert.equal((await socket.ask(claim(show, item, { variant: l }))).status, "held");
  const { order } = await bea.must("POST", "/api/v1/checkout", checkout(host.account.id));
  assert.deepEqual(order.lines.map((line) => line.variant).sort(), ["L", "M, red"]);
});

test("a hold that nobody pays runs out, says so, and the jacket is there for the next", async (t) => {
  const server = await open(t, { hold_s: 5 });
  const { show, item } = await onAir(server, { stock: 1 });
  const { socket: slow } = await (await signUp(server, "slow")).enter(show.id);
  const { socket: quick } = await (await signUp(server, "quick")).enter(show.id);

  const held = await slow.ask(claim(show, item));
  assert.equal(held.status, "held");
  const told = await slow.next("hold", (m) => m.hold.id === held.hold.id && m.hold.state === "expired");
  assert.ok(told);
  await quick.next("item", (m) => m.item.id === item.id && m.item.stock === 1);
  assert.equal((await quick.ask(claim(show, item))).status, "held");
});

test("a hold given back is free at once", async (t) => {
  const server = await open(t);
  const { show, item } = await onAir(server, { stock: 1 });
  const { socket: bea } = await (await signUp(server, "bea")).enter(show.id);
  const { socket: carl } = await (await signUp(server, "carl")).enter(show.id);

  const { hold } = await bea.ask(claim(show, item));
  assert.equal(await carl.answer({ type: "release", hold: hold.id }), "forbidden");
  await bea.ask({ type: "release", hold: hold.id });
  assert.equal((await carl.ask(claim(show, item))).status, "held");
});

test("from claim to order: pay, and both sides see it", async (t) => {
  const server = await open(t);
  const { host, show, item } = await onAir(server, { stock: 2 });
  const bea = await signUp(server, "bea", "Bea");
  const { socket } = await bea.enter(show.id);
  const { socket: stage } = await host.enter(show.id);

  await stage.ask({ type: "feature", show: show.id, item: item.id });
  assert.equal((await socket.next("featured")).item.id, item.id);
  await socket.ask(claim(show, item, { quantity: 2 }));
  assert.equal((await stage.next("claim")).buyer.display_name, "Bea");
  const { holds } = await bea.must("GET", "/api/v1/cart");
  assert.equal(holds.length, 1);

  const key = randomUUID();
  const wish = checkout(host.account.id, { key });
  const { order } = await bea.must("POST", "/api/v1/checkout", wish);
  assert.equal(order.state, "paid");
  assert.equal(order.total, 5000);
  assert.equal(order.lines[0].quantity, 2);
  const { order: repeated } = await bea.must("POST", "/api/v1/checkout", wish);
  assert.equal(repeated.id, order.id, "the same key pays once");

  await stage.next("order", (m) => m.order.id === order.id);
  const mine = await bea.must("GET", "/api/v1/orders?as=buyer");
  const theirs = await host.must("GET", "/api/v1/orders?as=seller");
  assert.deepEqual(mine.orders.map((o) => o.id), [order.id]);
  assert.deepEqual(theirs.orders.map((o) => o.id), [order.id]);
  assert.equal(theirs.orders[0].address.city, "Vienna");
  const carl = await signUp(server, "carl");
  assert.equal((await carl.call("GET", `/api/v1/orders/${order.id}`)).status, 404);
});

test("a declined card costs nothing: the hold stands and another card pays", async (t) => {
  const server = await open(t);
  const { host, show, item } = await onAir(server);
  const bea = await signUp(server, "bea");
  const { socket } = await bea.enter(show.id);
  await socket.ask(claim(show, item));

  for (const card of [cards.declined, cards.poor]) {
    const refused = await bea.call("POST", "/api/v1/checkout", checkout(host.account.id, { card }));
    assert.equal(refused.status, 402);
    assert.equal(refused.body.code, "payment_declined");
    assert.deepEqual((await host.must("GET", "/api/v1/orders?as=seller")).orders, [], "no address before it is paid");
    assert.equal((await host.call("GET", `/api/v1/orders/${refused.body.order.id}`)).status, 404);
  }
  const { holds } = await bea.must("GET", "/api/v1/cart");
  assert.equal(holds[0].state, "active");
  const { order } = await bea.must("POST", "/api/v1/checkout", checkout(host.account.id));
  assert.equal(order.state, "paid");
});

test("claims that make no sense are refused clearly and take nothing", async (t) => {
  const server = await open(t);
  const { host, show, item, listing } = await onAir(server, { stock: 3 });
  const other = await onAir(server, { host: "otto" });
  const { socket } = await (await signUp(server, "bea")).enter(show.id);

  for (const quantity of [0, -1, 1.5, "2", null, 1e18, Number.MAX_SAFE_INTEGER])
    assert.equal(await socket.answer(claim(show, item, { quantity })), "bad_request", `quantity ${quantity}`);
  for (const price of [-1, 1e300, "25", undefined])
    assert.equal(await socket.answer({ ...claim(show, item), price }), "bad_request", `price ${price}`);
  assert.equal((await socket.ask(claim(show, item, { quantity: 4 }))).status, "sold_out", "more than there is");
  assert.match(await socket.answer(claim(show, other.item)), /not_found|not_live|bad_request/);
  assert.equal(await socket.answer(claim(show, item, { key: "short" })), "bad_request");

  await host.must("POST", `/api/v1/shows/${show.id}/end`);
  assert.equal(await socket.answer(claim(show, item)), "not_live");
  const { listing: after } = await host.must("GET", `/api/v1/listings/${listing.id}`);
  assert.equal(after.stock, 3);
});

test("kill -9 in the middle of the claims: everything that was answered is there", async (t) => {
  const server = await open(t, { rate_limits: "off", hold_per_item: 1000, hold_per_buyer: 1000 });
  const { host, show, item, listing } = await onAir(server, { stock: 1000 });
  const buyers = await crowd(server, 40);
  const seats = await Promise.all(buyers.map((b) => b.enter(show.id)));
  await seats[0].socket.ask(claim(show, item));

  // Everybody claims and gives back without end; the server dies while they do.
  const answered = new Map();
  const busy = Promise.allSettled(seats.map(async ({ socket }, who) => {
    for (;;) {
      const { hold } = await socket.ask(claim(show, item));
      const mine = { who, state: "held" };
      answered.set(hold.id, mine);
      if (answered.size % 3 === 0) {
        mine.state = "asked to release"; // either is right until that is answered
        await socket.ask({ type: "release", hold: hold.id });
        mine.state = "released";
      }
    }
  }));
  while (answered.size < 100) await new Promise((resolve) => setImmediate(resolve));
  await server.kill();
  await busy;

  await server.start();
  const open_ = new Map();
  await Promise.all(buyers.map(async (buyer, who) => {
    const { holds } = await buyer.must("GET", "/api/v1/cart");
    holds.forEach((h) => open_.set(h.id, { who, quantity: h.quantity }));
  }));
  for (const [id, { who, state }] of answered) {
    if (state === "held") assert.equal(open_.get(id)?.who, who, `hold ${id} was promised`);
    if (state === "released") assert.equal(open_.get(id), undefined, `hold ${id} was taken back`);
  }
  const { listing: after } = await host.must("GET", `/api/v1/listings/${listing.id}`);
  assert.equal(after.stock + open_.size, 1000, "available and held are all there is");
});

test("a restart in the middle of a live show resumes show, holds and clocks", async (t) => {
  const server = await open(t);
  const { host, show, item } = await onAir(server, { stock: 1 });
  const { socket: stage } = await host.enter(show.id);
  await stage.ask({ type: "feature", show: show.id, item: item.id });
  const bea = await signUp(server, "bea");
  const { socket } = await bea.enter(show.id);
  const { hold } = await socket.ask(claim(show, item));

  await server.stop();
  assert.equal((await socket.closed).code, 1001, "viewers are told that it restarts");
  await server.start();

  const { snapshot } = await bea.enter(show.id);
  assert.equal(snapshot.show.state, "live");
  assert.equal(snapshot.featured, item.id);
  assert.equal(snapshot.me.holds[0].id, hold.id);
  assert.ok(snapshot.me.holds[0].expires_at_ms >= hold.expires_at_ms - 1 || snapshot.me.holds[0].expires_at_ms > snapshot.now_ms + 59_000);
  const { socket: late } = await seat(server, show, "late");
  assert.equal((await late.ask(claim(show, item))).status, "waitlisted", "what is held is not there");
  const paid = await bea.must("POST", "/api/v1/checkout", checkout(host.account.id));
  assert.equal(paid.order.state, "paid");
});

test("what is sold in one show is gone from the next one's run as well, also after a restart", async (t) => {
  const server = await open(t);
  const { host, show, item, listing } = await onAir(server, { stock: 2 });
  const { show: next } = await host.must("POST", "/api/v1/shows", { title: "Next week" });
  const { item: again } = await host.must("POST", `/api/v1/shows/${next.id}/items`, { listing: listing.id });
  await server.stop();
  await server.start();

  const { socket: early } = await (await signUp(server, "early")).enter(next.id);
  const { socket } = await (await signUp(server, "bea")).enter(show.id);
  assert.equal((await socket.ask(claim(show, item))).status, "held");
  const told = await early.next("item", (m) => m.item.id === again.id);
  assert.equal(told.item.stock, 1);
});

test("money and counts that do not fit are refused where they are written", async (t) => {
  const server = await open(t);
  const host = await signUp(server, "hanna");
  const listing = { title: "Coat", price: 100, currency: "EUR", stock: 1 };
  const wrong = [{ price: -1 }, { price: 1e15 }, { price: 1.5 }, { price: "9" }, { stock: -1 }, { stock: 1e12 }, { currency: "EURO" },
    { currency: "e1r" }, { title: "" }, { title: "x".repeat(5000) }, { title: "a\u0000b" }, { community: { ok: "yes" } }];
  for (const change of wrong) {
    const reply = await host.call("POST", "/api/v1/listings", { ...listing, ...change });
    assert.equal(reply.status, 400, JSON.stringify(change).slice(0, 80));
    assert.match(reply.headers.get("content-type"), /problem\+json/);
  }
  // Digits beyond 64 bits, which JSON.stringify would round.
  const huge = await request(server, "POST", "/api/v1/listings", '{"title":"x","price":99999999999999999999999,"currency":"EUR","stock":1}',
    { "content-type": "application/json", authorization: `Bearer ${host.token}` });
  assert.equal(huge.status, 400);
  const { listing: kept } = await host.must("POST", "/api/v1/listings", listing);
  const below = await host.call("PATCH", `/api/v1/listings/${kept.id}`, { stock_delta: -2 });
  assert.equal(below.status, 409);
});
