/**
 * QQ plots of a fit, as data: residuals and random effects against normal quantiles.
 *
 * @module
 */

import { ArgumentError, BlmmError, knownOptions } from "../errors.ts";
import {
  atRanks,
  checkedQqOptions,
  effectsPanel,
  type Qq,
  type QqOptions,
  qqOf,
  ranksOf,
} from "../model/qq.ts";
import { seedOf } from "../random/seed.ts";
import { RandomStream } from "../random/stream.ts";
import type { LmmFit } from "./lmmFit.ts";

/** Options of `fit.qq()`. */
export interface FitQqOptions extends QqOptions {
  /** An integer from 0 to 2³² − 1; drawn and recorded when left out. */
  readonly seed?: number;
}

/**
 * Quantiles of the scaled residuals and of every coefficient's conditional modes (in the units of the coefficient)
 * against normal quantiles, with bands from data simulated from the fit and fitted again: the bands have in them that
 * modes are shrunken and residuals have lost degrees of freedom, so neither needs to lie on a straight line.
 *
 * Beyond 1000 rows or levels 1000 evenly spaced ranks are shown. lme4: `qqnorm(residuals(m))`,
 * `qqmath(ranef(m))` (which have no such bands).
 *
 * @throws {ArgumentError} `invalid-argument`, `unknown-option`
 * @example
 * fit.qq({ seed: 1 }).panels; // [{ panel: "residuals", points: 180, outside: 45 }, …]
 */
export function qq(fit: LmmFit, options: FitQqOptions = {}): Qq {
  knownOptions("qq()", options, ["band", "level", "simulations", "seed"]);
  const checked = checkedQqOptions(options);
  const seed = seedOf(options.seed);
  const observed = samples(fit);
  const simulated: Float64Array[][] = observed.map(() => []);
  const seeds = new RandomStream(seed);
  for (let s = 0; s < checked.simulations; s++) {
    const [y] = fit.simulate({ seed: Math.floor(seeds.uniform() * 4294967296) });
    try {
      samples(fit.refit(y)).forEach(({ values }, k) => {
        simulated[k].push(atRanks(values));
      });
    } catch (error) {
      if (!(error instanceof BlmmError)) throw error;
    }
  }
  const made = simulated[0].length;
  if (made < checked.simulations / 2) {
    throw new ArgumentError(
      "invalid-argument",
      `Only ${made} of ${checked.simulations} simulated responses could be fitted again.`,
      "Look at the warnings of the fit first.",
    );
  }
  const panels = observed.map(({ panel, values, labels }, k) => {
    const order = [...values.keys()].sort((a, b) => values[a] - values[b]);
    return {
      panel,
      size: values.length,
      labels: ranksOf(values.length).map((rank) => labels[order[rank]]),
      values: atRanks(values),
      simulated: simulated[k],
    };
  });
  return qqOf(panels, checked, made, seed);
}

/** Scaled residuals of the rows used, then the modes of every group and coefficient. */
function samples(fit: LmmFit): { panel: string; labels: string[]; values: Float64Array }[] {
  const { rows, random } = fit.model;
  const residuals = fit.residuals({ type: "scaled" });
  const effects = fit.ranef();
  let at = 0;
  const terms = random.flatMap(({ group, levels, columns }) => {
    const own = effects.slice(at, at + levels.length * columns.length);
    at += own.length;
    return columns.map((term, c) => ({
      panel: effectsPanel(group, term),
      labels: [...levels],
      values: Float64Array.from(levels, (_, j) => own[j * columns.length + c].mode),
    }));
  });
  const own = Float64Array.from(rows, (row) => residuals[row]);
  return [{ panel: "residuals", labels: Array.from(rows, String), values: own }, ...terms];
}
