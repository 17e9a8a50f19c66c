import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseHTML } from "linkedom";
import { describe, expect, it } from "vitest";
import { Penicillin, sleepstudy } from "../../src/datasets/index.ts";
import { gibbsSync } from "../../src/gibbs/gibbs.ts";
import type { Posterior } from "../../src/gibbs/posterior.ts";
import { reportHtml, toSVG, writeReport } from "../../src/io/node.ts";
import { lmm } from "../../src/model/lmm.ts";
import { caterpillar, intervals } from "../../src/plot/index.ts";
import { reml } from "../../src/reml/fit.ts";
import type { LmmFit } from "../../src/reml/lmmFit.ts";
import { load, save } from "../../src/save.ts";

function both(formula: string, table: Parameters<typeof lmm>[1]) {
  const model = lmm(formula, table);
  return { posterior: gibbsSync(model, { seed: 1, draws: 400 }), fit: reml(model) };
}

describe("writeReport", () => {
  const { posterior, fit } = both("Reaction ~ Days + (Days | Subject)", sleepstudy);

  it("writes one page with every section, and nothing from outside", async () => {
    const folder = mkdtempSync(join(tmpdir(), "blmm-"));
    try {
      await writeReport(posterior, fit, join(folder, "deep/report.html"));
      const html = readFileSync(join(folder, "deep/report.html"), "utf8");
      expect(html).toBe(reportHtml(posterior, fit));
      // Names of XML namespaces are no requests.
      expect(html.replace(/xmlns(:xlink)?="[^"]*"/g, "")).not.toMatch(
        /https?:|<script|<link|<iframe|\bsrc=|@import|url\((?!#)/,
      );
      const { document } = parseHTML(html);
      expect([...document.querySelectorAll("h2")].map((one) => one.textContent)).toEqual([
        "In short",
        "Posterior and estimate side by side",
        "Posterior",
        "REML fit",
        "Have the chains mixed?",
        "Does the model fit?",
        "Groups",
      ]);
      expect(document.querySelectorAll("figure svg[role=img][aria-label]").length).toBe(9);
      const [comparison, summary] = [...document.querySelectorAll("table")];
      const days = [...comparison.querySelectorAll("tr")].find((row) =>
        row.textContent?.startsWith("b_Days"),
      );
      expect([...days!.querySelectorAll("td")].slice(1, 3).map((cell) => cell.textContent)).toEqual([
        "10.5",
        "1.5",
      ]);
      expect(summary.querySelectorAll("tbody tr").length).toBe(6);
      expect(html).not.toMatch(/NaN|undefined|\[object/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("draws the rows along what a predictor is computed of, whatever its name", () => {
    const rows = sleepstudy.map(({ Reaction, Days, Subject }) => ({ Reaction, "days off": Days, Subject }));
    for (const predictor of ["`days off`", "scale(`days off`)", "I(`days off`^2)"]) {
      const { posterior, fit } = both(`Reaction ~ ${predictor} + (1 | Subject)`, rows);
      expect(reportHtml(posterior, fit)).toContain("Observations of each level of Subject");
    }
  });

  it("leaves out the rows of a model that does not hold them", () => {
    const html = reportHtml(load(save(posterior)) as Posterior, load(save(fit)) as LmmFit);
    expect(html).toContain("does not hold its rows");
    expect(html).toContain("Effects of the levels of Subject");
  });

  it("is made of a single draw, too", () => {
    const html = reportHtml(gibbsSync(posterior.model, { seed: 1, chains: 1, draws: 1 }), fit);
    expect(html).toContain("Ranks of each chain");
    expect(html).toContain("too few draws to tell");
    expect(html).toContain("1 chain, with warmup 50 and 1 draw kept\n");
  });

  it("escapes every name from the data", () => {
    const rows = sleepstudy.map(({ Reaction, Days, Subject }) => ({
      "<img src=x onerror=alert(1)>": Reaction,
      "</style><script>": Days,
      'a"b': `<b onclick='x'>${Subject}</b>`,
    }));
    const evil = both('`<img src=x onerror=alert(1)>` ~ `</style><script>` + (1 | `a"b`)', rows);
    const { document } = parseHTML(reportHtml(evil.posterior, evil.fit));
    expect(document.querySelectorAll("img, script, b, [onclick], [onerror]").length).toBe(0);
    expect(document.querySelectorAll("head > style").length).toBe(1);
    expect(document.body.textContent).toContain("<b onclick='x'>308</b>");
  });

  it("shows control characters by their escapes, in pictures too, which XML would not be with them", () => {
    const rows = sleepstudy.map((row) => ({
      ...row,
      "a\u001b[31m": row.Days,
      Subject: `\u0007${row.Subject}`,
    }));
    const beeping = both("Reaction ~ `a\u001b[31m` + (1 | Subject)", rows);
    for (const text of [
      reportHtml(beeping.posterior, beeping.fit),
      toSVG(intervals(beeping.posterior)),
      toSVG(caterpillar(beeping.posterior)),
    ]) {
      expect(text).not.toMatch(/[^\P{Cc}\n\t]/u);
      expect(text).toMatch(/\\u001b|\\u0007/);
    }
  });

  it("goes without lines where there is no numeric predictor, and says what has not mixed", () => {
    const model = lmm("diameter ~ 1 + (1 | plate) + (1 | sample)", Penicillin);
    const short = gibbsSync(model, { seed: 1, draws: 20, chains: 2, scheme: "full-conditionals", warmup: 0 });
    const html = reportHtml(short, reml(model));
    expect(html).toContain("the chains do not agree yet");
    expect(html).toContain("Effects of the levels of plate");
    expect(html).toContain("Effects of the levels of sample");
    expect(html).not.toContain("Observations of each level");
  });

  it("refuses what it cannot compare", () => {
    expect(() => reportHtml(fit as never, posterior as never)).toThrow(/compare\(\) takes/);
  });
});
