// An LL-HLS player without a picture: it reads playlists, reloads them blocking, and knows which parts are new.

const attributes = (text) => Object.fromEntries([...text.matchAll(/([A-Z0-9-]+)=("[^"]*"|[^,]*)/g)].map(([, k, v]) => [k, v.replace(/^"|"$/g, "")]));

/** A media playlist: numbers, and its segments with msn, uri, duration, pdt (ms), map, parts, gap, discontinuity; the last one may be
 *  open (no uri). @param before the playlist that a delta update continues. */
export function parse(text, before) {
  const list = { segments: [], reports: {}, ended: false, skipped: 0, tags: new Set(), text };
  let segment, map, msn = 0;
  const at = () => (segment ??= { msn, parts: [], map, discontinuity: false, gap: false });
  const tags = {
    "EXT-X-TARGETDURATION": (v) => (list.target = Number(v)),
    "EXT-X-MEDIA-SEQUENCE": (v) => (list.msn = msn = Number(v)),
    "EXT-X-DISCONTINUITY-SEQUENCE": (v) => (list.discontinuitySequence = Number(v)),
    "EXT-X-PART-INF": (v) => (list.partTarget = Number(attributes(v)["PART-TARGET"])),
    "EXT-X-SERVER-CONTROL": (v) => (list.control = attributes(v)),
    "EXT-X-SKIP": (v) => {
      list.skipped = Number(attributes(v)["SKIPPED-SEGMENTS"]);
      for (let i = 0; i < list.skipped; i++) list.segments.push(before?.segments.find((s) => s.msn === msn + i) ?? { msn: msn + i, parts: [] });
      msn += list.skipped;
    },
    "EXT-X-MAP": (v) => { map = attributes(v).URI; at().map = map; },
    "EXT-X-PROGRAM-DATE-TIME": (v) => (at().pdt = Date.parse(v)),
    "EXT-X-DISCONTINUITY": () => (at().discontinuity = true),
    "EXT-X-GAP": () => (at().gap = true),
    "EXT-X-PART": (v) => { const a = attributes(v); at().parts.push({ uri: a.URI, duration: Number(a.DURATION), independent: a.INDEPENDENT === "YES" }); },
    "EXTINF": (v) => (at().duration = parseFloat(v)),
    "EXT-X-PRELOAD-HINT": (v) => (list.hint = attributes(v).URI),
    "EXT-X-RENDITION-REPORT": (v) => { const a = attributes(v); list.reports[a.URI] = { msn: Number(a["LAST-MSN"]), part: Number(a["LAST-PART"]) }; },
    "EXT-X-ENDLIST": () => (list.ended = true),
  };
  for (const line of text.split("\n")) {
    const [, tag, value] = /^#([A-Z0-9-]+):?(.*)$/.exec(line) ?? [];
    if (tag) {
      list.tags.add(tag);
      tags[tag]?.(value);
    } else if (line) {
      list.segments.push({ ...at(), uri: line });
      segment = undefined;
      msn++;
    }
  }
  if (segment?.parts.length) list.segments.push(segment);
  return list;
}

/** What an index names: {media: [attributes], variants: [attributes and uri]}. */
export function parseIndex(text) {
  const lines = text.split("\n");
  return {
    media: lines.filter((l) => l.startsWith("#EXT-X-MEDIA:")).map((l) => attributes(l.slice(13))),
    variants: lines.flatMap((l, i) => (l.startsWith("#EXT-X-STREAM-INF:") ? [{ ...attributes(l.slice(18)), uri: lines[i + 1] }] : [])),
  };
}

export const hlsUrl = (server, show, file) => `${server.url}/hls/${show.id}/${file}`;

/** One track, followed at the live edge. */
export class Follower {
  /** @param url of a file's name @param get what fetches, as fetch does */
  constructor(url, track, get = fetch) {
    Object.assign(this, { url, track, get });
  }

  async load(query = "") {
    const asked = Date.now();
    const reply = await this.get(this.url(`${this.track}.m3u8${query}`));
    const text = await reply.text();
    if (reply.status !== 200) throw new Error(`${this.track}.m3u8${query}: ${reply.status} ${text}`);
    this.list = parse(text, this.list);
    this.took = Date.now() - asked;
    return this.list;
  }

  /** The newest part, as {msn, part}, msn alone after a whole segment. */
  get edge() {
    const last = this.list.segments.at(-1);
    return last.uri ? { msn: last.msn + 1, part: 0 } : { msn: last.msn, part: last.parts.length };
  }

  /** Ask for the part that follows, and wait for it. @return what is new: [{segment, part, uri, duration, start (ms)}] */
  async next({ skip = false } = {}) {
    const { msn, part } = this.edge;
    await this.load(`?_HLS_msn=${msn}&_HLS_part=${part}${skip ? "&_HLS_skip=YES" : ""}`);
    return this.list.segments.filter((s) => s.msn >= msn).flatMap((s) => partsOf(s).filter((p) => s.msn > msn || p.part >= part));
  }

  bytes = async (file) => {
    const reply = await this.get(this.url(file));
    const body = Buffer.from(await reply.arrayBuffer());
    if (reply.status !== 200) throw new Error(`${file}: ${reply.status}`);
    return body;
  };
}

/** The parts of a segment, each with when it starts. */
export function partsOf(segment) {
  let start = segment.pdt;
  return segment.parts.map((p, part) => {
    const it = { segment, part, start, ...p };
    start += p.duration * 1000;
    return it;
  });
}
