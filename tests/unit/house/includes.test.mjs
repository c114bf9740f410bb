// The rules of the house about who may include whom, held against every #include of the tree.
import { test } from "node:test";
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../../..");

// room -> the rooms whose headers it may include, besides its own
const arrows = {
  "server/base": [],
  "server/hub": ["server/base"],
  "server/hls": ["server/base"],
  "server/store": ["server/base"],
  "server/pay": ["server/base"],
  "server/show": ["server/base", "server/store", "server/pay"],
  "server/api": ["server/base", "server/hls", "server/hub", "server/store", "server/show", "media", "chat"],
  server: ["server/base", "server/hls", "server/hub", "server/store", "server/pay", "server/show", "server/api", "media", "chat"],
  "media/transport": ["media"],
  "media/rtp": ["media"],
  "media/sdp": ["media"],
  "media/children": ["media"],
  "media/pipeline": ["media/rtp"],
  "media/forward": ["media", "media/transport", "media/rtp", "media/sdp", "media/pipeline"],
  media: [],
  chat: [],
};

// header of a library -> the only rooms that may name it
const libraries = [
  [/^libwebsockets\.h$|^uv\.h$/, ["server/hub"]],
  [/^gst\//, ["media/pipeline"]],
  [/^sqlite3\.h$/, ["server/store"]],
  [/^srtp2\//, ["media/transport"]],
  [/^srt\//, ["media/pipeline"]],
  [/^openssl\/ssl\.h$/, ["media/transport", "server/hub"]],
];

function room(file) {
  const folder = path.dirname(file);
  return Object.keys(arrows).filter((r) => folder === r || folder.startsWith(r + "/")).sort((a, b) => b.length - a.length)[0];
}

function owner(include, file) {
  // Includes are written from the part's root: "hub/hub.h" inside server, "transport/stun.h" inside media.
  const part = file.split("/")[0];
  const candidates = [path.join(path.dirname(file), include), path.join("server", include),
    path.join("media", include), path.join("chat", include), include];
  const found = candidates.find((c) => sources.has(path.normalize(c)));
  return found && room(path.normalize(found));
}

const sources = new Set(execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard", "*.c", "*.h"],
  { cwd: root, encoding: "utf8" }).trim().split("\n"));

export function violations(file, text) {
  const mine = room(file);
  const wrong = [];
  for (const [, bracket, name] of text.matchAll(/^\s*#\s*include\s*([<"])([^>"]+)[>"]/gm)) {
    const library = libraries.find(([pattern]) => pattern.test(name));
    if (library && !library[1].includes(mine)) wrong.push(`${file}: <${name}> belongs to ${library[1]}`);
    const theirs = owner(name, file);
    if (bracket === '"' && theirs && theirs !== mine && !arrows[mine].includes(theirs))
      wrong.push(`${file}: "${name}" — ${mine} may not include ${theirs}`);
  }
  return wrong;
}

test("every include follows the arrows of the house", () => {
  const wrong = [...sources].filter((f) => room(f)).flatMap((f) => violations(f, readFileSync(path.join(root, f), "utf8")));
  assert.deepEqual(wrong, []);
});

test("the check sees a forbidden include", () => {
  assert.equal(violations("chat/x.c", '#include "hub/hub.h"\n#include "media.h"\n').length, 2);
  assert.equal(violations("server/show/x.c", '#include "hub/hub.h"\n#include <libwebsockets.h>\n').length, 2);
  assert.equal(violations("server/hub/x.c", '#include "base/log.h"\n#include <libwebsockets.h>\n').length, 0);
});
