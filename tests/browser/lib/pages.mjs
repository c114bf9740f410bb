// What most stories on pages need.
import { openPage } from "./browsers.mjs";

/** The selector of a control (web/src/testids.ts). */
export const id = (name) => `[data-testid="${name}"]`;

/** A page of somebody who is signed in. */
export async function pageOf(t, browser, server, person, where, options) {
  const page = await openPage(t, browser, "about:blank", options);
  await page.context().addCookies([{ name: "trunkshow_session", value: person.token, url: server.url, httpOnly: true, sameSite: "Lax" }]);
  await page.context().addInitScript(() => localStorage.setItem("trunkshow.signed-in", "1"));
  await page.goto(server.url + where);
  return page;
}

export const listingOf = async (person, title, more = {}) =>
  (await person.must("POST", "/api/v1/listings", { title, price: 2500, currency: "EUR", stock: 3, ...more })).listing;
