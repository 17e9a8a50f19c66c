import { CholeskyDecomposition, inverse, Matrix } from "ml-matrix";
import { describe, expect, it } from "vitest";
import { Pastes, sleepstudy } from "../../src/datasets/index.ts";
import type { LinearMixedModel } from "../../src/model/linearMixedModel.ts";
import { lmm } from "../../src/model/lmm.ts";
import type { Method } from "../../src/reml/criterion.ts";
import { ml, reml } from "../../src/reml/fit.ts";
import { METHODS } from "./references.ts";

/**
 * −2 log-likelihood at given β (ML) or with β integrated out (REML), SDs, correlation and σ, by dense algebra on
 * V = ZΣZ′ + σ²I: nothing in common with the profiled criterion.
 */
function deviance(model: LinearMixedModel, method: Method, values: readonly number[]): number {
  const { n, p } = model;
  const beta = method === "ML" ? values.slice(0, p) : [];
  const rest = values.slice(beta.length);
  const sigma = rest[rest.length - 1];
  const V = Matrix.eye(n, n).mul(sigma * sigma);
  let at = 0;
  const cors = rest.slice(
    model.random.reduce((sum, { columns }) => sum + columns.length, 0),
    -1,
  );
  for (const { codes, z, columns } of model.random) {
    const sds = rest.slice(at, at + columns.length);
    at += columns.length;
    for (let i = 0; i < n; i++) {
      for (let j = 0; j <= i; j++) {
        if (codes[i] !== codes[j]) continue;
        let sum = 0;
        sds.forEach((a, c) => {
          sds.forEach((b, d) => {
            sum += z[c * n + i] * z[d * n + j] * a * b * (c === d ? 1 : cors[0]);
          });
        });
        V.set(i, j, V.get(i, j) + sum);
        V.set(j, i, V.get(i, j));
      }
    }
  }
  const X = Matrix.zeros(n, p);
  for (let c = 0; c < p; c++) for (let i = 0; i < n; i++) X.set(i, c, model.fixed.values[c * n + i]);
  const y = Matrix.columnVector([...model.response.values]);
  const factor = new CholeskyDecomposition(V);
  const VX = factor.solve(X);
  const product = X.transpose().mmul(VX);
  const XVX = Matrix.add(product, product.transpose()).mul(0.5);
  const b = method === "ML" ? Matrix.columnVector(beta) : inverse(XVX).mmul(VX.transpose().mmul(y));
  const r = Matrix.sub(y, X.mmul(b));
  let value = r.transpose().mmul(factor.solve(r)).get(0, 0);
  for (let i = 0; i < n; i++) value += 2 * Math.log(factor.lowerTriangularMatrix.get(i, i));
  if (method === "ML") return value + n * Math.log(2 * Math.PI);
  const LX = new CholeskyDecomposition(XVX).lowerTriangularMatrix;
  for (let i = 0; i < p; i++) value += 2 * Math.log(LX.get(i, i));
  return value + (n - p) * Math.log(2 * Math.PI);
}

/** Second differences in units of `steps`, extrapolated from two step sizes. */
function hessian(f: (x: number[]) => number, x: readonly number[], steps: readonly number[]): Matrix {
  const d = x.length;
  const at = (i: number, a: number, j: number, b: number): number =>
    f(x.map((value, l) => value + (l === i ? a * steps[i] : 0) + (l === j ? b * steps[j] : 0)));
  const centre = f([...x]);
  const second = (i: number, j: number, h: number): number =>
    i === j
      ? (at(i, h, i, 0) - 2 * centre + at(i, -h, i, 0)) / (h * h)
      : (at(i, h, j, h) - at(i, h, j, -h) - at(i, -h, j, h) + at(i, -h, j, -h)) / (4 * h * h);
  const H = Matrix.zeros(d, d);
  for (let i = 0; i < d; i++) {
    for (let j = 0; j <= i; j++) {
      // A twentieth of a standard error: (h/SE)⁴ is 6e-6 of the sixth derivative, rounding 1e-12 / 2.5e-3.
      const value = (4 * second(i, j, 0.025) - second(i, j, 0.05)) / 3;
      H.set(i, j, value);
      H.set(j, i, value);
    }
  }
  return H;
}

const models: Record<string, () => LinearMixedModel> = {
  "a correlated slope": () => lmm("Reaction ~ Days + (Days | Subject)", sleepstudy),
  "nested groups": () => lmm("strength ~ 1 + (1 | batch/cask)", Pastes),
};

describe("parameters() has the standard errors of the curvature of the full likelihood", () => {
  for (const [name, model] of Object.entries(models)) {
    for (const method of METHODS) {
      it(`${name}, ${method}`, () => {
        const fit = (method === "REML" ? reml : ml)(model());
        const rows = fit.parameters().filter(({ variable }) => method === "ML" || !variable.startsWith("b_"));
        const x = rows.map(({ estimate }) => estimate);
        const steps = rows.map(({ se }) => se);
        const f = (values: number[]): number => deviance(fit.model, method, values);
        // The likelihood is the one that was maximised.
        expect(Math.abs(f(x) - fit.criterion)).toBeLessThan(1e-8);
        const V = inverse(hessian(f, x, steps)).mul(2);
        rows.forEach(({ variable, boundary }, i) => {
          expect(boundary).toBe(false);
          // β: the library's covariance is (X′V⁻¹X)⁻¹, not the observed curvature.
          if (variable.startsWith("b_")) return;
          // The library differences the analytic gradient with a relative step of 1e-6.
          expect(Math.abs(Math.sqrt(V.get(i, i)) - 1), variable).toBeLessThan(1e-5);
        });
      });
    }
  }
});

describe("confint()", () => {
  it("gives SDs and σ intervals on the log scale, correlations on Fisher's z", () => {
    const fit = reml(models["a correlated slope"]());
    // The 97.5% point of the normal distribution, to double precision.
    const z = 1.959963984540054;
    for (const { variable, estimate, se, lower, upper } of fit.parameters()) {
      const [scale, slope] = variable.startsWith("cor_")
        ? [Math.atanh, 1 / (1 - estimate ** 2)]
        : variable.startsWith("b_")
          ? [(value: number) => value, 1]
          : [Math.log, 1 / estimate];
      // Rounding only.
      expect(scale(upper)).toBeCloseTo(scale(estimate) + z * se * slope, 10);
      expect(scale(lower)).toBeCloseTo(scale(estimate) - z * se * slope, 10);
    }
    expect(fit.confint({ level: 0.5 })[0].upper).toBeLessThan(fit.confint()[0].upper);
  });
});
