import { describe, expect, it } from "vitest";
import { cake, oats, Pastes, Penicillin, sleepstudy } from "../../src/datasets/index.ts";
import type { LinearMixedModel } from "../../src/model/linearMixedModel.ts";
import { lmm } from "../../src/model/lmm.ts";
import { reml } from "../../src/reml/fit.ts";
import { henderson } from "../../src/reml/henderson.ts";
import type { LmmFit } from "../../src/reml/lmmFit.ts";
import { gls, marginalCovariance } from "../../src/reml/marginal.ts";
import { explain } from "../../src/teaching/explain.ts";
import { base, withColumn } from "../model/sample.ts";
import { definitions, dictionaryOf, evaluate } from "./printed.ts";

const models: readonly (readonly [string, () => LinearMixedModel])[] = [
  ["a random intercept", () => lmm("Reaction ~ Days + (1 | Subject)", sleepstudy)],
  ["correlated slopes", () => lmm("Reaction ~ Days + (Days | Subject)", sleepstudy)],
  ["two bars", () => lmm("Reaction ~ Days + (Days || Subject)", sleepstudy)],
  ["a slope without fixed counterpart", () => lmm("Reaction ~ 1 + (Days | Subject)", sleepstudy)],
  ["predictors of the groups", () => lmm("y ~ x * z + (x | g)", base)],
  ["no intercept", () => lmm("y ~ 0 + f + (1 | g)", base)],
  ["nested groups", () => lmm("strength ~ 1 + (1 | batch/cask)", Pastes)],
  ["crossed groups", () => lmm("diameter ~ 1 + (1 | plate) + (1 | sample)", Penicillin)],
  ["a split plot", () => lmm("yield ~ variety * nitrogen + (1 | block/variety)", oats)],
  [
    "sum contrasts",
    () => lmm("yield ~ variety + nitrogen + (1 | block)", oats, { contrasts: { nitrogen: "sum" } }),
  ],
  [
    "a factor that varies by group",
    () =>
      lmm(
        "y ~ k + (0 + k | g)",
        withColumn((_, i) => ({ k: i % 2 === 0 ? "even" : "odd" })),
      ),
  ],
  ["factors with two bars", () => lmm("yield ~ variety + (variety || block)", oats)],
  ["weights and an offset", () => lmm("y ~ x + offset(h) + (1 | g)", base, { weights: "w" })],
  ["ordered factors", () => lmm("angle ~ recipe * temperature + (1 | recipe:replicate)", cake)],
];

/** The value of every piece of a column in a row, by the name it has in print; pieces that only products have are 1/0. */
function cells(model: LinearMixedModel, row: number): Map<string, number> {
  const out = new Map<string, number>();
  const X = model.X();
  X.names.forEach((name, j) => {
    out.set(name, X.rows[row][j]);
  });
  model.random.forEach(({ columns, z }) => {
    columns.forEach((name, c) => {
      out.set(name, z[c * model.n + row]);
    });
  });
  if (model.offset !== null) out.set("offset(h)", model.offset[row]);
  if (model.weights !== null) out.set("w", model.weights[row]);
  return out;
}

/** Estimates of a fit by the symbols of a statement, and the effects and cells of a row. */
function symbolsOf(fit: LmmFit, text: string, row: number, indices: readonly string[]): Map<string, number> {
  const { model } = fit;
  const estimates = new Map(fit.estimates().map(({ variable, estimate }) => [variable, estimate]));
  const out = new Map<string, number>();
  for (const [symbol, variable] of dictionaryOf(text)) out.set(symbol, estimates.get(variable) as number);
  for (const [name, value] of cells(model, row))
    for (const index of indices) out.set(`${name}_${index}`, value);
  return out;
}

describe("the two-level notation, evaluated at a fit", () => {
  for (const [what, make] of models) {
    it(`has its fitted values: ${what}`, () => {
      const model = make();
      const fit = reml(model);
      const { text, equations } = explain(model);
      const equation = definitions(equations);
      const letters = [...new Set(model.random.map(({ group }) => group))].map((_, g) => "jkl"[g]);
      const subscript = `i${letters.join("")}`;
      const row = [...equation].find(
        ([left]) => left === `${model.response.name}_${subscript}`,
      )?.[1] as string;
      const several = letters.length > 1;
      const modes = new Map(
        fit.ranef().map(({ group, level, term, mode }) => [`${group}|${level}|${term}`, mode]),
      );
      const fitted = fit.fitted();
      for (const i of [0, 1, model.n >> 1, model.n - 1]) {
        const symbols = symbolsOf(fit, text, i, [subscript, ...letters]);
        // Effects b_0j: those of the row's level, in the order in which the equations name them.
        const effects = [...text.matchAll(/(?<=[ (])b_[^\s,)]*(?:,\d+,[jkl]|\d+[jkl])/g)].map(
          ([symbol]) => symbol,
        );
        const names = [...new Set(effects)];
        const groups = [...new Set(model.random.map(({ group }) => group))];
        const columns = columnOrder(model);
        for (const symbol of names) {
          const letter = symbol.slice(-1);
          const group = groups[letters.indexOf(letter)];
          const index = Number(several ? symbol.split(",").at(-2) : symbol.slice(2, -1));
          const { levels, codes } = model.random.find((term) => term.group === group)!;
          const mode = modes.get(`${group}|${levels[codes[i]]}|${columns[index]}`);
          if (mode === undefined) throw new Error(`No mode for ${symbol}`);
          symbols.set(symbol, mode);
        }
        for (const [left, right] of equation) {
          if (left.startsWith("β_")) symbols.set(left, evaluate(right, symbols));
        }
        symbols.set(`ε_${subscript}`, 0);
        const value = evaluate(row, symbols);
        // Sums of a dozen products of numbers up to 300.
        expect(Math.abs(value - fitted[model.rows[i]])).toBeLessThan(1e-9);
      }
    });
  }
});

