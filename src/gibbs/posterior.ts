/**
 * The posterior of a model: draws, summaries, and how they came about.
 *
 * @module
 */

import { showAs } from "../data/format.ts";
import type { TableLike } from "../data/table.ts";
import { checkList, integerIn, knownOptions, type Warning } from "../errors.ts";
import type { LinearMixedModel } from "../model/linearMixedModel.ts";
import type { Qq, QqOptions } from "../model/qq.ts";
import { shortName } from "../model/variables.ts";
import { type Draws, unknownVariable, type VariableInfo } from "../posterior/draws.ts";
import { type Loo, looOf, ofData, type Waic, waicOf } from "../posterior/loo.ts";
import { type SummaryRow, summarize } from "../posterior/summarize.ts";
import { mean } from "../stats/descriptive.ts";
import type { Checkpoint } from "./checkpoint.ts";
import { type EpredOptions, logLikelihoodColumns, type PredictionSource } from "./drawsOfRows.ts";
import type { SavedPosterior } from "./finish.ts";
import { groupColumns } from "./leaveGroupOut.ts";
import {
  coefficientRows,
  type EffectRow,
  effectRows,
  type PosteriorVarCorrRow,
  varianceRows,
} from "./posteriorTables.ts";
import {
  drawsByRows,
  logLikelihoods,
  type PosteriorPredictions,
  type PosteriorPredictOptions,
  predictRows,
} from "./predict.ts";
import { printPosterior, summaryHtml } from "./print.ts";
import { qq } from "./qq.ts";
import type { ResolvedPriors } from "./resolvePriors.ts";
import type { Status } from "./run.ts";
import type { RunOptions } from "./session.ts";
import { type BayesR2, bayesR2Of, iccOf, type PosteriorIcc } from "./shares.ts";

/** What a {@link Posterior} is made of. */
export interface PosteriorParts {
  readonly model: LinearMixedModel;
  readonly draws: Draws;
  readonly priors: ResolvedPriors;
  readonly scheme: { readonly name: string; readonly reason: string };
  readonly seed: number;
  readonly status: Status;
  readonly warmup: number;
  readonly thin: number;
  /** Called once, when the warnings are first asked for. */
  readonly warnings: () => readonly Warning[];
  readonly timing: { readonly seconds: number };
  /** All random effects, kept or not. */
  readonly effectInfo: readonly VariableInfo[];
  /** Draws of the effects at these places of `effectInfo`, at all or some kept iterations. */
  readonly effects: (chosen: readonly number[], iterations?: readonly number[]) => Draws;
  readonly extend: (draws: number, options: RunOptions) => Promise<Posterior>;
  readonly extendSync: (draws: number) => Posterior;
  readonly checkpoint: () => Checkpoint;
  readonly saved: () => SavedPosterior;
}

/** Which draws of random effects are wanted. Everything is taken of what is not named. */
export interface EffectsSelection {
  /** Names such as `r_Subject[308,Days]`. */
  readonly variables?: readonly string[];
  /** Kept iterations of every chain, from 0, ascending. */
  readonly iterations?: readonly number[];
}

/** Draws from the posterior of a linear mixed model. Every number is in the units of the data. */
export class Posterior {
  readonly model: LinearMixedModel;
  /** β, SDs, correlations, σ, estimated degrees of freedom and, unless the run had `keep: "hyper"`, random effects. */
  readonly draws: Draws;
  /** The priors in force, with what was left out filled in, in the units of the data. */
  readonly priors: ResolvedPriors;
  /** The sampling scheme, and why it was taken. */
  readonly scheme: { readonly name: string; readonly reason: string };
  /** As given, or as drawn: with it the same call gives the same draws. */
  readonly seed: number;
  /**
   * `"complete"`; `"cancelled"`, `"max-time"` or `"max-draws"` when stopped before its goal, `"running"` in
   * `gibbsStream`. The draws are valid in any case.
   */
  readonly status: Status;
  /** Iterations per chain before the first kept one. */
  readonly warmup: number;
  /** Iterations for each kept draw. */
  readonly thin: number;
  /** Wall time of the run; of the last one after `extend`. */
  readonly timing: { readonly seconds: number };
  readonly #parts: PosteriorParts;
  #warnings: readonly Warning[] | undefined;
  #summary: SummaryRow[] | undefined;

  constructor(parts: PosteriorParts) {
    this.model = parts.model;
    this.draws = parts.draws;
    this.priors = parts.priors;
    this.scheme = parts.scheme;
    this.seed = parts.seed;
    this.status = parts.status;
    this.warmup = parts.warmup;
    this.thin = parts.thin;
    this.#parts = parts;
    this.timing = parts.timing;
    showAs(
      this,
      () => printPosterior(this),
      () => summaryHtml(this),
    );
  }

  /** What is worth knowing: rows left out, chains that have not mixed, priors that dominate. */
  get warnings(): readonly Warning[] {
    this.#warnings ??= this.#parts.warnings();
    return this.#warnings;
  }

