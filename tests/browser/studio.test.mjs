// A seller's evening: the run of show is put in order with a finger, something is photographed and sold on air, prices flash, who
// was too late has a second chance, listings of others are found, orders are packed and shipped, and the team keeps the market.
import { test } from "node:test";
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { open, Server } from "../flow/lib/server.mjs";
import { onAir, signUp, claim, checkout, request, Person } from "../flow/lib/people.mjs";
import { cameraFile } from "./lib/camera.mjs";
import { violations } from "./lib/axe.mjs";
import { openChromium, openPage, shot, shots } from "./lib/browsers.mjs";

const id = (name) => `[data-testid="${name}"]`;
const patience = 60_000;

/** A page of somebody who is signed in. */
async function pageOf(t, browser, server, person, where, options) {
  const page = await openPage(t, browser, "about:blank", options);
  await page.context().addCookies([{ name: "trunkshow_session", value: person.token, url: server.url, httpOnly: true, sameSite: "Lax" }]);
  await page.goto(server.url + where);
  return page;
}

const listingOf = async (person, title, more = {}) =>
  (await person.must("POST", "/api/v1/listings", { title, price: 2500, currency: "EUR", stock: 3, ...more })).listing;

/** A show with a camera, on air from the studio's own page. */
async function studioOnAir(t, server, host, show) {
  const browser = await openChromium(t, { camera: await cameraFile(path.join(tmpdir(), "trunkshow-camera")) });
  const studio = await pageOf(t, browser, server, host, `/studio#show/${show.id}`, { permissions: ["camera", "microphone"] });
  await studio.click(id("go-live"));
  await studio.locator(id("on-air")).waitFor({ timeout: patience });
  return { browser, studio };
}

const middleOf = async (locator) => {
  const { x, y, width, height } = await locator.boundingBox();
  return { x: x + width / 2, y: y + height / 2 };
};

/** A finger on the handle of the item `from` goes down to `y` and stays there while `meanwhile` runs. */
async function dragTo(page, from, y, meanwhile = async () => {}) {
  const start = await middleOf(page.locator(id("item-handle")).nth(from));
  const cdp = await page.context().newCDPSession(page);
  const touch = (type, at) => cdp.send("Input.dispatchTouchEvent", { type, touchPoints: at === undefined ? [] : [{ x: start.x, y: at }] });
  await touch("touchStart", start.y);
  for (let i = 1; i <= 20; i++) await touch("touchMove", start.y + ((y - start.y) * i) / 20);
  await meanwhile();
  await shot(page, "studio-drag");
  await touch("touchEnd");
}

const drag = async (page, from, to) => dragTo(page, from, (await middleOf(page.locator(id("item-handle")).nth(to))).y);

