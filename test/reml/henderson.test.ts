import fc from "fast-check";
import { inverse, Matrix } from "ml-matrix";
import { describe, expect, it } from "vitest";
import { Dyestuff2, oats, Pastes, Penicillin, sleepstudy, tabletsMissing } from "../../src/datasets/index.ts";
import { lmm } from "../../src/model/lmm.ts";
import { ml, reml } from "../../src/reml/fit.ts";
import { henderson } from "../../src/reml/henderson.ts";
import { lm } from "../../src/reml/lm.ts";
import type { LmmFit } from "../../src/reml/lmmFit.ts";
import { gls, marginalCovariance } from "../../src/reml/marginal.ts";
import { base } from "../model/sample.ts";

const models: readonly (readonly [string, () => LmmFit])[] = [
  ["random slopes", () => reml(lmm("Reaction ~ Days + (Days | Subject)", sleepstudy))],
  ["random slopes by ML", () => ml(lmm("Reaction ~ Days + (Days || Subject)", sleepstudy))],
  ["nested factors", () => reml(lmm("strength ~ 1 + (1 | batch/cask)", Pastes))],
  ["a split plot", () => reml(lmm("yield ~ variety * nitrogen + (1 | block/variety)", oats))],
  ["crossed factors", () => reml(lmm("diameter ~ 1 + (1 | plate) + (1 | sample)", Penicillin))],
  ["weights and an offset", () => reml(lmm("y ~ x + offset(h) + (1 | g)", base, { weights: "w" }))],
  ["rows left out", () => reml(lmm("y ~ method + (1 | tablet)", tabletsMissing))],
];

// DESIGN.md asks for 1e-10 in the units of the data, whose means go up to 300.
const EXACT = 1e-10;