  /**
   * One row per coefficient, SD, correlation, σ and estimated degrees of freedom: mean, median, sd, mad, the quantiles
   * `q2.5`, `q5`, `q95` and `q97.5`, R-hat, ESS and MCSE. Random effects are in {@link ranef}. posterior: `summarise_draws`.
   *
   * @example
   * posterior.summary().find(({ variable }) => variable === "b_Days")?.["q2.5"]; // 6.99
   */
  summary(): SummaryRow[] {
    this.#summary ??= summarize(this.draws, {
      variables: this.draws.info.filter(({ kind }) => kind !== "group").map(({ name }) => name),
      probs: [0.025, 0.975],
    });
    return this.#summary;
  }

  /** Posterior means of the fixed effects by R's coefficient name. brms: `fixef`. */
  fixef(): Record<string, number> {
    return Object.fromEntries(
      this.model.fixed.names.map((name) => [name, mean(this.draws.get(`b_${shortName(name)}`))]),
    );
  }

  /**
   * Draws of random effects. Under `keep: "hyper"` they are made again from positions remembered along the run, with
   * the bits that `keep: "all"` would have kept; all of them cost as much as the run did.
   *
   * @throws {ArgumentError} `unknown-variable`, `invalid-argument`
   * @example
   * posterior.effects({ variables: ["r_Subject[308,Days]"] }).get("r_Subject[308,Days]");
   */
  effects(selection: EffectsSelection = {}): Draws {
    knownOptions("effects()", selection, ["variables", "iterations"]);
    const { effectInfo, effects } = this.#parts;
    const { variables, iterations } = selection;
    let last = -1;
    for (const [name, list] of Object.entries(selection)) checkList("effects()", name, list);
    for (const iteration of iterations ?? []) {
      last = integerIn("iterations", iteration, last + 1, this.draws.iterations - 1);
    }
    if (variables === undefined) return effects([...effectInfo.keys()], iterations);
    const places = new Map(effectInfo.map(({ name }, place) => [name, place]));
    const chosen = variables.map((name) => {
      const place = places.get(name);
      if (place === undefined) throw unknownVariable(name, [...places.keys()], "random effects");
      return place;
    });
    return effects(chosen, iterations);
  }

  /** Random effects of every level: posterior mean, sd and central 95% interval. brms: `ranef`. */
  ranef(): EffectRow[] {
    return effectRows(this.#parts);
  }

  /** Fixed plus random effects of every level: posterior mean, sd and central 95% interval. brms: `coef`. */
  coef(): EffectRow[] {
    return coefficientRows(this.#parts);
  }

  /** Posterior means of variances and SDs, covariances and correlations; the residual last. brms: `VarCorr`. */
  varCorr(): PosteriorVarCorrRow[] {
    return varianceRows(this.#parts);
  }

  /**
   * Posterior mean, sd and central interval of x′β + z′b (+ offset) for every row, or of a new observation there.
   *
   * As `fit.predict()` of REML fits, with the same `groups`; but `"new"` draws the effects of an unseen label from
   * N(0, Σ) at every draw, the same for all rows that share the label. One row is held at a time.
   *
   * @param data - new rows; the model's own, aligned with its input, by default
   * @param options - `groups`: `"known"` (default), `"new"` or `"population"`; `terms`: the random terms that count, all by
   *   default; `interval`: of the `"mean"` (default) or of one new `"observation"`; `level`: defaults to 0.95
   * @throws {DataError} `unseen-group-level`, `missing-group-label`, `missing-column`, `unseen-level`, `no-rows`,
   *   `infinite-value`, `negative-weight`
   * @throws {ArgumentError} `unknown-option`, `invalid-argument`, `unknown-term`
   * @throws {ModelError} `needs-rows` for the rows of a model that does not hold them
   * @example
   * posterior.predict([{ Days: 10, Subject: "308" }], { interval: "observation" }); // [{ estimate: 450, sd: 31, … }]
   */
  predict(data?: TableLike, options: PosteriorPredictOptions = {}): PosteriorPredictions {
    return predictRows(this.#source(), data, options);
  }

  /**
   * Draws of x′β + z′b (+ offset): draws × rows, chain after chain. brms: `posterior_epred`.
   *
   * @param options - `groups` and `terms` as in {@link predict}
   * @throws as {@link predict}; {ArgumentError} `not-enough-memory` beyond 2²⁷ numbers
   */
  epred(data?: TableLike, options: EpredOptions = {}): Float64Array[] {
    return drawsByRows(this.#source(), data, options, "mean");
  }

  /** The same as {@link epred}: the link of a linear model is the identity. brms: `posterior_linpred`. */
  linpred(data?: TableLike, options: EpredOptions = {}): Float64Array[] {
    return this.epred(data, options);
  }

  /** Draws of new observations: draws × rows. brms: `posterior_predict`. @throws as {@link epred} */
  predictive(data?: TableLike, options: EpredOptions = {}): Float64Array[] {
    return drawsByRows(this.#source(), data, options, "observation");
  }

  /**
   * Log-likelihood of every row kept at every draw, given its random effects: draws × rows, chain after chain. brms:
   * `log_lik`.
   *
   * @throws {ModelError} `needs-rows`; {ArgumentError} `not-enough-memory` beyond 2²⁷ numbers
   */
  logLik(): Float64Array[] {
    return logLikelihoods(this.#source());
  }

  /**
   * Leave-one-out by Pareto smoothed importance sampling; rows are held one at a time. R: `loo(fit)`.
   *
   * With `group` whole groups are left out, their random effects (and those of groups nested in them) integrated out
   * in closed form: how well the model predicts a group it has not seen. No model is fitted again.
   *
   * @param options - `group`: a group of the model, as printed; defaults to single rows
   * @throws {ArgumentError} `unknown-group`, `unknown-option`
   * @throws {ModelError} `needs-rows`; `no-closed-form` for groups of a model with Student-t parts
   * @example
   * posterior.loo().elpdLoo; // of new days of the same subjects
   * posterior.loo({ group: "Subject" }).elpdLoo; // of new subjects
   */
  loo(options: { readonly group?: string } = {}): Loo {
    knownOptions("loo()", options, ["group"]);
    const source = this.#source();
    const { levels, columns } =
      options.group === undefined
        ? { levels: undefined, columns: logLikelihoodColumns(source) }
        : groupColumns(source, options.group);
    const result = looOf(columns, this.draws.chains, levels);
    return ofData(result, { rows: this.model.rows, y: this.model.response.values });
  }

  /** Widely applicable information criterion; {@link loo} is the better estimate. @throws {ModelError} `needs-rows` */
  waic(): Waic {
    return waicOf(logLikelihoodColumns(this.#source()));
  }

  /**
   * Intraclass correlation with its central 95% interval: the three variances of `fit.icc()` at every draw.
   *
   * @throws {ModelError} `needs-rows`; `infinite-variance` where Student-t parts have ν ≤ 2 at some draw
   * @example
   * posterior.icc().adjusted; // { estimate: 0.74, sd: 0.07, lower: 0.60, upper: 0.86, … }
   */
  icc(): PosteriorIcc {
    return iccOf(this.#source());
  }

  /**
   * Bayesian R², var(μ)/(var(μ) + σ²) over the rows at every draw, μ with (`conditional`) and without (`marginal`) random
   * effects, each with its central 95% interval. brms: `bayes_R2`. `fit.r2()` differs: its marginal share has the variance of
   * the groups in the denominator.
   *
   * @throws {ModelError} `needs-rows`; `infinite-variance` where Student-t residuals have ν ≤ 2 at some draw
   * @see Gelman, Goodrich, Gabry & Vehtari 2019, The American Statistician 73, 307
   */
  bayesR2(): BayesR2 {
    return bayesR2Of(this.#source());
  }

  /**
   * Residuals and random effects against normal quantiles (Student-t ones where the model says so), with bands from
   * replications. Values are averages over draws and vary less than single draws, of which the bands are made, so that
   * fewer leave a band than `level` says.
   *
   * @param options - `band`: `"simultaneous"` (default) or `"pointwise"`; `level`: defaults to 0.95; `simulations`:
   *   defaults to 500
   * @throws {ArgumentError} `invalid-argument`, `unknown-option`; {ModelError} `needs-rows`
   * @example
   * posterior.qq().panels; // [{ panel: "residuals", points: 180, outside: 2 }, …]
   */
  qq(options: QqOptions = {}): Qq {
    return qq(this, options);
  }

  #source(): PredictionSource {
    const { model, draws, seed, effects } = this.#parts;
    return { model, draws, seed, effects };
  }

  /**
   * Goes on with every chain and returns a posterior of all draws: the bits of one long run.
   *
   * @param draws - more kept draws per chain
   * @param options - `maxTime`, `onProgress`, `signal`, `runner`, as for `gibbs`
   * @throws as `gibbs`
   * @example
   * const longer = await posterior.extend(1000);
   */
  extend(draws: number, options: RunOptions = {}): Promise<Posterior> {
    return this.#parts.extend(draws, options);
  }

  /** As {@link extend}, in one go and without a promise. @throws as `gibbs` */
  extendSync(draws: number): Posterior {
    return this.#parts.extendSync(draws);
  }

  /**
   * All that `resume` needs to go on with this run another day, as plain JSON.
   *
   * @example
   * await writeFile("run.json", JSON.stringify(posterior.checkpoint()));
   */
  checkpoint(): Checkpoint {
    return this.#parts.checkpoint();
  }

  /** What `save` keeps of the posterior beside its model: plain values and typed arrays. */
  saved(): SavedPosterior {
    return this.#parts.saved();
  }

  /** Formula, settings, summary and draws, without the data. */
  toJSON(): Record<string, unknown> {
    return {
      formula: this.model.formula,
      scheme: this.scheme,
      seed: this.seed,
      status: this.status,
      warmup: this.warmup,
      thin: this.thin,
      priors: {
        name: this.priors.name,
        beta: Object.fromEntries(this.priors.beta),
        sigma: this.priors.sigma,
        terms: this.priors.terms,
      },
      summary: this.summary(),
      warnings: this.warnings,
      draws: this.draws,
    };
  }
}
