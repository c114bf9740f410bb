// Quantiles out of Prometheus' text: of what a histogram counted between two looks.
function buckets(text, name) {
  const out = new Map();
  for (const [, le, count] of text.matchAll(new RegExp(`^${name}_bucket\\{le="([^"]+)"\\} (\\S+)$`, "gm"))) out.set(le === "+Inf" ? Infinity : Number(le), Number(count));
  return out;
}

/** @returns the bound below which `share` of what came between the two lies, interpolated within its bucket; undefined: nothing came. */
export function quantile(before, after, name, share) {
  const old = buckets(before, name), now = [...buckets(after, name)].map(([le, count]) => [le, count - (old.get(le) ?? 0)]);
  const all = now.at(-1)?.[1];
  if (!all) return undefined;
  let [lower, below] = [0, 0];
  for (const [le, count] of now) {
    if (count >= share * all) return le === Infinity ? lower : lower + ((share * all - below) / (count - below || 1)) * (le - lower);
    [lower, below] = [le, count];
  }
  return lower;
}
