// A seller's week: listings of others are found and shown, listings come in sizes, orders are packed, shipped and cancelled, and the
// team keeps the market.
import { test } from "node:test";
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { open, Server } from "../flow/lib/server.mjs";
import { onAir, signUp, claim, checkout, request, Person } from "../flow/lib/people.mjs";
import { openChromium, shot, shots } from "./lib/browsers.mjs";
import { id, listingOf, pageOf } from "./lib/pages.mjs";

test("listings of others are found, keep to their owner's terms, and are counted as credit", { timeout: 180_000 }, async (t) => {
  const server = await open(t);
  const { host, show } = await onAir(server);
  const mara = await signUp(server, "mara", "Mara");
  const skirt = await listingOf(mara, "Pleated skirt", { price: 3400, size: "M", brand: "Atelier", community: { ok: true, floor: 3000, auction: false } });
  await listingOf(mara, "Linen shirt", { price: 5400, brand: "Atelier", community: { ok: true, floor: 5000, auction: true } });
  await listingOf(mara, "Not for others");
  const browser = await openChromium(t);
  const page = await pageOf(t, browser, server, host, "/studio#catalogue");
  const found = (text) => page.locator(id("catalogue-item")).filter({ hasText: text });
  await found("Linen shirt").waitFor();
  assert.equal(await page.locator(id("catalogue-item")).count(), 2, "what its owner keeps is not there");
  await page.fill(id("catalogue-search"), "pleat");
  await found("Linen shirt").waitFor({ state: "detached" });
  await found("Pleated skirt").filter({ hasText: "at least €30" }).filter({ hasText: "Mara" }).waitFor();
  await page.fill(id("catalogue-search"), "");
  await page.click(id("catalogue-filters"));
  await page.check(id("catalogue-auction"));
  await found("Pleated skirt").waitFor({ state: "detached" });
  await found("Linen shirt").waitFor();
  await page.uncheck(id("catalogue-auction"));
  await page.fill(id("catalogue-most"), "40");
  await found("Linen shirt").waitFor({ state: "detached" });
  await shot(page, "studio-catalogue");
  await found("Pleated skirt").click();
  await page.fill(id("pick-price"), "29");
  await page.click(id("pick-add"));
  await page.getByText("Mara sells it for €30 at least.").waitFor();
  await page.fill(id("pick-price"), "32");
  await page.click(id("pick-add"));
  await page.locator(id("pick-sheet")).waitFor({ state: "detached" });
  const item = (await host.must("GET", `/api/v1/shows/${show.id}`)).items.find((each) => each.listing.id === skirt.id);
  assert.equal(item.price, 3200);

  const bea = await signUp(server, "bea");
  const { socket } = await bea.enter(show.id);
  await socket.ask(claim(show, item));
  await bea.must("POST", "/api/v1/checkout", checkout(mara.account.id));
  await page.goto(`${server.url}/studio#profile`);
  await page.reload();
  await page.locator(id("credit")).filter({ hasText: "€32" }).waitFor();
  await shot(page, "studio-profile");

  // Mara sees who sold it, and would rather not work with them.
  const seller = await pageOf(t, browser, server, mara, "/studio#orders");
  await seller.locator(id("order-host")).click();
  await seller.click(id("block-confirm"));
  await seller.locator(id("block-sheet")).waitFor({ state: "detached" });
  assert.ok(!(await host.must("GET", `/api/v1/shows/${show.id}`)).items.some((each) => each.listing.id === skirt.id), "it left the show");
  await seller.goto(`${server.url}/studio#profile`);
  await seller.locator(id("blocked")).filter({ hasText: host.account.display_name }).waitFor();
  await seller.click(id("unblock"));
  await seller.locator(id("blocked")).waitFor({ state: "detached" });
  await seller.fill(id("block-name"), host.account.username);
  await seller.click(id("block-add"));
  await seller.locator(id("blocked")).waitFor();
});

