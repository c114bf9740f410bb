// What axe finds wrong with a page as it is now, in words.
import axe from "axe-core";

const rules = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

export async function violations(page) {
  await page.evaluate(axe.source);
  const { violations: found } = await page.evaluate((runOnly) => window.axe.run(document, { runOnly }), rules);
  return found.map((v) => `${v.id}: ${v.help} — ${v.nodes.map((n) => n.html.slice(0, 160)).join(" | ")}`);
}
