// What /metrics tells: in Prometheus' format, under names that keep to its conventions, all of it described, all of it that the
// dashboard draws. METRICS_WRITE=1 writes the description anew.
import { test } from "node:test";
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { open } from "./lib/server.mjs";
import { simulate } from "./lib/simulate.mjs";
import { onAir, request } from "./lib/people.mjs";

const described = new URL("../../server/api/METRICS.md", import.meta.url);
const dashboard = new URL("../../configs/grafana.json", import.meta.url);

/** Families by name: {type, help, samples: [{name, labels, value}]}; fails on what is not Prometheus' text. */
function parse(text) {
  const families = new Map();
  let family;
  assert.ok(text.endsWith("\n"));
  for (const line of text.trimEnd().split("\n")) {
    const help = /^# HELP (\S+) (.+)$/.exec(line), type = /^# TYPE (\S+) (counter|gauge|histogram)$/.exec(line);
    if (help) {
      assert.ok(!families.has(help[1]), `${help[1]} comes twice`);
      families.set(help[1], (family = { name: help[1], help: help[2], samples: [] }));
    } else if (type) {
      assert.equal(type[1], family.name);
      family.type = type[2];
    } else {
      const sample = /^([a-z_][a-z0-9_]*)(?:\{((?:[a-z_]+="[^"]*",?)*)\})? (\S+)$/.exec(line);
      assert.ok(sample, `no sample: ${line}`);
      const [, name, labels = "", value] = sample;
      assert.ok(name === family.name || (family.type === "histogram" && /^(_bucket|_sum|_count)$/.test(name.slice(family.name.length))), line);
      assert.ok(Number.isFinite(Number(value)), line);
      family.samples.push({ name, labels, value: Number(value) });
    }
  }
  return families;
}

/** A server that has something to tell of everything. */
async function told(t) {
  const server = await open(t);
  const { host, show } = await onAir(server);
  const { publish_key: key } = (await host.must("GET", `/api/v1/shows/${show.id}`)).show;
  simulate(t, "host", "--whip", `${server.url}/whip/${show.id}`, "--token", key);
  const viewer = simulate(t, "view", "--whep", `${server.url}/whep/${show.id}`, "--count", "2");
  await viewer.next("stats", (m) => m.frames > 30);
  for (;;) {
    const families = parse((await request(server, "GET", "/metrics")).body);
    /* the engine's numbers are up to a second old */
    if (families.get("trunkshow_media_layer_viewers").samples.some((s) => s.value === 2)) return families;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

test("names, types and numbers are as Prometheus wants them, and described", { timeout: 120_000 }, async (t) => {
  const families = await told(t);
  for (const { name, type, help, samples } of families.values()) {
    assert.match(name, /^(trunkshow|process)_[a-z0-9_]+$/);
    assert.match(help, /\.$/, `${name} is described by a sentence`);
    assert.equal(name.endsWith("_total"), type === "counter", `counters, and they alone, end with _total: ${name}`);
    assert.doesNotMatch(name, /_(ms|us|kb|percent)(_|$)/, `base units: ${name}`);
    if (type !== "histogram") continue;
    const buckets = samples.filter((s) => s.name.endsWith("_bucket")), of = (end) => samples.find((s) => s.name === name + end).value;
    const bounds = buckets.map((s) => /le="([^"]+)"/.exec(s.labels)[1]);
    assert.equal(bounds.at(-1), "+Inf");
    for (let i = 1; i < buckets.length; i++) {
      assert.ok(i === buckets.length - 1 || Number(bounds[i]) > Number(bounds[i - 1]), `bounds of ${name} rise`);
      assert.ok(buckets[i].value >= buckets[i - 1].value, `counts of ${name} rise`);
    }
    assert.equal(buckets.at(-1).value, of("_count"));
    assert.ok(of("_count") > 0 && of("_sum") >= 0, `${name} counted`);
  }
  const table = ["# What `/metrics` tells", "", "| metric | type | what it is |", "|---|---|---|",
    ...[...families.values()].map((f) => `| \`${f.name}${labelled(f)}\` | ${f.type} | ${f.help} |`), ""].join("\n");
  if (process.env.METRICS_WRITE) writeFileSync(described, table);
  assert.equal(readFileSync(described, "utf8"), table, "METRICS_WRITE=1 writes it anew");
});

/** The labels that tell a family's samples apart, but for a histogram's bounds. */
function labelled({ type, samples }) {
  const names = new Set(samples.flatMap((s) => [...s.labels.matchAll(/([a-z_]+)=/g)].map(([, name]) => name)));
  if (type === "histogram") names.delete("le");
  return names.size ? `{${[...names].join(",")}}` : "";
}

test("the dashboard draws what there is", { timeout: 120_000 }, async (t) => {
  const families = await told(t);
  const names = new Set([...families.values()].flatMap((f) => f.samples.map((s) => s.name)));
  const { panels, templating } = JSON.parse(readFileSync(dashboard, "utf8"));
  const expressions = [...panels.flatMap((p) => (p.targets ?? []).map((target) => target.expr)), ...templating.list.map((v) => v.query?.query ?? "")];
  const drawn = new Set(expressions.flatMap((e) => e.match(/\b(trunkshow|process)_[a-z0-9_]+/g) ?? []));
  assert.ok(drawn.size > 30, "it draws most of it");
  for (const name of drawn) assert.ok(names.has(name), `there is no ${name}`);
  for (const { title, gridPos } of panels) assert.ok(title && gridPos.x + gridPos.w <= 24, title);
});
