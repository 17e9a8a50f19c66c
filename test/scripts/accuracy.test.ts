import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { accuracyPage } from "../../scripts/proof/accuracy.ts";
import { differences } from "../../scripts/proof/references.ts";
import { exactSources, sampledSources } from "../../scripts/proof/sources.ts";
import type { RecordedFigure } from "../accuracy.ts";

const root = join(import.meta.dirname, "../..");
const sources = [...exactSources, ...sampledSources];

describe("the page of accuracy", () => {
  const figure = (title: string, what: string, error: number): RecordedFigure => ({
    file: "reml/reference.test.ts",
    test: `${title} agrees with lme4 > reml() has the fixed effects, their covariance and Wald intervals`,
    what,
    error,
  });
  const draw = (what: string, z: number): RecordedFigure => ({
    file: "gibbs/reference.test.ts",
    test: "posteriors by the blocked scheme against JAGS and quadrature > some",
    what,
    z,
  });
  const page = accuracyPage(
    [
      figure("oats", "beta x", 1e-9),
      figure("cake", "beta x", 1e-6),
      figure("cake", "beta y", 0),
      draw("exact-oats sigma mean", 0.5),
      draw("oats sigma mean", -3.5),
      draw("oats sigma q5", 1),
    ],
    "Where they come from.",
  );

  it("counts digits, and names the figure with fewest", () => {
    expect(page).toContain("| coefficients | 3 | 6.0 | 9.0 | cake, reml: beta x |");
    expect(page).toContain(
      "3 figures are compared with 1 sources of exact numbers: at least 6.0 digits agree",
    );
    expect(page).not.toContain("nlme 3.1");
  });

  it("counts draws by their distance in Monte Carlo errors", () => {
    expect(page).toContain("| blocked | 1 | 100.0% | 0 | 0.50 | exact-oats sigma mean |");
    expect(page).toContain("| blocked | 2 | 50.0% | 1 | 3.50 | oats sigma mean |");
  });

  it("is in docs/ with every source that needs no data from elsewhere", () => {
    const written = readFileSync(join(root, "docs/accuracy.md"), "utf8");
    for (const { title, files } of sources) {
      for (const file of files) expect(existsSync(join(root, "test", file)), file).toBe(true);
      if (!title.includes("InstEval")) expect(written).toContain(`## ${title}\n`);
    }
  });
});

describe("numbers made anew", () => {
  it("are held against the kept ones place by place", () => {
    const kept = { a: [1, 2], b: { c: 1e-9, d: "text" }, gone: 3 };
    expect(differences(kept, { a: [1, 2.002], b: { c: 0, d: "other" } })).toEqual([
      0,
      expect.closeTo(1e-3, 6),
      1e-6,
    ]);
  });
});
