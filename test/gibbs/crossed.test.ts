import { describe, expect, it } from "vitest";
import type { TableLike } from "../../src/data/table.ts";
import { Pastes, Penicillin } from "../../src/datasets/index.ts";
import { blocksOf } from "../../src/gibbs/crossed/blocks.ts";
import { widthStarts } from "../../src/gibbs/crossed/move.ts";
import { denseColumns, divide } from "../../src/gibbs/crossed/plan.ts";
import { rowsOf, squareOf, subtractSquare } from "../../src/gibbs/crossed/square.ts";
import { crossed, preparedOn } from "../../src/gibbs/crossed.ts";
import { gibbsSync } from "../../src/gibbs/gibbs.ts";
import {
  exponential,
  fixed,
  halfNormal,
  huangWand,
  inverseGamma,
  inverseWishart,
  lkj,
  normal,
  type Priors,
} from "../../src/gibbs/priors.ts";
import { gatherOf } from "../../src/linalg/gather.ts";
import {
  fixedResidualProductsInto,
  residualProductsInto,
  residualSumOfSquares,
} from "../../src/linalg/residual.ts";
import { lmm } from "../../src/model/lmm.ts";
import { atOnce } from "../../src/pause.ts";
import { mcseMean } from "../../src/posterior/diagnostics.ts";
import { RandomStream } from "../../src/random/stream.ts";
import { mean } from "../../src/stats/descriptive.ts";
import { balanced, distinct, setupOf } from "./crossedDesigns.ts";

describe("a chain that was saved", () => {
  it.each([
    ["y ~ x + (x | g) + (1 | h) + (1 | u)", true],
    ["y ~ x + (1 | g) + (1 | h) + (1 | u)", false],
    ["y ~ x + (x + w | g) + (x | h)", false],
  ])("goes on with the same bits, over a recomputed residual sum of squares too: %s", (formula, weighted) => {
    const made = setupOf(lmm(formula, distinct, weighted ? { weights: "w" } : {}));
    const divisions = [
      { factor: 0, core: made.cross.factors.length > 2 ? [2] : [] },
      { factor: 1, core: [] },
    ];
    const blocks = blocksOf(made.cross, divisions);
    const scheme = preparedOn(made, blocks, {
      widths: new Array<number>(widthStarts(made).count).fill(1),
    });
    const stream = new RandomStream(9, 0);
    const chain = scheme.start(stream);
    // The residual sum of squares is computed afresh after 200 and 400 iterations.
    for (let i = 0; i < 250; i++) chain.step();
    const saved = chain.save();
    const other = new RandomStream(1, 1);
    other.restore(stream.snapshot());
    const resumed = scheme.start(other, saved);
    expect(resumed.save()).toEqual(saved);
    for (let i = 0; i < 200; i++) {
      chain.step();
      resumed.step();
    }
    expect(resumed.save()).toEqual(chain.save());
    expect(other.snapshot()).toEqual(stream.snapshot());
  });

  it("keeps a running residual sum of squares that does not drift", () => {
    const made = setupOf(lmm("y ~ x + (x | g) + (1 | h) + (1 | u)", distinct));
    const chain = atOnce(crossed.prepare(made, new RandomStream(1, 1))).start(new RandomStream(2, 0));
    for (let i = 0; i < 199; i++) chain.step();
    const running = chain.save();
    const { cross } = made;
    const { beta, b } = chain.state;
    const e = new Float64Array(made.effects);
    const g = new Float64Array(cross.p);
    residualProductsInto(e, cross, beta, b);
    fixedResidualProductsInto(g, cross, beta, b);
    const rss = residualSumOfSquares(cross, beta, b, e, g);
    expect(Math.abs(running[running.length - 1] / rss - 1)).toBeLessThan(1e-11);
  });

  it("takes the tuning of an earlier trial in place of another", () => {
    const made = setupOf(lmm("y ~ x + (x | g) + (1 | h)", distinct));
    const { tuning, start } = atOnce(crossed.prepare(made, new RandomStream(1, 1)));
    const again = atOnce(crossed.prepare(made, new RandomStream(2, 1), JSON.parse(JSON.stringify(tuning))));
    expect(again.tuning).toEqual(tuning);
    const [one, two] = [start, again.start].map((begin) => begin(new RandomStream(3, 0)));
    for (let i = 0; i < 20; i++) {
      one.step();
      two.step();
    }
    expect(two.save()).toEqual(one.save());
  });
});

