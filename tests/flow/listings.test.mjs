// Listings: what is written is what is read; sizes and colours; the shop; a listing for the community is sold by others
// on its owner's terms.
import { test } from "node:test";
import assert from "node:assert/strict";
import { open } from "./lib/server.mjs";
import { signUp, onAir, guest, shopClaim, claim, checkout, refused } from "./lib/people.mjs";
import { Socket } from "./lib/socket.mjs";

const coat = { title: "Wool coat", price: 9000, currency: "EUR", stock: 2 };

test("community terms are kept as they are given, and an edit changes only what it names", async (t) => {
  const server = await open(t);
  const bea = await signUp(server, "bea");
  const make = async (more) => (await bea.must("POST", "/api/v1/listings", { ...coat, ...more })).listing;
  const edit = async (id, community) => (await bea.must("PATCH", `/api/v1/listings/${id}`, { community })).listing.community;

  assert.deepEqual((await make({})).community, { ok: false, floor: 0, auction: false });
  const { id, community } = await make({ community: { ok: true, floor: 4000, auction: true } });
  assert.deepEqual(community, { ok: true, floor: 4000, auction: true });
  assert.deepEqual(await edit(id, { ok: false }), { ok: false, floor: 4000, auction: true });
  assert.deepEqual(await edit(id, { floor: 5000 }), { ok: false, floor: 5000, auction: true });
  assert.deepEqual(await edit(id, { ok: true, auction: false }), { ok: true, floor: 5000, auction: false });
  await bea.must("PATCH", `/api/v1/listings/${id}`, { title: "Woollen coat" });
  const { listing } = await guest(server).must("GET", `/api/v1/listings/${id}`);
  assert.deepEqual([listing.title, listing.community], ["Woollen coat", { ok: true, floor: 5000, auction: false }]);

  const wrong = [{}, { floor: 1 }, { ok: "yes" }, { ok: true, floor: -1 }, { ok: true, floor: 1.5 }, { ok: true, floor: 1e15 }, { ok: true, auction: 1 }, [], "ok"];
  for (const bad of wrong)
    assert.equal(await refused(bea, "POST", "/api/v1/listings", { ...coat, community: bad }), "400 bad_request", JSON.stringify(bad));
  for (const bad of wrong.slice(2)) assert.equal(await refused(bea, "PATCH", `/api/v1/listings/${id}`, { community: bad }), "400 bad_request", JSON.stringify(bad));
});

test("edits at the same time undo nothing of one another", async (t) => {
  const server = await open(t);
  const bea = await signUp(server, "bea");
  const make = async (more) => (await bea.must("POST", "/api/v1/listings", { title: "Coat", price: 9000, ...more })).listing;
  const both = (id, one, other) => Promise.all([one, other].map((edit) => bea.must("PATCH", `/api/v1/listings/${id}`, edit)));
  const read = async (id) => (await bea.must("GET", `/api/v1/listings/${id}`)).listing;

  for (let i = 0; i < 10; i++) {
    const { id } = await make({ stock: 1, community: { ok: true, floor: 4000 } });
    await both(id, { community: { ok: false } }, { community: { floor: 5000 } });
    assert.deepEqual((await read(id)).community, { ok: false, floor: 5000, auction: false });
    const { id: sized, variants: [{ id: variant }] } = await make({ variants: [{ size: "M", colour: "red", stock: 1 }] });
    await both(sized, { variants: [{ id: variant, size: "L" }] }, { variants: [{ id: variant, colour: "blue" }] });
    const [{ size, colour }] = (await read(sized)).variants;
    assert.deepEqual([size, colour], ["L", "blue"]);
  }
});