describe("henderson()", () => {
  it("has the conditional modes of a model without fixed effects", () => {
    const fit = reml(lmm("Reaction ~ 0 + (1 | Subject)", sleepstudy));
    const { beta, u } = henderson(fit);
    expect(beta).toEqual([]);
    fit.ranef().forEach(({ mode }, i) => {
      expect(Math.abs(u[i] - mode)).toBeLessThan(EXACT);
    });
  });

  for (const [what, make] of models) {
    it(`has the fixed effects and conditional modes of a fit: ${what}`, () => {
      const fit = make();
      const { beta, u, names, covariance, lhs, rhs } = henderson(fit);
      const fixed = Object.values(fit.fixef());
      const V = fit.vcov();
      beta.forEach((value, i) => {
        expect(Math.abs(value - fixed[i])).toBeLessThan(EXACT);
        V[i].forEach((entry, j) => {
          const scale = Math.sqrt(V[i][i] * V[j][j]);
          expect(Math.abs(covariance[i][j] - entry) / scale).toBeLessThan(1e-10);
        });
      });
      const modes = fit.ranef();
      expect(u).toHaveLength(modes.length);
      u.forEach((value, i) => {
        expect(Math.abs(value - modes[i].mode)).toBeLessThan(EXACT);
      });
      expect(names).toHaveLength(beta.length + u.length);
      const all = [...beta, ...u];
      lhs.forEach((row, i) => {
        const sum = row.reduce((total, value, j) => total + value * all[j], 0);
        expect(Math.abs(sum - rhs[i])).toBeLessThan(1e-9 * (1 + Math.abs(rhs[i])));
      });
    });

    it(`and generalised least squares with V = ZGZ′ + R give the same β and covariance: ${what}`, () => {
      const fit = make();
      const y = fit.model.response.values.map((value, i) => value - (fit.model.offset?.[i] ?? 0));
      const { beta, vcov } = gls(y, fit.model.X(), marginalCovariance(fit));
      const V = fit.vcov();
      Object.values(fit.fixef()).forEach((value, i) => {
        expect(Math.abs(value - beta[i])).toBeLessThan(EXACT);
        expect(Math.abs(vcov[i][i] / V[i][i] - 1)).toBeLessThan(1e-9);
      });
    });
  }

  it("has the diagonal of the conditional variances and the prediction errors in its covariance", () => {
    const fit = reml(lmm("Reaction ~ Days + (Days | Subject)", sleepstudy));
    const { covariance, names } = henderson(fit);
    const [a, b, c, d] = ["(Intercept)", "Days", "r_Subject[308,Intercept]", "r_Subject[308,Days]"].map(
      (name) => names.indexOf(name),
    );
    const weights = new Map([
      [a, 1],
      [b, 5],
      [c, 1],
      [d, 5],
    ]);
    let variance = 0;
    for (const [i, wi] of weights) for (const [j, wj] of weights) variance += wi * wj * covariance[i][j];
    const [{ se }] = fit.predict([{ Days: 5, Subject: "308" }]);
    expect(Math.abs(se ** 2 / variance - 1)).toBeLessThan(1e-9);
  });

  it("is a ridge regression of the effects: λ = σ²/τ² (seed 004's model 6)", () => {
    const model = lmm("y ~ x + (1 | g)", base);
    const { beta, u } = henderson(model, { sigma2: 2, G: { g: 0.5 } });
    const X = new Matrix(model.X().rows.map((row) => [...row]));
    const Z = new Matrix(model.Z().rows.map((row) => [...row]));
    const A = new Matrix(X.rows, 8);
    A.setSubMatrix(X, 0, 0);
    A.setSubMatrix(Z, 0, 2);
    const penalty = Matrix.diag([0, 0, 4, 4, 4, 4, 4, 4]);
    const y = Matrix.columnVector([...model.response.values]);
    const ridge = inverse(Matrix.add(A.transpose().mmul(A), penalty)).mmul(A.transpose().mmul(y));
    [...beta, ...u].forEach((value, i) => {
      expect(Math.abs(value - ridge.get(i, 0))).toBeLessThan(EXACT);
    });
  });

  it("takes plain matrices", () => {
    const model = lmm("y ~ x + (1 | g)", base);
    const G = Array.from({ length: 6 }, (_, i) => Array.from({ length: 6 }, (_, j) => (i === j ? 0.5 : 0)));
    const plain = henderson({ y: model.response.values, X: model.X().rows, Z: model.Z().rows, G, R: 2 });
    const named = henderson(model, { sigma2: 2, G: [0.5] });
    expect(plain.beta).toEqual(named.beta);
    expect(plain.names.slice(0, 4)).toEqual(["beta[0]", "beta[1]", "u[0]", "u[1]"]);
  });
});

describe("seed 002's two methods and three blocks", () => {
  // σ² = 1, σ_B² = 4 stand for the letters.
  const data = ["b1", "b2", "b3"].flatMap((block, j) =>
    ["a1", "a2"].map((alpha, i) => ({ y: j + 2 * i + j * i, alpha, block })),
  );
  const model = lmm("y ~ 0 + alpha + (1 | block)", data);

  it("have the X and Z of the document", () => {
    // The document's first column of X is the intercept, which the two methods already span.
    expect(model.X().names).toEqual(["alphaa1", "alphaa2"]);
    expect(model.X().rows).toEqual([
      [1, 0],
      [0, 1],
      [1, 0],
      [0, 1],
      [1, 0],
      [0, 1],
    ]);
    expect(
      lmm("y ~ alpha + (1 | block)", data)
        .X()
        .rows.map(([one]) => one),
    ).toEqual([1, 1, 1, 1, 1, 1]);
    expect(model.Z().names).toEqual([
      "r_block[b1,Intercept]",
      "r_block[b2,Intercept]",
      "r_block[b3,Intercept]",
    ]);
    expect(model.Z().rows).toEqual([
      [1, 0, 0],
      [1, 0, 0],
      [0, 1, 0],
      [0, 1, 0],
      [0, 0, 1],
      [0, 0, 1],
    ]);
  });

  it("have the 6 × 6 marginal covariance of the document", () => {
    expect(marginalCovariance(model, { variances: { sigma2: 1, G: [4] } })).toEqual([
      [5, 4, 0, 0, 0, 0],
      [4, 5, 0, 0, 0, 0],
      [0, 0, 5, 4, 0, 0],
      [0, 0, 4, 5, 0, 0],
      [0, 0, 0, 0, 5, 4],
      [0, 0, 0, 0, 4, 5],
    ]);
    expect(marginalCovariance(model, { variances: { sigma2: 1, G: [4] }, rows: [0, 1, 4] })).toEqual([
      [5, 4, 0],
      [4, 5, 0],
      [0, 0, 5],
    ]);
  });

  it("have Henderson's equations with their closed form", () => {
    const { lhs, rhs } = henderson(model, { sigma2: 1, G: [4] });
    expect(lhs).toEqual([
      [3, 0, 1, 1, 1],
      [0, 3, 1, 1, 1],
      [1, 1, 2.25, 0, 0],
      [1, 1, 0, 2.25, 0],
      [1, 1, 0, 0, 2.25],
    ]);
    expect(rhs).toEqual([3, 12, 2, 5, 8]);
  });
});

