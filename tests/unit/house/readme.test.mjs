// The README's table of settings is what the program prints.
import { test } from "node:test";
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../../..");

test("the settings in README.md are the program's (write them with tests/unit/house/settings.sh)", () => {
  const printed = spawnSync(path.join(process.env.TEST_BINARIES, "trunkshow"), ["settings"], { encoding: "utf8" });
  assert.equal(printed.status, 0, printed.stderr);
  const readme = readFileSync(path.join(root, "README.md"), "utf8");
  const [, table] = /<!-- settings:[^>]*-->\n([\s\S]*?)<!-- \/settings -->/.exec(readme);
  assert.equal(table, printed.stdout);
});
