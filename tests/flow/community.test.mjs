// The community: what one person owns another shows, on the owner's terms; the owner is paid, the host is proud.
import { test } from "node:test";
import assert from "node:assert/strict";
import { open } from "./lib/server.mjs";
import { signUp, seat, guest, claim, checkout, refused } from "./lib/people.mjs";

const coat = { title: "Wool coat", brand: "Loden", price: 9000, currency: "EUR", stock: 3, community: { ok: true, floor: 5000 } };
const news = (code) => (m) => m.notice.code === code;

/** Bea's coat in hanna's show, on air, at 6000. */
async function shown(server, more = {}) {
  const bea = await signUp(server, "bea", "Bea");
  const host = await signUp(server, "hanna", "Hanna");
  const { listing } = await bea.must("POST", "/api/v1/listings", { ...coat, ...more });
  const { show } = await host.must("POST", "/api/v1/shows", { title: "Coats" });
  const { item } = await host.must("POST", `/api/v1/shows/${show.id}/items`, { listing: listing.id, price: 6000 });
  await host.must("POST", `/api/v1/shows/${show.id}/start`);
  const { socket: stage } = await host.enter(show.id);
  const { socket: owner } = await bea.enter(show.id);
  return { bea, host, listing, show, item, stage, owner };
}

test("a host finds what others let them sell, and adds it at no less than its floor", async (t) => {
  const server = await open(t);
  const bea = await signUp(server, "bea");
  const hanna = await signUp(server, "hanna");
  const make = async (more) => (await bea.must("POST", "/api/v1/listings", { ...coat, ...more })).listing;
  const wool = await make({});
  const scarf = await make({ title: "Silk scarf", description: "from Vienna", brand: "", community: { ok: true, floor: 800 } });
  await make({ title: "Wool hat", community: { ok: false, floor: 0 } });
  await make({ title: "Wool mittens", stock: 0 });
  const find = async (query) => (await hanna.must("GET", `/api/v1/catalogue${query}`)).listings.map((l) => l.id);

  assert.deepEqual(await find(""), [scarf.id, wool.id], "newest first");
  assert.deepEqual(await find("?q=wool"), [wool.id]);
  assert.deepEqual(await find("?q=vien"), [scarf.id], "the last word may be a beginning");
  assert.deepEqual(await find("?brand=loden"), [wool.id]);
  assert.deepEqual(await find("?price_most=1000"), [scarf.id]);
  assert.deepEqual((await bea.must("GET", "/api/v1/catalogue")).listings, [], "not one's own");
  assert.equal((await guest(server).call("GET", "/api/v1/catalogue")).status, 401);

  const { show } = await hanna.must("POST", "/api/v1/shows", { title: "Coats" });
  const items = `/api/v1/shows/${show.id}/items`;
  assert.equal(await refused(hanna, "POST", items, { listing: wool.id, price: 4999 }), "400 bad_request");
  const { item } = await hanna.must("POST", items, { listing: wool.id, price: 5000 });
  assert.equal(await refused(hanna, "PATCH", `${items}/${item.id}`, { price: 4999 }), "400 bad_request");
  assert.equal(await refused(hanna, "PATCH", `${items}/${item.id}`, { flash: { price: 5000, seconds: 60 } }), "409 not_live", "a flash is for those who watch");
  await hanna.must("POST", `/api/v1/shows/${show.id}/start`);
  await hanna.must("PATCH", `${items}/${item.id}`, { price: 6000 });
  assert.equal(await refused(hanna, "PATCH", `${items}/${item.id}`, { flash: { price: 4999, seconds: 60 } }), "400 bad_request", "nor for a moment");
  assert.equal((await hanna.must("PATCH", `${items}/${item.id}`, { flash: { price: 5000, seconds: 60 } })).item.flash.price, 5000);
});