test("others sell a listing of the community, never below its floor", async (t) => {
  const server = await open(t);
  const bea = await signUp(server, "bea");
  const hanna = await signUp(server, "hanna");
  const { listing } = await bea.must("POST", "/api/v1/listings", { ...coat, community: { ok: true, floor: 5000 } });
  const { listing: own } = await bea.must("POST", "/api/v1/listings", coat);
  assert.deepEqual((await guest(server).must("GET", "/api/v1/listings")).listings.map((l) => l.id), [listing.id]);

  const { show } = await hanna.must("POST", "/api/v1/shows", { title: "Coats" });
  const items = `/api/v1/shows/${show.id}/items`;
  assert.equal(await refused(hanna, "POST", items, { listing: own.id }), "403 forbidden");
  assert.match(await refused(hanna, "POST", items, { listing: listing.id, price: 4999 }), /^4/);
  const { item } = await hanna.must("POST", items, { listing: listing.id, price: 5000 });
  assert.match(await refused(hanna, "PATCH", `${items}/${item.id}`, { price: 4999 }), /^4/);
  assert.equal((await hanna.must("PATCH", `${items}/${item.id}`, { price: 6000 })).item.price, 6000);
});

test("sizes and colours: made with their stock, changed, added, taken away", async (t) => {
  const server = await open(t);
  const bea = await signUp(server, "bea");
  const { stock, ...plain } = coat;
  const { listing } = await bea.must("POST", "/api/v1/listings", { ...plain, variants: [{ size: "M", colour: "red", stock: 2 }, { size: "L", stock: 1 }] });
  const path = `/api/v1/listings/${listing.id}`;
  const edit = async (variants) => (await bea.must("PATCH", path, { variants })).listing;
  const shapes = (l) => l.variants.map((v) => [v.size, v.colour, v.stock]);

  assert.deepEqual(shapes(listing), [["M", "red", 2], ["L", "", 1]]);
  assert.equal(listing.stock, 3);
  const [m, l] = listing.variants;
  assert.deepEqual(shapes(await edit([{ id: m.id, stock_delta: 3 }, { size: "XL", colour: "blue", stock_delta: 4 }])), [["M", "red", 5], ["L", "", 1], ["XL", "blue", 4]]);
  assert.deepEqual(shapes(await edit([{ id: m.id, colour: "crimson" }, { id: l.id, colour: "red" }])), [["M", "crimson", 5], ["L", "red", 1], ["XL", "blue", 4]]);
  const after = await edit([{ id: l.id, remove: true }]);
  assert.deepEqual([shapes(after), after.stock], [[["M", "crimson", 5], ["XL", "blue", 4]], 9]);
  assert.deepEqual((await guest(server).must("GET", path)).listing, after);
  assert.deepEqual((await bea.must("GET", "/api/v1/listings?mine=1")).listings, [after]);

  const wrong = [{}, 5, [5], [{}], [{ size: "" }], [{ size: "S", remove: true }], [{ size: "S", stock_delta: -1 }], [{ size: "M", colour: "Crimson" }], [{ id: listing.id, stock_delta: 1 }],
    [{ id: "x" }], [{ size: "x".repeat(40) }], [{ size: "S", stock_delta: 1e12 }], [{ id: m.id, remove: "yes" }], [{ id: m.id, size: "", colour: "" }], Array.from({ length: 50 }, (_, i) => ({ size: `${i}` }))];
  for (const variants of wrong) assert.equal(await refused(bea, "PATCH", path, { variants }), "400 bad_request", JSON.stringify(variants).slice(0, 80));
  assert.equal(await refused(bea, "PATCH", path, { variants: [{ id: m.id, stock_delta: -6 }] }), "409 conflict");
  assert.equal(await refused(bea, "PATCH", path, { stock_delta: 1 }), "400 bad_request", "of which size?");
  for (const more of [{ variants: [{ size: "M" }] }, { stock: 1, variants: [{ size: "M", stock: 1 }] }, { variants: [{ size: "M", stock: -1 }] }, { variants: [{ size: "M", stock: 1 }, { size: "m", stock: 1 }] }])
    assert.equal(await refused(bea, "POST", "/api/v1/listings", { ...plain, ...more }), "400 bad_request", JSON.stringify(more));
  assert.deepEqual((await guest(server).must("GET", path)).listing, after, "nothing of that has changed anything");

  // A plain listing gets sizes: what it had of none is gone from the shelf.
  const { listing: simple } = await bea.must("POST", "/api/v1/listings", coat);
  const { listing: sized } = await bea.must("PATCH", `/api/v1/listings/${simple.id}`, { variants: [{ size: "S", stock_delta: 7 }] });
  assert.deepEqual([sized.stock, shapes(sized)], [7, [["S", "", 7]]]);
});