test("a listing in sizes and colours, in the shop", { timeout: 120_000 }, async (t) => {
  const server = await open(t);
  const mara = await signUp(server, "mara");
  const browser = await openChromium(t);
  const form = await pageOf(t, browser, server, mara, "/studio#listing");
  await form.fill(id("listing-title"), "Wool sweater");
  await form.fill(id("listing-price"), "59");
  await form.click(id("variant-add-S"));
  await form.click(id("variant-add-M"));
  await form.locator(id("variant-stock")).nth(1).fill("4");
  await form.click(id("variant-add"));
  await form.click(id("listing-save"));
  await form.getByText("Please give each a size or a colour.").waitFor();
  await form.locator(id("variant-colour")).nth(2).fill("blue");
  await form.check(id("listing-shop"));
  await form.locator(id("variants")).scrollIntoViewIfNeeded();
  await shot(form, "studio-variants");
  await form.click(id("listing-save"));
  const row = form.locator(id("my-listing"));
  await row.filter({ hasText: "6 in stock, in your shop" }).waitFor();
  const listing = await row.getAttribute("data-listing");
  await row.click();
  await form.locator(id("variant-row")).nth(2).waitFor();
  await form.locator(id("variant-stock")).nth(0).fill("3");
  await form.locator(id("variant-remove")).nth(2).click();
  await form.click(id("listing-save"));
  await form.locator(id("my-listing")).filter({ hasText: "7 in stock" }).waitFor();
  const { listing: saved } = await mara.must("GET", `/api/v1/listings/${listing}`);
  assert.deepEqual(saved.variants.map(({ size, colour, stock }) => [size, colour, stock]), [["S", "", 3], ["M", "", 4]]);
  assert.equal(saved.shop, true);
});

/** Text of each page of a PDF, as poppler reads it. */
function pagesOf(file) {
  const done = spawnSync("pdftotext", ["-layout", file, "-"], { encoding: "utf8" });
  assert.equal(done.status, 0, done.stderr || String(done.error));
  return done.stdout.split("\f").filter((page) => page.trim());
}

test("orders are packed, shipped and cancelled, and the books say so", { timeout: 240_000 }, async (t) => {
  const server = await open(t, { hold_per_buyer: 100 });
  const { host, show, item } = await onAir(server, { stock: 20, title: "Denim jacket" });
  await host.must("PATCH", "/api/v1/me", { shipping: 490 });
  // Bea buys more than fits on a sheet of paper, Carl one thing.
  const bea = await signUp(server, "bea", "Bea");
  const { socket } = await bea.enter(show.id);
  const titles = [];
  for (let i = 0; i < 36; i++) {
    const title = `Button number ${String(i + 1).padStart(2, "0")}, mother-of-pearl, from the estate of a tailor who kept one of each for fifty years`;
    const { item: added } = await host.must("POST", `/api/v1/shows/${show.id}/items`, { listing: (await listingOf(host, title)).id });
    titles.push(title);
    const { status } = await socket.ask(claim(show, added));
    assert.equal(status, "held");
  }
  const placed = { Bea: (await bea.must("POST", "/api/v1/checkout", checkout(host.account.id))).order.id };
  for (const name of ["carl", "dora"]) {
    const person = await signUp(server, name, name);
    await (await person.enter(show.id)).socket.ask(claim(show, item));
    placed[name] = (await person.must("POST", "/api/v1/checkout", checkout(host.account.id))).order.id;
  }

  const browser = await openChromium(t);
  const page = await pageOf(t, browser, server, host, "/studio");
  await page.locator(id("seller-orders")).filter({ hasText: "3 to ship" }).click();
  const order = (name) => page.locator(`${id("order")}[data-order="${placed[name]}"]`);
  await order("Bea").waitFor();
  await order("Bea").locator(id("order-choose")).check();
  await order("carl").locator(id("order-choose")).check();
  await page.locator(id("slips-open")).filter({ hasText: "2 packing slips" }).click();
  await page.locator(id("slip")).nth(1).waitFor();
  await shot(page, "studio-slips");

  // On paper: each slip begins a page, and nothing but slips is there; no line is cut or lost where a page ends.
  const file = path.join(shots, "packing-slips.pdf");
  writeFileSync(file, await page.pdf({ format: "A5", printBackground: true }));
  const pages = pagesOf(file);
  const first = pages.map((text, i) => (text.includes("Packing slip") ? i : -1)).filter((i) => i >= 0);
  assert.equal(first.length, 2, `each of the slips has one head, on pages ${first}`);
  assert.ok(pages.length > 2, "Bea's goes over several pages");
  assert.ok(!pages.some((text) => text.includes("Trunkshow") || text.includes("Print")), "no page furniture");
  const words = pages.map((text) => text.replace(/\s+/g, " "));
  const rows = pages.flatMap((text) => text.match(/Button number \d\d/g) ?? []);
  assert.equal(new Set(rows).size, titles.length, "each line is there");
  assert.equal(rows.length, titles.length, "and only once");
  for (const text of words) assert.equal((text.match(/Button number/g) ?? []).length, (text.match(/fifty years/g) ?? []).length, "each line begins and ends on the same page");

  await page.goBack();
  await order("Bea").locator(id("order-ship")).click();
  await page.getByRole("button", { name: "DHL" }).click();
  await page.fill(id("ship-tracking"), "00340434161094");
  await shot(page, "studio-ship");
  await page.click(id("ship-save"));
  await order("Bea").waitFor({ state: "detached" });
  await page.click(id("orders-shipped"));
  await order("Bea").locator(id("order-tracking")).filter({ hasText: "DHL 00340434161094" }).waitFor();
  const [shipped] = (await bea.must("GET", "/api/v1/orders?as=buyer")).orders;
  assert.deepEqual([shipped.state, shipped.carrier, shipped.tracking], ["shipped", "DHL", "00340434161094"]);

  await page.click(id("orders-paid"));
  await order("carl").locator(id("order-cancel")).click();
  await shot(page, "studio-cancel");
  await page.click(id("order-cancel-confirm"));
  await order("carl").waitFor({ state: "detached" });
  await page.click(id("orders-all"));
  await order("carl").filter({ hasText: "Cancelled" }).waitFor();

  const csv = await page.evaluate(async (query) => (await fetch(document.querySelector(query).href)).text(), id("orders-csv"));
  assert.equal((csv.match(/Button number/g) ?? []).length, titles.length);

  // 36 buttons and a jacket, with a parcel each; Carl's is taken out again.
  const owed = 36 * 2500 + 2500 + 2 * 490;
  await page.goto(`${server.url}/studio#money`);
  await page.locator(id("balance")).filter({ hasText: "€934.80" }).waitFor();
  assert.equal((await host.must("GET", "/api/v1/me/balance")).balances[0].amount, owed);
  await shot(page, "studio-money");
  const statement = await page.evaluate(async (query) => (await fetch(document.querySelector(query).href)).text(), id("statement-all"));
  assert.ok(statement.split("\n").length > 4, statement);
  await page.fill(id("shipping-price"), "3.50");
  await page.click(id("shipping-save"));
  await page.getByText("A parcel costs €3.50 now.").waitFor();
  assert.equal((await host.must("GET", "/api/v1/me")).shipping, 350);
});