test("the run of show is put in order by a finger, by keys and by buttons", { timeout: 180_000 }, async (t) => {
  const server = await open(t);
  const { host, show } = await onAir(server, { start: false, title: "Denim jacket" });
  for (const title of ["Wool scarf", "Silk blouse", "Rain coat"])
    await host.must("POST", `/api/v1/shows/${show.id}/items`, { listing: (await listingOf(host, title)).id });
  const browser = await openChromium(t);
  const page = await pageOf(t, browser, server, host, `/studio#show/${show.id}`);
  await page.locator(id("run-item")).nth(3).waitFor();
  const shown = () => page.locator(`${id("run-item")} b`).evaluateAll((all) => all.map((each) => each.textContent).filter((text) => /[a-z]/.test(text)).map((text) => text.replace(/^\d+ /, "")));
  const kept = async () => (await host.must("GET", `/api/v1/shows/${show.id}`)).items.sort((a, b) => a.position - b.position).map((item) => item.listing.title);
  const both = async (order) => {
    await page.waitForFunction(([query, titles]) => {
      const rows = [...document.querySelectorAll(query)];
      return rows.length === titles.length && rows.every((row, i) => row.textContent.includes(titles[i]));
    }, [id("run-item"), order]);
    for (const end = Date.now() + patience; JSON.stringify(await kept()) !== JSON.stringify(order);) {
      assert.ok(Date.now() < end, `${await kept()} is kept`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    assert.deepEqual(await shown(), order, "and it stays so");
  };

  await both(["Denim jacket", "Wool scarf", "Silk blouse", "Rain coat"]);
  await drag(page, 0, 2);
  await both(["Wool scarf", "Silk blouse", "Denim jacket", "Rain coat"]);
  await drag(page, 3, 0);
  await both(["Rain coat", "Wool scarf", "Silk blouse", "Denim jacket"]);
  await page.locator(id("item-handle")).first().focus();
  await page.keyboard.press("ArrowDown");
  await both(["Wool scarf", "Rain coat", "Silk blouse", "Denim jacket"]);
  assert.match(await page.evaluate(() => document.activeElement.getAttribute("aria-label")), /Rain coat, number 2 of 4/, "the focus goes along");
  await page.getByText("Rain coat is number 2 of 4 now.").waitFor({ state: "attached" });
  await page.locator(id("item-open")).last().click();
  await page.click(id("item-up"));
  await both(["Wool scarf", "Rain coat", "Denim jacket", "Silk blouse"]);
  await page.click(id("item-remove"));
  await both(["Wool scarf", "Rain coat", "Silk blouse"]);

  // More than fits on the screen: near the edge the list scrolls along, to its end and no further.
  const more = Array.from({ length: 9 }, (_, i) => `Button box ${i + 1}`);
  for (const title of more) await host.must("POST", `/api/v1/shows/${show.id}/items`, { listing: (await listingOf(host, title)).id });
  await page.reload();
  await both(["Wool scarf", "Rain coat", "Silk blouse", ...more]);
  await dragTo(page, 0, 840, () => page.waitForFunction(() => {
    const panel = document.querySelector(".host-panel");
    return panel.scrollTop > 0 && panel.scrollTop + panel.clientHeight >= panel.scrollHeight - 1;
  }));
  await both(["Rain coat", "Silk blouse", ...more, "Wool scarf"]);
});

test("axe finds nothing on the host's pages and sheets on air", { timeout: 240_000 }, async (t) => {
  const server = await open(t);
  const { host, show, item } = await onAir(server, { start: false, stock: 1 });
  const { studio } = await studioOnAir(t, server, host, show);
  const { socket: own } = await host.enter(show.id);
  await own.ask({ type: "feature", show: show.id, item: item.id });
  await own.ask({ type: "price", show: show.id, item: item.id, flash: { price: 1900, seconds: 3600 } });
  for (const name of ["bea", "carl"]) await (await (await signUp(server, name)).enter(show.id)).socket.ask(claim(show, item));
  await studio.locator(id("now-shown")).filter({ hasText: "1 waiting" }).waitFor();
  const wrong = [];
  for (const colorScheme of ["light", "dark"]) {
    await studio.emulateMedia({ colorScheme });
    for (const [opener, sheet] of [[null, "on-air"], ["run-open", "run-sheet"], ["now-shown", "item-sheet"], ["quick-add", "quick-sheet"], ["claims-open", "claims-sheet"]]) {
      if (opener) await studio.click(id(opener));
      await studio.locator(id(sheet)).waitFor();
      await studio.waitForTimeout(400); // colours fade in
      await shot(studio, `studio-air-${sheet}-${colorScheme}`);
      wrong.push(...(await violations(studio)).map((v) => `${sheet}, ${colorScheme}: ${v}`));
      if (opener) await studio.keyboard.press("Escape");
    }
  }
  assert.deepEqual(wrong, []);
});

test("something is photographed on air and sold, with a price that flashes", { timeout: 240_000 }, async (t) => {
  const server = await open(t);
  const { host, show } = await onAir(server, { start: false });
  const { browser, studio } = await studioOnAir(t, server, host, show);
  const viewer = await openPage(t, browser, `${server.url}/s/${show.id}`);
  await viewer.waitForFunction(() => document.querySelector("#picture")?.currentTime > 1, null, { timeout: patience });

  await studio.click(id("quick-add"));
  await studio.waitForFunction((query) => document.querySelector(query)?.width > 100, id("quick-photo"));
  await studio.fill(id("quick-title"), "Corduroy vest");
  await studio.fill(id("quick-price"), "25");
  for (const size of ["S", "M"]) await studio.click(id(`quick-size-${size}`));
  await studio.click(id("quick-count-2"));
  await shot(studio, "studio-quick-add");
  await studio.click(id("quick-show"));
  await viewer.locator(id("featured-card")).filter({ hasText: "Corduroy vest" }).waitFor({ timeout: patience });
  await viewer.waitForFunction((card) => document.querySelector(`${card} img`)?.naturalWidth > 0, id("featured-card"), { timeout: patience });
  await studio.locator(id("quick-sheet")).waitFor({ state: "detached" });
  await shot(studio, "studio-on-air-quick");
  const item = (await host.must("GET", `/api/v1/shows/${show.id}`)).items.find((each) => each.listing.title === "Corduroy vest");
  assert.deepEqual(item.listing.variants.map(({ size, stock }) => [size, stock]), [["S", 2], ["M", 2]]);
  const before = await viewer.evaluate(() => document.querySelector("#picture").currentTime);
  await viewer.waitForFunction((at) => document.querySelector("#picture").currentTime > at + 0.5, before, { timeout: patience });

  await studio.click(id("now-shown"));
  await studio.fill(id("flash-price"), "26");
  await studio.click(id("flash-start"));
  await studio.getByText("A flash price is below the usual").waitFor();
  await studio.fill(id("flash-price"), "19");
  await shot(studio, "studio-flash");
  await studio.click(id("flash-start"));
  await studio.locator(id("flash-running")).filter({ hasText: "19" }).waitFor();
  await viewer.locator(id("featured-card")).filter({ hasText: "€19" }).waitFor();
  await shot(studio, "studio-flash-running");

  // A buyer pays what flashes, and the host sees who holds what.
  const bea = await signUp(server, "bea");
  const { socket } = await bea.enter(show.id);
  const medium = item.listing.variants.find(({ size }) => size === "M");
  const held = await socket.ask({ ...claim(show, item), variant: medium.id });
  assert.equal(held.status, "held", JSON.stringify(held));
  assert.equal(held.hold.price, 1900);
  await studio.click(id("flash-end"));
  await studio.locator(id("flash-start")).waitFor();
  await viewer.locator(id("featured-card")).filter({ hasText: "€25" }).waitFor();
  await studio.locator(`${id("restock")} li`).filter({ hasText: "M" }).filter({ hasText: "1 left, 1 held" }).waitFor();
  await studio.getByRole("button", { name: "Add 5 to M" }).click();
  await studio.locator(`${id("restock")} li`).filter({ hasText: "6 left, 1 held" }).waitFor();
  await studio.keyboard.press("Escape");
  await studio.click(id("claims-open"));
  const row = studio.locator(id("studio-claim")).filter({ hasText: "bea" });
  await row.filter({ hasText: `No. ${item.number} M` }).filter({ hasText: "not paid" }).waitFor();
  // Who claims by a line of chat stands among the others, and the line is not in the chat.
  const carl = await signUp(server, "carl");
  assert.ok((await (await carl.enter(show.id)).socket.ask({ type: "chat", show: show.id, text: `claim ${item.number} S` })).claim);
  await studio.locator(id("studio-claim")).filter({ hasText: "carl" }).filter({ hasText: `No. ${item.number} S` }).filter({ hasText: "not paid" }).waitFor();
  await studio.locator(id("claims-totals")).filter({ hasText: "€44" }).waitFor();
  await studio.waitForTimeout(300); // the sheet has come in
  await shot(studio, "studio-claims-unpaid");
  assert.equal(await studio.locator(id("chat-line")).count(), 0);
  await bea.must("POST", "/api/v1/checkout", checkout(host.account.id));
  await studio.locator(`${id("studio-claim")}[data-state="sold"]`).waitFor();
  await studio.locator(id("claims-totals")).filter({ hasText: "€19" }).waitFor();
});

test("who waits is seen, and who gave it back has a second chance by the host's hand", { timeout: 180_000 }, async (t) => {
  const server = await open(t);
  const { host, show, item, listing } = await onAir(server, { stock: 1 });
  const [bea, carl] = [await signUp(server, "bea"), await signUp(server, "carl")];
  const seats = [];
  for (const person of [bea, carl]) seats.push((await person.enter(show.id)).socket);
  const browser = await openChromium(t, { camera: await cameraFile(path.join(tmpdir(), "trunkshow-camera")) });
  const studio = await pageOf(t, browser, server, host, `/studio#show/${show.id}`, { permissions: ["camera", "microphone"] });
  await studio.click(id("go-live"));
  await studio.locator(id("on-air")).waitFor({ timeout: patience });
  await studio.click(id("claims-open"));
  const { hold } = await seats[0].ask(claim(show, item));
  assert.equal((await seats[1].ask(claim(show, item))).status, "waitlisted");
  await studio.click(id("claims-waiting"));
  await studio.locator(id("studio-waiter")).filter({ hasText: "carl" }).filter({ hasText: "next in line" }).waitFor();
  await shot(studio, "studio-waiting");
  const form = await pageOf(t, browser, server, host, `/studio#listing/${listing.id}`);
  await form.locator(id("waitlist-entry")).filter({ hasText: "carl" }).waitFor();

  // Bea gives it back, Carl is next and gives it back, too: Bea may have it after all.
  await seats[0].ask({ type: "release", hold: hold.id });
  await studio.click(id("claims-all"));
  await studio.locator(id("studio-claim")).filter({ hasText: "carl" }).filter({ hasText: "not paid" }).waitFor({ timeout: patience });
  const { holds } = await carl.must("GET", "/api/v1/cart");
  await seats[1].ask({ type: "release", hold: holds[0].id });
  await studio.click(id("claims-gone"));
  const late = studio.locator(id("studio-claim")).filter({ hasText: "bea" });
  await late.filter({ hasText: "given back" }).waitFor();
  await shot(studio, "studio-second-chance");
  await late.locator(id("second-chance")).click();
  await studio.click(id("claims-unpaid"));
  await studio.locator(id("studio-claim")).filter({ hasText: "bea" }).filter({ hasText: "not paid" }).waitFor();
  await bea.must("POST", "/api/v1/checkout", checkout(host.account.id));
  await studio.click(id("claims-all"));
  await studio.locator(`${id("studio-claim")}[data-state="sold"]`).filter({ hasText: "bea" }).waitFor();
});

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