test("out of a seller's shop, without a show: the same claim, hold and checkout", async (t) => {
  const server = await open(t);
  const bea = await signUp(server, "bea", "Bea");
  const carl = await signUp(server, "carl");
  const { listing } = await bea.must("POST", "/api/v1/listings", { ...coat, stock: 1 });
  const post = (who, body) => who.call("POST", "/api/v1/claims", body);
  const { type, ...wish } = shopClaim(listing);

  assert.equal((await post(carl, wish)).body.code, "not_live", "not in the shop yet");
  assert.deepEqual((await guest(server).must("GET", "/api/v1/sellers/bea")).listings, []);
  assert.equal((await bea.must("PATCH", `/api/v1/listings/${listing.id}`, { shop: true })).listing.shop, true);
  assert.deepEqual((await guest(server).must("GET", "/api/v1/sellers/bea")).listings.map((l) => l.id), [listing.id]);

  assert.equal((await post(guest(server), wish)).status, 401);
  assert.equal((await post(bea, wish)).body.code, "forbidden", "one's own");
  for (const more of [{ show: listing.id }, { item: listing.id }, { quantity: 0 }, { key: "short" }, { listing: "x" }, { listing: null }])
    assert.equal((await post(carl, { ...wish, ...more })).status, 400, JSON.stringify(more));
  assert.deepEqual([(await post(carl, { ...wish, price: 1 })).body].map((b) => [b.status, b.price]), [["price_changed", 9000]]);
  const { body: held } = await post(carl, wish);
  assert.equal(held.status, "held");
  assert.deepEqual([held.hold.show, held.hold.item, held.hold.number, held.hold.listing.seller.display_name], [null, null, 0, "Bea"]);
  assert.equal((await post(carl, wish)).body.hold.id, held.hold.id);

  // Another waits in a page that is in no show.
  const dora = await signUp(server, "dora");
  const page = await Socket.open(server);
  await page.ask({ type: "hello", token: dora.token });
  const { waiting } = await page.ask(shopClaim(listing));
  assert.deepEqual([waiting.place, waiting.show], [1, null]);
  assert.equal((await carl.must("DELETE", `/api/v1/holds/${held.hold.id}`)).hold.state, "released");
  const { hold } = await page.next("hold", (m) => m.hold.state === "active");
  assert.equal((await page.next("news")).notice.code, "your_turn");
  const { order } = await dora.must("POST", "/api/v1/checkout", checkout(bea.account.id));
  assert.deepEqual([order.state, order.lines[0].number, order.lines[0].host], ["paid", 0, null]);
  assert.equal((await page.next("hold", (m) => m.hold.state === "sold")).hold.id, hold.id);
  assert.equal((await post(carl, { ...wish, key: crypto.randomUUID() })).body.status, "sold_out");
});

test("one stock for shows and the shop", async (t) => {
  const server = await open(t);
  const { host, show, item, listing } = await onAir(server, { stock: 1 });
  const bea = await signUp(server, "bea");
  const carl = await signUp(server, "carl");
  const { socket } = await carl.enter(show.id);

  await host.must("PATCH", `/api/v1/listings/${listing.id}`, { shop: true });
  const { type, ...wish } = shopClaim(listing);
  const { hold } = await bea.must("POST", "/api/v1/claims", wish);
  await socket.next("item", (m) => m.item.stock === 0);
  assert.equal((await socket.ask(claim(show, item))).status, "waitlisted", "one queue as well");
  await bea.must("DELETE", `/api/v1/holds/${hold.id}`);
  assert.equal((await socket.next("hold", (m) => m.hold.state === "active")).hold.show, show.id);
});
