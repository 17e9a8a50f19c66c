/**
 * Draws against posteriors that are known: normal ones where the variances are given, and that of a balanced one-way
 * layout by quadrature.
 *
 * @module
 */

import { gibbsSync } from "../../gibbs/gibbs.ts";
import type { Posterior } from "../../gibbs/posterior.ts";
import { fixed, halfT, normal, type Priors } from "../../gibbs/priors.ts";
import type { LinearMixedModel } from "../../model/linearMixedModel.ts";
import { lmm } from "../../model/lmm.ts";
import { shortName } from "../../model/variables.ts";
import { mcseMean, mcseQuantile, mcseSd, quantile } from "../../posterior/diagnostics.ts";
import { mean, sd } from "../../stats/descriptive.ts";
import type { Compare } from "./comparison.ts";
import { choleskyOf, inner, inverseFrom, matrix, times } from "./dense.ts";
import { type Design, designRows, designs, modelOf, response } from "./designs.ts";

type Scheme = "collapsed" | "crossed" | "blocked" | "full-conditionals";

/** Monte Carlo errors that draws may lie off, the seeds being fixed. */
const ERRORS = 4;

const SCHEMES: readonly Scheme[] = ["collapsed", "crossed", "blocked", "full-conditionals"];

function sample(model: LinearMixedModel, priors: Priors, scheme: Scheme): Posterior["draws"] {
  return gibbsSync(model, { priors, scheme, chains: 2, draws: 1000, seed: 3 }).draws;
}

const SLOPES = [
  [4, 1],
  [1, 2],
];

/** Variances that are given, and their inverses, for the designs that normal posteriors are made of. */
const GIVEN = {
  slopes: { terms: { g: fixed(SLOPES) }, precisions: [inverseFrom(choleskyOf(SLOPES))] },
  crossed: { terms: { g: fixed(3), h: fixed(1.5) }, precisions: [[[1 / 9]], [[1 / 2.25]]] },
} as const;

/** β ~ N(0, 10²), σ = 2 and the covariances given: (β, b) is normal with precision C and mean C⁻¹ times the right side. */
function compareNormal(compare: Compare, scheme: Scheme): void {
  const name = scheme === "crossed" ? "crossed" : "slopes";
  const design = designs.find((one) => one.name === name) as Design;
  const model = modelOf(design);
  const { terms, precisions } = GIVEN[name];
  const draws = sample(model, { beta: normal(0, 10), sigma: fixed(2), terms }, scheme);
  const coefficients = [
    { name: "b_Intercept", column: designRows.map(() => 1), level: "", place: 0, precision: [0.01] },
    { name: "b_x", column: designRows.map(({ x }) => x), level: "", place: 1, precision: [0, 0.01] },
    ...design.terms.flatMap(({ level, columns }, t) =>
      model.random[t].levels.flatMap((own) =>
        model.random[t].columns.map((label, place) => ({
          name: `r_${model.random[t].group}[${own},${shortName(label)}]`,
          column: designRows.map((row) => (level(row) === own ? columns(row)[place] : 0)),
          level: `${t} ${own}`,
          place,
          precision: precisions[t][place],
        })),
      ),
    ),
  ];
  const size = coefficients.length;
  const C = matrix(size, size, (i, j) => {
    const [a, b] = [coefficients[i], coefficients[j]];
    return inner(a.column, b.column) / 4 + (a.level === b.level ? (a.precision[b.place] ?? 0) : 0);
  });
  const covariance = inverseFrom(choleskyOf(C));
  const center = times(
    covariance,
    coefficients.map(({ column }) => inner(column, response) / 4),
  );
  for (const at of [0, 1, 2, 3, size - 1]) {
    const { name } = coefficients[at];
    const [values, chains] = [draws.get(name), draws.chainsOf(name)];
    const what = `normal posterior by the ${scheme} scheme`;
    compare(`${what}: mean of ${name}`, mean(values), center[at], ERRORS * mcseMean(chains));
    compare(`${what}: SD of ${name}`, sd(values), Math.sqrt(covariance[at][at]), ERRORS * mcseSd(chains));
  }
}