describe("seed 001's case-control design", () => {
  const groups = fc.array(
    fc.record({ size: fc.integer({ min: 1, max: 9 }), level: fc.integer({ min: -30, max: 30 }) }),
    { minLength: 4, maxLength: 12 },
  );

  it("has the closed-form estimate: group means weighted by n/(nσ_u² + σ²), those of lm() by n", () => {
    fc.assert(
      fc.property(groups, fc.integer({ min: 0, max: 1000 }), (sizes, phase) => {
        fc.pre(sizes.some(({ size }) => size > 2));
        const half = sizes.length >> 1;
        const data = sizes.flatMap(({ size, level }, g) =>
          Array.from({ length: size }, (_, i) => ({
            y: level / 10 + Math.sin(phase + 37 * g + 11 * i) + (g < half ? 0 : 0.5),
            x: g < half ? 0 : 1,
            g: `g${String(g).padStart(2, "0")}`,
          })),
        );
        const fit = reml(lmm("y ~ x + (1 | g)", data));
        const tau2 = fit.varCorr()[0].covariance;
        const sigma2 = fit.sigma ** 2;
        const closedForm = (weight: (n: number) => number): number => {
          const sums = [
            [0, 0],
            [0, 0],
          ];
          sizes.forEach(({ size }, g) => {
            const own = data.filter((row) => row.g === `g${String(g).padStart(2, "0")}`);
            const mean = own.reduce((sum, { y }) => sum + y, 0) / size;
            const side = g < half ? 0 : 1;
            sums[side][0] += weight(size) * mean;
            sums[side][1] += weight(size);
          });
          return sums[1][0] / sums[1][1] - sums[0][0] / sums[0][1];
        };
        const mixed = closedForm((n) => n / (n * tau2 + sigma2));
        const pooled = closedForm((n) => n);
        // Sums of up to 108 numbers below 10.
        return (
          Math.abs(fit.fixef()["x"] - mixed) < 1e-11 * 10 &&
          Math.abs(lm("y ~ x", data).fixef()["x"] - pooled) < 1e-11 * 10
        );
      }),
      { numRuns: 60, seed: 1 },
    );
  });
});

