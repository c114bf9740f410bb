// A show on air with a picture, watched by HLS.
import { open } from "./server.mjs";
import { simulate } from "./simulate.mjs";
import { onAir, guest, publishKey } from "./people.mjs";
import { Follower, hlsUrl, parseIndex } from "./hls.mjs";

/** A server with a show that a simulated host has gone live with. */
export async function live(t, settings = {}, ...host) {
  const server = await open(t, { record: "off", ...settings });
  const it = { server, ...(await onAir(server)) };
  it.guest = (await guest(server).enter(it.show.id)).socket;
  it.source = await simulate(t, "host", "--whip", `${server.url}/whip/${it.show.id}`, "--token", await publishKey(it.host, it.show), ...host);
  await it.guest.next("show", (m) => m.show.picture);
  it.url = (file) => hlsUrl(server, it.show, file);
  it.get = async (file, options) => fetch(it.url(file), options);
  it.index = async () => parseIndex(await (await it.get("index.m3u8")).text());
  it.follow = async (track) => {
    const follower = new Follower(it.url, track);
    await follower.load();
    return follower;
  };
  it.metric = async (name) => Number(new RegExp(`^trunkshow_${name} (\\S+)`, "m").exec(await (await fetch(`${server.url}/metrics`)).text())?.[1]);
  return it;
}