test("the team finds an account, bans it and lets it in again; the log names everybody", { timeout: 120_000 }, async (t) => {
  const server = new Server();
  t.after(() => server.remove());
  const password = /password:?\s+(\S+)/i.exec(server.run("admin", "create", "alma").out)[1];
  await server.start();
  const signedIn = await request(server, "POST", "/api/v1/sessions", { username: "alma", password });
  const alma = new Person(server, signedIn.body.account, signedIn.body.token);
  const { show, item } = await onAir(server);
  const bea = await signUp(server, "bea", "Bea Buyer");
  const { socket } = await bea.enter(show.id);
  assert.equal((await socket.ask(claim(show, item))).status, "held");
  const { socket: desk } = await alma.enter(show.id);
  await desk.ask({ type: "mod.mute", show: show.id, account: bea.account.id, seconds: 60 });

  const browser = await openChromium(t);
  const page = await pageOf(t, browser, server, alma, "/admin");
  await page.click(id("admin-tab-accounts"));
  await page.fill(id("account-search"), "bea");
  await page.locator(id("account")).filter({ hasText: "hanna" }).waitFor({ state: "detached" });
  await page.click(id("account-ban"));
  await shot(page, "admin-ban");
  await page.click(id("ban-confirm"));
  await page.locator(id("account-unban")).waitFor();
  const left = async () => (await alma.must("GET", `/api/v1/shows/${show.id}`)).items[0].stock;
  assert.equal(await left(), item.stock, "what she held is back");
  await page.click(id("account-unban"));
  await page.click(id("ban-confirm"));
  await page.locator(id("account-ban")).waitFor();
  await page.click(id("admin-tab-audit"));
  const entry = (verb) => page.locator(`${id("audit-entry")}[data-verb="${verb}"]`);
  await entry("account.ban").filter({ hasText: "alma banned bea from the market" }).waitFor();
  await entry("account.unban").filter({ hasText: "alma let bea into the market again" }).waitFor();
  await entry("chat.mute").filter({ hasText: "alma muted bea" }).filter({ hasText: show.title }).waitFor();
  await shot(page, "admin-audit");
  await server.stop();
});
