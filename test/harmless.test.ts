import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import {
  compare,
  comparePooling,
  explain,
  gibbsSync,
  hypothesis,
  lm,
  lmm,
  ppCheck,
  reml,
  sums,
} from "../src/index.ts";

// Names and labels come from files of strangers: printed, they must not set a terminal's title, clear it, write over
// lines that are there, or turn the direction in which the rest is read.
const TITLE = "x\u001b]0;owned\u0007";
const GROUP = "g\r\u009b2J\u202e";
const LABEL = "\u001b[31m\u2028";
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for. Lines and tabs may be.
const OBEYED = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/;

const rows = Array.from({ length: 60 }, (_, i) => ({
  y: Math.sin(i * i) + (i % 5),
  [TITLE]: (i * 7) % 11,
  [GROUP]: `${LABEL}${i % 5}`,
  treatment: `${LABEL}${i % 3}`,
}));
const formula = `y ~ \`${TITLE}\` + treatment + (1 | \`${GROUP}\`)`;
const model = lmm(formula, rows);
const fit = reml(model);
const posterior = gibbsSync(model, { seed: 1, chains: 2, draws: 200 });

describe("what prints has no character that a terminal obeys", () => {
  it.each(
    Object.entries({
      model,
      sums: sums(formula, rows),
      fit,
      posterior,
      draws: posterior.draws,
      comparison: compare(posterior, fit),
      anova: fit.anova(),
      ranova: fit.ranova(),
      means: fit.emmeans("treatment"),
      pairs: fit.pairs("treatment"),
      pooling: comparePooling(model),
      line: lm(`y ~ \`${TITLE}\` + treatment`, rows),
      sequential: lm(`y ~ \`${TITLE}\` + treatment`, rows).anova(),
      explanation: explain(model),
      hypothesis: hypothesis(posterior, "sigma > 0.1"),
      check: ppCheck(posterior),
      loo: posterior.loo(),
    }),
  )("%s", (_, value) => {
    const texts = [inspect(value), ...("toString" in value ? [String(value)] : [])];
    for (const text of texts) expect(text).not.toMatch(OBEYED);
  });

  it("errors and warnings, whose facts keep the names as they are", () => {
    const again = rows.map((row) => ({ ...row, y: 1 }));
    const unknown = (): unknown => lmm(`y ~ nothing + (1 | \`${GROUP}\`)`, rows);
    expect(unknown).toThrow(expect.objectContaining({ message: expect.not.stringMatching(OBEYED) }));
    expect(unknown).toThrow(expect.objectContaining({ message: expect.stringContaining("\\u001b]0;owned") }));
    const cut = `y ~ x\u0007 + (1 | \`${GROUP}\``;
    expect(() => lmm(cut, rows)).toThrow(
      expect.objectContaining({ message: expect.not.stringMatching(OBEYED) }),
    );
    expect(() => lmm(formula, again)).toThrow(
      expect.objectContaining({ message: expect.not.stringMatching(OBEYED) }),
    );
    for (const { message } of [...model.warnings, ...fit.warnings, ...posterior.warnings]) {
      expect(message).not.toMatch(OBEYED);
    }
    expect(model.fixed.names).toContain(`\`${TITLE}\``);
  });
});
