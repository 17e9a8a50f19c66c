/**
 * QQ plots of a posterior, as data: residuals and random effects against normal quantiles.
 *
 * @module
 */

import { knownOptions } from "../errors.ts";
import type { LinearMixedModel } from "../model/linearMixedModel.ts";
import {
  atRanks,
  checkedQqOptions,
  effectsPanel,
  type Qq,
  type QqOptions,
  type QqPanel,
  qqOf,
  ranksOf,
} from "../model/qq.ts";
import { sigmaNames } from "../model/variables.ts";
import { RandomStream } from "../random/stream.ts";
import { byDraw, evenly } from "./byDraw.ts";
import { covariancesOfDraws, hashOf, meansOfRows, type PredictionSource } from "./drawsOfRows.ts";
import type { Posterior } from "./posterior.ts";
import { effectDfs, residualDfs, spreadOfStudent } from "./studentDraws.ts";

/**
 * Quantiles of residuals √w (y − μ)/σ and of random effects b/SD, each with the parameters of one draw and averaged
 * rank by rank over up to 500 draws (or as many as there are simulations), against normal quantiles.
 *
 * At the parameters of a draw, residuals and effects of replicated data are standard normal (Student-t with the draw's ν in
 * models that say so), whatever the parameters; so are those of the data if they come from the model. The bands are those of single draws; an average over draws varies
 * less, so that fewer samples leave a band than `level` says.
 *
 * Labels are of the rows or levels at the same rank of the posterior means. Beyond 1000 rows or levels 1000 evenly
 * spaced ranks are shown. The same posterior has the same bands every time.
 *
 * @throws {ArgumentError} `invalid-argument`, `unknown-option`
 * @see Gelman, Meng & Stern 1996, Statistica Sinica 6, 733, on residuals at the parameters of a draw
 * @example
 * posterior.qq().panels; // [{ panel: "residuals", points: 180, outside: 2 }, …]
 */
export function qq(posterior: Posterior, options: QqOptions = {}): Qq {
  knownOptions("qq()", options, ["band", "level", "simulations"]);
  const checked = checkedQqOptions(options);
  const { model, draws, seed } = posterior;
  const iterations = evenly(posterior, Math.ceil(Math.min(checked.simulations, draws.size) / draws.chains));
  const stream = new RandomStream(hashOf(seed, "qq"));
  const panelOf = (
    panel: string,
    names: readonly string[],
    dfs: Float64Array | null,
    columns: (source: PredictionSource) => Iterable<Float64Array>,
  ): QqPanel => {
    const size = names.length;
    const ranks = ranksOf(size);
    const values = new Float64Array(ranks.length);
    const means = new Float64Array(size);
    let count = 0;
    for (const at of byDraw(posterior, iterations, size, columns)) {
      count++;
      for (let i = 0; i < size; i++) means[i] += at.values[i];
      atRanks(at.values).forEach((value, k) => {
        values[k] += value;
      });
    }
    const order = [...means.keys()].sort((a, b) => means[a] - means[b]);
    const simulated = Array.from({ length: checked.simulations }, (_, s) => {
      const sample = new Float64Array(size);
      stream.normalsInto(sample);
      const df = dfs?.[Math.floor(((s + 0.5) * dfs.length) / checked.simulations)];
      if (df !== undefined) for (let i = 0; i < size; i++) sample[i] *= spreadOfStudent(df, stream);
      return atRanks(sample);
    });
    const labels = ranks.map((rank) => names[order[rank]]);
    return { panel, size, labels, values: values.map((sum) => sum / count), simulated };
  };
  const rows = Array.from(model.rows, String);
  const panels = [panelOf("residuals", rows, residualDfs(model, draws), standardResiduals)];
  model.random.forEach(({ group, levels, columns }, t) => {
    columns.forEach((term, c) => {
      const columnsAt = (source: PredictionSource) => standardEffects(source, t, c);
      panels.push(panelOf(effectsPanel(group, term), levels, effectDfs(model, t, draws), columnsAt));
    });
  });
  return qqOf(panels, checked, checked.simulations, seed);
}

/** √w (y − μ)/σ of the rows kept, one column of draws each. */
function* standardResiduals(source: PredictionSource): Generator<Float64Array> {
  const { response, weights, strata } = source.model;
  const sigmas = sigmaNames(source.model).map((name) => source.draws.get(name));
  let i = 0;
  for (const means of meansOfRows(source, "known")) {
    const sigma = sigmas[strata?.codes[i] ?? 0];
    const scale = Math.sqrt(weights?.[i] ?? 1);
    for (let d = 0; d < means.length; d++) means[d] = (scale * (response.values[i] - means[d])) / sigma[d];
    yield means;
    i++;
  }
}

/** b/SD of every level for one coefficient of term t, one column of draws each. */
function* standardEffects(source: PredictionSource, t: number, c: number): Generator<Float64Array> {
  const { model, draws, effects } = source;
  const k = model.random[t].columns.length;
  const first = firstPlaceOf(model, t) + c;
  const b = effects(model.random[t].levels.map((_, j) => first + j * k));
  const S = new Float64Array(k * k);
  const covariance = covariancesOfDraws(model, t, draws);
  const sds = Float64Array.from({ length: draws.size }, (_, d) => {
    covariance(S, d);
    return Math.sqrt(S[c + c * k]);
  });
  for (const name of b.variables) yield b.get(name).map((value, d) => value / sds[d]);
}

/** Place of the first effect of a term among all random effects. */
function firstPlaceOf({ random }: LinearMixedModel, t: number): number {
  return random.slice(0, t).reduce((sum, { levels, columns }) => sum + levels.length * columns.length, 0);
}
