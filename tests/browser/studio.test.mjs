// A host's evening: the run of show is put in order with a finger, something is photographed and sold on air, prices flash, and who
// gave it back has a second chance.
import { test } from "node:test";
import assert from "node:assert/strict";
import { tmpdir } from "node:os";
import path from "node:path";
import { open } from "../flow/lib/server.mjs";
import { onAir, signUp, claim, checkout } from "../flow/lib/people.mjs";
import { violations } from "./lib/axe.mjs";
import { openChromium, openPage, shot } from "./lib/browsers.mjs";
import { cameraFile } from "./lib/camera.mjs";
import { id, listingOf, pageOf } from "./lib/pages.mjs";

const patience = 60_000;

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
  const { browser, studio } = await studioOnAir(t, server, host, show);
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
