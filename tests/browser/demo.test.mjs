// What a newcomer sees after the README's first command.
import { test } from "node:test";
import assert from "node:assert/strict";
import { Server } from "../flow/lib/server.mjs";
import { Person, request, signUp } from "../flow/lib/people.mjs";
import { openChromium, openPage, shot } from "./lib/browsers.mjs";
import { statsOf } from "./lib/stats.mjs";

const id = (name) => `[data-testid="${name}"]`;
const patience = 60_000;

async function printed(server, pattern) {
  for (const end = Date.now() + patience; Date.now() < end;) {
    const found = pattern.exec(server.output);
    if (found) return found;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`${pattern} was not printed:\n${server.output}`);
}

test("the demo is on air, and its accounts open the doors they name", { timeout: 240_000 }, async (t) => {
  const server = new Server({ rate_limits: "off" }, ["--demo"]);
  t.after(() => server.remove());
  await server.start();
  const [, address] = await printed(server, /Trunkshow is open: +(\S+)/);
  const [, show] = await printed(server, /the show +\S+\/s\/(\S+)/);
  await printed(server, /Ctrl-C ends it/);

  const browser = await openChromium(t);
  const page = await openPage(t, browser, address);
  await page.waitForFunction((tile) => [...document.querySelectorAll(`${tile} img`)].some((i) => i.naturalWidth > 0), id("live-tile"), { timeout: patience });
  await page.locator(id("live-tile")).first().click();
  await page.waitForFunction(() => document.querySelector("#picture")?.videoWidth > 0, null, { timeout: patience });
  const before = await statsOf(page, "#picture");
  await page.locator(id("featured-card")).waitFor();
  await page.locator(id("unmute")).click();
  await page.waitForFunction(async (frames) => {
    const all = [...(await document.querySelector("#picture").peer.getStats()).values()].filter((s) => s.type === "inbound-rtp");
    return all.some((s) => s.framesDecoded > frames + 60) && all.some((s) => s.totalAudioEnergy > 0.001);
  }, before.framesDecoded, { timeout: patience });

  const [, password] = await printed(server, /ben +(\S+) +buys/);
  const signedIn = await request(server, "POST", "/api/v1/sessions", { username: "ben", password });
  assert.equal(signedIn.status, 200, JSON.stringify(signedIn.body));
  const ben = new Person(server, signedIn.body.account, signedIn.body.token);
  const people = [[ben, "Is that the jacket from last week?"], [await signUp(server, "mia", "Mia"), "The blue is so good"],
    [await signUp(server, "jonas", "Jonas"), "Does it run small?"]];
  for (const [person, text] of people) {
    const { socket } = await person.enter(show);
    await socket.ask({ type: "chat", show, text });
  }
  await page.locator(id("chat-line")).filter({ hasText: "run small" }).waitFor();
  await shot(page, "demo");

  const [, admin] = await printed(server, /ada +(\S+) +is the admin/);
  const ada = await request(server, "POST", "/api/v1/sessions", { username: "ada", password: admin });
  assert.equal(ada.body.account.role, "admin");
  server.child.kill("SIGINT");
  assert.deepEqual(await server.exited, { code: 0, signal: null });
});
