// Listings: what is written is what is read, and a listing for the community is sold by others on its owner's terms.
import { test } from "node:test";
import assert from "node:assert/strict";
import { open } from "./lib/server.mjs";
import { signUp, guest } from "./lib/people.mjs";

const coat = { title: "Wool coat", price: 9000, currency: "EUR", stock: 2 };
const refused = async (person, method, path, body) => {
  const { status, body: answer } = await person.call(method, path, body);
  return `${status} ${answer.code}`;
};

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