describe("the square of a block", () => {
  it("is the same level by level and summed up by patterns", () => {
    for (const [rows, options] of [
      [distinct, { weights: "w" }],
      [balanced, {}],
    ] as const) {
      const { cross } = setupOf(lmm("y ~ x + (x | g) + (x | h) + (1 | u)", rows, options));
      for (const core of [[1, 2], [2], [1]]) {
        const [block] = blocksOf(cross, [{ factor: 0, core }]);
        const { layout, patterns, k, first } = block;
        const across = core.map((h) => gatherOf(cross, 0, h));
        const single = squareOf(rowsOf(cross, 0, across, first), patterns, k, layout, 0);
        expect(single.rows).not.toBeNull();
        expect(block.square.rows).toBeNull();
        const stream = new RandomStream(8, 0);
        const C = new Float64Array(patterns.count * k * k);
        stream.normalsInto(C);
        const G = new Float64Array(patterns.count * 3);
        const [a, b] = [single, block.square].map((square) => {
          const S = new Float64Array(layout.length);
          subtractSquare(S, square, patterns, C, k, layout, G);
          return S;
        });
        expect(Math.max(...a.map(Math.abs))).toBeGreaterThan(1);
        a.forEach((value, at) => {
          expect(Math.abs(value - b[at])).toBeLessThan(1e-10);
        });
      }
    }
  });
});

describe("the division into blocks", () => {
  const stream = new RandomStream(60, 0);
  const rows = Array.from({ length: 900 }, () => {
    const d = Math.floor(80 * stream.uniform());
    return {
      y: stream.normal(),
      s: `s${Math.floor(120 * stream.uniform())}`,
      d: `d${d}`,
      dept: `p${d % 5}`,
    };
  });

  it("puts a small factor into the block of the big one nested in it", () => {
    const { crossProducts } = lmm("y ~ 1 + (1 | s) + (1 | d) + (1 | dept)", rows);
    expect(divide(crossProducts)).toEqual([
      { factor: 0, core: [] },
      { factor: 1, core: [2] },
    ]);
    expect(denseColumns(crossProducts)).toBe(85);
  });

  it("makes one block of a small design and of a nested one", () => {
    expect(divide(lmm("diameter ~ 1 + (1 | plate) + (1 | sample)", Penicillin).crossProducts)).toEqual([
      { factor: 0, core: [1] },
    ]);
    const { crossProducts } = lmm("strength ~ 1 + (1 | batch/cask)", Pastes);
    expect(divide(crossProducts)).toEqual([{ factor: 0, core: [1] }]);
    expect(denseColumns(crossProducts)).toBe(0);
  });
});