/** Names of columns by their number: fixed ones first, the intercept 0. */
function columnOrder(model: LinearMixedModel): string[] {
  const fixed =
    model.fixed.names[0] === "(Intercept)" ? [...model.fixed.names] : ["(Intercept)", ...model.fixed.names];
  const random = model.random.flatMap(({ columns }) => columns).filter((name) => !fixed.includes(name));
  return [...fixed, ...new Set(random)];
}

describe("the marginal notation, evaluated at a fit", () => {
  for (const [what, make] of models) {
    it(`has the means, variances and covariances of V: ${what}`, () => {
      const model = make();
      const fit = reml(model);
      const { text, equations } = explain(model, { notation: "marginal" });
      const equation = definitions(equations);
      const y = model.response.name;
      const groups = [...new Set(model.random.map(({ group }) => group))];
      const V = marginalCovariance(fit);
      const population = fit.predict(undefined, { groups: "population" });
      for (const i of [0, model.n >> 1]) {
        for (let h = 0; h < model.n; h++) {
          const symbols = symbolsOf(fit, text, i, ["i"]);
          for (const [name, value] of cells(model, h)) symbols.set(`${name}_h`, value);
          const shares = (group: string): boolean => {
            const { codes } = model.random.find((term) => term.group === group)!;
            return codes[i] === codes[h];
          };
          let covariance = 0;
          if (i === h) covariance = evaluate(equation.get(`Var(${y}_i)`) as string, symbols);
          else if (groups.length === 1) {
            const [within] = equations.filter((line) => line.includes("Cov(") && !line.includes("different"));
            if (shares(groups[0]))
              covariance = evaluate(definitions([within]).get(`Cov(${y}_i, ${y}_h)`) as string, symbols);
          } else {
            for (const group of groups.filter(shares))
              covariance += evaluate(equation.get(`Ω_${group}`) as string, symbols);
          }
          expect(Math.abs(covariance - V[i][h])).toBeLessThan(1e-9 * V[i][i]);
        }
        const mean = evaluate(equation.get(`E(${y}_i)`) as string, symbolsOf(fit, text, i, ["i"]));
        expect(Math.abs(mean - population[model.rows[i]].estimate)).toBeLessThan(1e-9 * (1 + Math.abs(mean)));
      }
    });
  }
});

describe("the penalised notation", () => {
  // The least of the printed loss, found from its normal equations, where the printed λ stands on the diagonal.
  for (const formula of ["Reaction ~ Days + (1 | Subject)", "Reaction ~ Days + (Days || Subject)"]) {
    it(`has at λ = σ²/τ² the coefficients and effects of REML, as the V form has: ${formula}`, () => {
      const model = lmm(formula, sleepstudy);
      const fit = reml(model);
      const { text, equations } = explain(model, { notation: "penalised" });
      const symbols = symbolsOf(fit, text, 0, []);
      const lambda = [...definitions(equations)].filter(([left]) => left.startsWith("λ"));
      expect(lambda).toHaveLength(model.random.length);
      const penalties = lambda.map(([, right]) => evaluate(right, symbols));
      const columns = [model.X().rows, model.Z().rows];
      const p = model.p;
      const rows = columns[0].map((row, i) => [...row, ...columns[1][i]]);
      const q = rows[0].length - p;
      // Ridge regression as least squares on rows √λ e_j more.
      const penalty = model.random.flatMap(({ levels }, t) => levels.map(() => penalties[t]));
      const more = penalty.map((value, c) => rows[0].map((_, j) => (j === p + c ? Math.sqrt(value) : 0)));
      const y = [...model.response.values, ...penalty.map(() => 0)];
      const identity = y.map((_, i) => y.map((__, j) => (i === j ? 1 : 0)));
      const ridge = gls(y, [...rows, ...more], identity).beta;
      const { beta } = gls(model.response.values, model.X(), marginalCovariance(fit));
      const equationsOfHenderson = henderson(fit);
      const fixed = Object.values(fit.fixef());
      fixed.forEach((value, j) => {
        expect(Math.abs(ridge[j] - value)).toBeLessThan(1e-8);
        expect(Math.abs(beta[j] - value)).toBeLessThan(1e-8);
        expect(Math.abs(equationsOfHenderson.beta[j] - value)).toBeLessThan(1e-8);
      });
      const modes = fit.ranef();
      expect(q).toBe(modes.length);
      modes.forEach(({ mode }, c) => {
        expect(Math.abs(ridge[p + c] - mode)).toBeLessThan(1e-8);
        expect(Math.abs(equationsOfHenderson.u[c] - mode)).toBeLessThan(1e-8);
      });
    });
  }
});