test("the owner hears that it is shown and sold and is the seller; the host has the credit", async (t) => {
  const server = await open(t);
  const { bea, host, show, item, listing, stage, owner } = await shown(server);
  const { socket: carl, person: buyer } = await seat(server, show, "carl", "Carl");

  await stage.ask({ type: "feature", show: show.id, item: item.id });
  const { notice } = await owner.next("news", news("featured"));
  assert.deepEqual([notice.actor.display_name, notice.listing, notice.show, notice.title], ["Hanna", listing.id, show.id, "Wool coat"]);
  assert.equal(await owner.answer(claim(show, item)), "forbidden", "one's own cannot be claimed");
  const { hold } = await carl.ask(claim(show, item, { quantity: 2 }));
  assert.deepEqual([hold.listing.seller.display_name, hold.price], ["Bea", 6000]);

  const { order } = await buyer.must("POST", "/api/v1/checkout", checkout(bea.account.id));
  assert.deepEqual([order.state, order.total, order.seller.display_name, order.lines[0].host.display_name], ["paid", 12000, "Bea", "Hanna"]);
  const { notice: sold } = await owner.next("news", news("community_sold"));
  assert.deepEqual([sold.actor.display_name, sold.quantity, sold.order], ["Hanna", 2, order.id]);
  assert.equal((await bea.must("GET", "/api/v1/orders?as=seller")).orders.length, 1);
  assert.deepEqual((await host.must("GET", "/api/v1/orders?as=seller")).orders, []);
  const { credit } = await guest(server).must("GET", "/api/v1/sellers/hanna");
  assert.deepEqual(credit, { items: 2, sellers: 1, value: [{ amount: 12000, currency: "EUR" }] });
  assert.deepEqual((await guest(server).must("GET", "/api/v1/sellers/bea")).credit, { items: 0, sellers: 0, value: [] });
});

test("an owner blocks a host: it leaves the show at once, what is held stays held", async (t) => {
  const server = await open(t);
  const { bea, host, show, item, listing, stage, owner } = await shown(server);
  const { socket: carl, person: buyer } = await seat(server, show, "carl");

  await stage.ask({ type: "feature", show: show.id, item: item.id });
  await owner.next("featured", (m) => m.item);
  assert.equal((await carl.ask(claim(show, item))).status, "held");
  await bea.must("PUT", `/api/v1/me/blocks/${host.account.id}`);
  await carl.next("featured", (m) => m.item === null);
  assert.equal((await carl.next("item.removed")).item, item.id);
  const { notice } = await stage.next("news", news("blocked"));
  assert.equal(notice.actor.display_name, "Bea");
  assert.equal(await carl.answer(claim(show, item)), "not_live");
  assert.match((await (await carl.ask({ type: "chat", show: show.id, text: "sold 1" }), carl.next("claim.result"))).detail, /no number 1/);
  assert.deepEqual((await host.must("GET", "/api/v1/catalogue")).listings, []);
  assert.equal(await refused(host, "POST", `/api/v1/shows/${show.id}/items`, { listing: listing.id, price: 6000 }), "403 forbidden");
  assert.equal((await buyer.must("POST", "/api/v1/checkout", checkout(bea.account.id))).order.state, "paid");

  await bea.must("DELETE", `/api/v1/me/blocks/${host.account.id}`);
  await host.must("POST", `/api/v1/shows/${show.id}/items`, { listing: listing.id, price: 6000 });
});

test("an owner withdraws: the host is told, those who wait as well", async (t) => {
  const server = await open(t);
  const { bea, show, item, listing, stage } = await shown(server, { stock: 1 });
  const { socket: carl } = await seat(server, show, "carl");
  const { socket: dora } = await seat(server, show, "dora");

  const { hold } = await carl.ask(claim(show, item));
  assert.equal((await dora.ask(claim(show, item))).status, "waitlisted");
  await bea.must("PATCH", `/api/v1/listings/${listing.id}`, { community: { ok: false } });
  await stage.next("item.removed", (m) => m.item === item.id);
  assert.equal((await stage.next("news", news("withdrawn"))).notice.listing, listing.id);
  await carl.ask({ type: "release", hold: hold.id });
  await dora.next("waiting", (m) => m.waiting.state === "closed");
  await dora.next("news", news("wait_ended"));
  const { listing: after } = await bea.must("GET", `/api/v1/listings/${listing.id}`);
  assert.deepEqual([after.stock, after.held], [1, 0]);
});

test("a higher floor ends a flash below it, and takes out what is priced below it", async (t) => {
  const server = await open(t);
  const { bea, host, show, item, listing, stage } = await shown(server);

  await stage.ask({ type: "price", show: show.id, item: item.id, flash: { price: 5200, seconds: 3600 } });
  await stage.next("item", (m) => m.item.flash?.price === 5200);
  await bea.must("PATCH", `/api/v1/listings/${listing.id}`, { community: { floor: 5500 } });
  await stage.next("item", (m) => m.item.flash === null);
  await bea.must("PATCH", `/api/v1/listings/${listing.id}`, { community: { floor: 6500 } });
  await stage.next("item.removed", (m) => m.item === item.id);
  assert.deepEqual((await host.must("GET", `/api/v1/shows/${show.id}`)).items, []);
});