const GROUPS = [
  [12, 15, 14],
  [22, 19, 25],
  [8, 11, 9],
  [17, 20, 16],
  [25, 23, 24],
  [15, 13, 18],
];

/** What the posterior of a balanced one-way layout gives on a grid. */
interface Known {
  readonly mean: number;
  readonly quantiles?: readonly [q5: number, q95: number];
}

/**
 * p(σ, τ | y) ∝ λ^−(a−1)/2 e^−SSB/2λ σ^−a(m−1) e^−SSW/2σ² p(σ) p(τ), λ = σ² + mτ², β being flat and integrated out, on
 * 400 × 800 cells: the mass beyond, and what cells of a hundredth of an SD cut off, are below 1e-5 of any figure.
 */
function byQuadrature(): Readonly<Record<string, Known>> {
  const [a, m] = [GROUPS.length, GROUPS[0].length];
  const means = GROUPS.map(mean);
  const grand = mean(means);
  const between = m * means.reduce((sum, value) => sum + (value - grand) ** 2, 0);
  const within = GROUPS.flatMap((values, g) => values.map((y) => (y - means[g]) ** 2)).reduce(
    (s, x) => s + x,
    0,
  );
  const cells = { sigma: 400, tau: 800 };
  const top = { sigma: 8, tau: 60 };
  const halfT3 = (x: number): number => -2 * Math.log(1 + (x / 10) ** 2 / 3);
  const mass = { sigma: new Float64Array(cells.sigma), tau: new Float64Array(cells.tau) };
  let total = 0;
  let shrunk = 0;
  for (let i = 0; i < cells.sigma; i++) {
    const sigma = ((i + 0.5) * top.sigma) / cells.sigma;
    for (let j = 0; j < cells.tau; j++) {
      const tau = ((j + 0.5) * top.tau) / cells.tau;
      const lambda = sigma * sigma + m * tau * tau;
      const log =
        -((a - 1) / 2) * Math.log(lambda) -
        between / (2 * lambda) -
        a * (m - 1) * Math.log(sigma) -
        within / (2 * sigma * sigma);
      const weight = Math.exp(log + halfT3(sigma) + halfT3(tau) + 60);
      total += weight;
      mass.sigma[i] += weight;
      mass.tau[j] += weight;
      shrunk += (weight * m * tau * tau) / lambda;
    }
  }
  const known = (name: "sigma" | "tau"): Known => {
    const width = top[name] / cells[name];
    const at = (p: number): number => {
      let below = 0;
      let i = 0;
      while (below + mass[name][i] < p * total) below += mass[name][i++];
      return (i + (p * total - below) / mass[name][i]) * width;
    };
    const center = mass[name].reduce((sum, weight, i) => sum + (weight * (i + 0.5) * width) / total, 0);
    return { mean: center, quantiles: [at(0.05), at(0.95)] };
  };
  return {
    b_Intercept: { mean: grand },
    sd_g__Intercept: known("tau"),
    sigma: known("sigma"),
    "r_g[g0,Intercept]": { mean: (shrunk / total) * (means[0] - grand) },
  };
}

/** Draws by every scheme against known posteriors. */
export function comparePosteriors(compare: Compare): void {
  const rows = GROUPS.flatMap((values, g) => values.map((y) => ({ y, g: `g${g}` })));
  const model = lmm("y ~ 1 + (1 | g)", rows);
  const priors: Priors = { sigma: halfT(3, 10), terms: { g: halfT(3, 10) } };
  const posterior = byQuadrature();
  for (const scheme of SCHEMES) {
    compareNormal(compare, scheme);
    const draws = sample(model, priors, scheme);
    for (const [name, known] of Object.entries(posterior)) {
      const chains = draws.chainsOf(name);
      const what = `one-way posterior by the ${scheme} scheme`;
      compare(`${what}: mean of ${name}`, mean(draws.get(name)), known.mean, ERRORS * mcseMean(chains));
      known.quantiles?.forEach((value, i) => {
        const p = [0.05, 0.95][i];
        const error = ERRORS * mcseQuantile(chains, p);
        compare(`${what}: ${100 * p}% of ${name}`, quantile(chains, p), value, error);
      });
    }
  }
}