describe("posteriors", () => {
  const slopes = ((): object[] => {
    const stream = new RandomStream(61, 0);
    const effects = (count: number): number[][] =>
      Array.from({ length: count }, () => [stream.normal(), 0.5 * stream.normal()]);
    const [g, h] = [effects(14), effects(9)];
    return Array.from({ length: 250 }, (_, i) => {
      const x = stream.normal();
      const j = Math.floor(9 * stream.uniform());
      const mean = 1 + x + g[i % 14][0] + g[i % 14][1] * x + h[j][0] + h[j][1] * x;
      return { y: mean + stream.normal(), x, g: `g${i % 14}`, h: `h${j}` };
    });
  })();
  it.each<[string, string, TableLike, "collapsed" | "blocked", Priors]>([
    ["Penicillin", "diameter ~ 1 + (1 | plate) + (1 | sample)", Penicillin, "collapsed", {}],
    ["Pastes", "strength ~ 1 + (1 | batch/cask)", Pastes, "collapsed", {}],
    ["slopes in two crossed factors", "y ~ x + (x | g) + (x | h)", slopes, "blocked", {}],
    [
      "other priors, one term known",
      "y ~ x + (x || g) + (x | h)",
      slopes,
      "blocked",
      {
        beta: normal(0, 2),
        sigma: inverseGamma(2, 2),
        terms: { g: fixed(1), "g.1": exponential(1), h: lkj(2, halfNormal(1)) },
      },
    ],
    [
      "matrix priors, sigma known",
      "y ~ x + (x | g) + (x | h)",
      slopes,
      "blocked",
      {
        sigma: fixed(1),
        terms: { g: inverseWishart(4, [[2, 0], [0, 1]]), h: huangWand({ scale: 1 }) }, // biome-ignore format: a matrix
      },
    ],
  ])("agree with those of another scheme: %s", (_, formula, data, scheme, priors) => {
    const model = lmm(formula, data);
    const ours = gibbsSync(model, { scheme: "crossed", draws: 1500, seed: 5, priors });
    const theirs = gibbsSync(model, { scheme, draws: 1500, seed: 6, priors });
    for (const { name } of ours.draws.info) {
      const [a, b] = [ours, theirs].map(({ draws }) => draws.chainsOf(name));
      if (mcseMean(a) === 0 || Number.isNaN(mcseMean(a))) continue;
      const z =
        (mean(ours.draws.get(name)) - mean(theirs.draws.get(name))) / Math.hypot(mcseMean(a), mcseMean(b));
      // About 180 means in all, many of them correlated: beyond Bonferroni at 1%.
      expect(Math.abs(z), name).toBeLessThan(4.2);
    }
  });
});

describe('scheme: "auto"', () => {
  const stream = new RandomStream(62, 0);
  const rows = Array.from({ length: 600 }, (_, i) => ({
    y: stream.normal(),
    x: stream.normal(),
    g: `g${i % 200}`,
    h: `h${(i * 7) % 190}`,
  }));

  it("takes the crossed scheme for large crossed factors, with slopes too", () => {
    for (const formula of ["y ~ 1 + (1 | g) + (1 | h)", "y ~ x + (0 + x | g) + (1 | h)"]) {
      const { scheme } = gibbsSync(lmm(formula, rows), { draws: 5, warmup: 1, seed: 1 });
      expect(scheme).toEqual({ name: "crossed", reason: "2 large crossed factors" });
    }
  });

  it("takes it for many levels nested in many, too", () => {
    const nested = rows.map(({ y }, i) => ({ y, pupil: `p${i % 400}`, school: `s${(i % 400) % 180}` }));
    const { scheme } = gibbsSync(lmm("y ~ 1 + (1 | pupil) + (1 | school)", nested), {
      draws: 5,
      warmup: 1,
      seed: 1,
    });
    expect(scheme).toEqual({
      name: "crossed",
      reason: "181 coefficients and levels beside the largest factor",
    });
  });

  it("leaves structured variances to the blocked scheme, and the crossed scheme says that it cannot", () => {
    const model = lmm(
      "y ~ x + (1 | g) + (1 | h)",
      rows.map((row, i) => ({ ...row, s: `s${i % 2}` })),
      { sigmaBy: "s" },
    );
    const options = { draws: 5, warmup: 1, seed: 1 };
    expect(gibbsSync(model, options).scheme.name).toBe("blocked");
    expect(() => gibbsSync(model, { ...options, scheme: "crossed" })).toThrow(
      /The crossed scheme is made for unstructured covariance matrices and one sigma/,
    );
  });

  it("samples one factor when asked to", () => {
    const { scheme } = gibbsSync(lmm("y ~ x + (1 | g)", rows), {
      scheme: "crossed",
      draws: 5,
      warmup: 1,
      seed: 1,
    });
    expect(scheme.name).toBe("crossed");
  });
});