describe("marginal matrices", () => {
  it("of a fit are ZGZ′ + R with its own variances", () => {
    const fit = reml(lmm("Reaction ~ Days + (Days | Subject)", sleepstudy));
    const [[v00, v01], [v10, v11]] = marginalCovariance(fit, { rows: [0, 3] });
    const [a, b, c] = fit.varCorr().map((row) => row.covariance);
    expect(v00).toBeCloseTo(a + fit.sigma ** 2, 9);
    expect(v01).toBeCloseTo(a + 3 * c, 9);
    expect(v10).toBe(v01);
    expect(v11).toBeCloseTo(a + 6 * c + 9 * b + fit.sigma ** 2, 9);
  });

  const refused = (call: () => unknown, code: string, text: string): void => {
    expect(call).toThrow(expect.objectContaining({ code, message: expect.stringContaining(text) }));
  };

  it("need variances for a model that is not fitted, of the right shape", () => {
    const model = lmm("Reaction ~ Days + (Days | Subject)", sleepstudy);
    refused(() => marginalCovariance(model), "missing-variances", "needs the variances");
    refused(() => henderson(model), "missing-variances", "henderson needs the variances");
    refused(
      () => henderson(model, { sigma2: 1, G: [1] }),
      "wrong-length",
      "of Subject must be 2 × 2, for (Intercept), Days",
    );
    refused(
      () =>
        henderson(model, {
          sigma2: 0,
          G: [
            [
              [1, 0],
              [0, 1],
            ],
          ],
        }),
      "invalid-argument",
      '"sigma2" must be a positive number',
    );
    refused(
      () => henderson(model, { sigma2: 1, G: { Subjekt: 1 } }),
      "unknown-option",
      'Did you mean "Subject"?',
    );
    refused(
      () =>
        henderson(model, {
          sigma2: 1,
          G: [
            [
              [1, 0.5],
              [0, 1],
            ],
          ],
        }),
      "invalid-argument",
      "Subject is not a symmetric matrix",
    );
    refused(
      () =>
        henderson(model, {
          sigma2: 1,
          G: [
            [
              [1, 1],
              [1, 1],
            ],
          ],
        }),
      "singular-covariance",
      "Subject has no inverse",
    );
  });

  it("of singular fits are refused by Henderson's equations only", () => {
    const fit = reml(lmm("Yield ~ 1 + (1 | Batch)", Dyestuff2));
    refused(() => henderson(fit), "singular-covariance", "The covariance matrix of Batch has no inverse");
    const { beta } = gls(fit.model.response.values, fit.model.X(), marginalCovariance(fit));
    expect(beta[0]).toBeCloseTo(fit.fixef()["(Intercept)"], 10);
  });

  it("refuse rows left out and rows that do not exist", () => {
    const fit = reml(lmm("y ~ method + (1 | tablet)", tabletsMissing));
    const left = Array.from({ length: 40 }, (_, i) => i).find((i) => !fit.model.rows.includes(i)) ?? -1;
    refused(() => marginalCovariance(fit, { rows: [left] }), "row-not-used", `Row ${left} was left out`);
    refused(
      () => marginalCovariance(fit, { rows: [40] }),
      "row-not-used",
      "There is no row 40; the data have 40",
    );
  });

  it("refuse shapes that do not fit, dependent columns and an indefinite V", () => {
    refused(() => gls([1, 2], [[1], [1]], [[1]]), "wrong-length", "y has 2 entries");
    refused(
      () =>
        gls(
          [1, 2],
          [[1], [1]],
          [
            [1, 2],
            [2, 1],
          ],
        ),
      "not-positive-definite",
      "row 1 is determined",
    );
    refused(
      () =>
        gls(
          [1, 2, 4],
          [
            [1, 2],
            [1, 2],
            [1, 2],
          ],
          [
            [1, 0, 0],
            [0, 1, 0],
            [0, 0, 1],
          ],
        ),
      "collinear-columns",
      "Column 1 of X",
    );
    refused(
      () => henderson({ y: [1, 2], X: [[1], [1]], Z: [[1]], G: [[1]], R: 1 }),
      "wrong-length",
      "The shape of Z",
    );
    refused(
      () => henderson({ y: [1, 2], X: [[1], [1]], Z: [[1], [1]], G: [[1]], R: [1, 0] }),
      "invalid-argument",
      "row 1 has 0",
    );
    refused(
      () => henderson({ y: [1, 2], X: [[1], [1]], Z: [[1], [1]], G: [[0]], R: 1 }),
      "singular-covariance",
      "G has no inverse",
    );
  });

  it("of more than ten million entries are refused", () => {
    const many = Array.from({ length: 4000 }, (_, i) => ({ y: Math.sin(i * 1.3), g: `g${i % 3000}` }));
    const model = lmm("y ~ 1 + (1 | g)", many);
    refused(() => model.Z(), "too-large", "Z would have 4000 × 3000 entries");
    refused(
      () => marginalCovariance(model, { variances: { sigma2: 1, G: [1] } }),
      "too-large",
      "V would have 4000 × 4000 entries",
    );
  });
});
