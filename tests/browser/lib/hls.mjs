// What a story about HLS needs: a host whose camera counts its frames, and what plays outside of our own pages.
import { createServer } from "node:http";
import { readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { once } from "node:events";
import { onAir } from "../../flow/lib/people.mjs";
import { cameraFile } from "./camera.mjs";
import { openChromium } from "./browsers.mjs";
import { id, pageOf } from "./pages.mjs";

const shaka = new URL("../../node_modules/shaka-player/dist/shaka-player.compiled.js", import.meta.url);

/** A host on air in the studio, with the camera that counts. @param prepare gets the host's context before the page opens. */
export async function hostOnAir(t, server, { prepare = async () => {}, ...more } = {}) {
  const stage = await onAir(server, { start: false, ...more });
  const browser = await openChromium(t, { camera: await cameraFile(path.join(tmpdir(), "trunkshow-camera")) });
  const studio = await pageOf(t, browser, server, stage.host, "/healthz", { permissions: ["camera", "microphone"] });
  await prepare(studio.context());
  await studio.goto(`${server.url}/studio#show/${stage.show.id}`);
  await studio.locator(`${id("go-live")}:enabled`).click({ timeout: 60_000 });
  await studio.locator(id("on-air")).waitFor({ timeout: 60_000 });
  return { ...stage, studio };
}

/** Another player (Shaka) on a page of another origin. Resolves to its page, whose `player` and `video` are there to be asked. */
export async function openShaka(t, browser, manifest) {
  const http = createServer((request, response) => {
    const script = request.url === "/shaka.js";
    response.setHeader("content-type", script ? "text/javascript" : "text/html");
    response.end(script ? readFileSync(shaka) : "<!doctype html><title>Shaka</title><video muted></video><script src=/shaka.js></script>");
  });
  http.listen(0, "127.0.0.1");
  await once(http, "listening");
  t.after(() => { http.closeAllConnections(); http.close(); });
  const page = await (await browser.newContext()).newPage();
  await page.goto(`http://127.0.0.1:${http.address().port}/`);
  await page.evaluate(async (uri) => {
    window.errors = [];
    window.video = document.querySelector("video");
    window.player = new window.shaka.Player();
    await player.attach(video);
    // A part that was promised and did not come, for its segment ended before, is asked for in vain: that is no fault of the playlist
    const vain = ({ code, data }) => code === 1001 && data[1] === 404 && /-\d+\.\d+\.m4s$/.test(data[0]);
    player.addEventListener("error", ({ detail }) => vain(detail) || window.errors.push(`${detail.code} ${detail.data?.slice(0, 2)}`));
    player.configure({ streaming: { lowLatencyMode: true } });
    await player.load(uri).catch((error) => { throw new Error(`Shaka ${error.code}: ${error.data ?? error.stack}`); }); // an error of its own does not come through
    await video.play();
  }, manifest);
  return page;
}
