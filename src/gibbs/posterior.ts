/**
 * The posterior of a model: draws, summaries, and how they came about.
 *
 * @module
 */

import { showAs } from "../data/format.ts";
import { integerIn, knownOptions, type Warning } from "../errors.ts";
import type { LinearMixedModel } from "../model/linearMixedModel.ts";
import { shortName, sigmaNames, symmetricName } from "../model/variables.ts";
import { type Draws, unknownVariable, type VariableInfo } from "../posterior/draws.ts";
import { type SummaryRow, summarize } from "../posterior/summarize.ts";
import { mean, quantileSorted, sd, sorted } from "../stats/descriptive.ts";
import type { Checkpoint } from "./checkpoint.ts";
import { printPosterior } from "./print.ts";
import type { Status } from "./run.ts";
import type { RunOptions } from "./session.ts";
import type { ResolvedPriors } from "./workingPriors.ts";

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
}

/** Which draws of random effects are wanted. Everything is taken of what is not named. */
export interface EffectsSelection {
  /** Names such as `r_Subject[308,Days]`. */
  readonly variables?: readonly string[];
  /** Kept iterations of every chain, from 0, ascending. */
  readonly iterations?: readonly number[];
}

/** Numbers that summaries of random effects hold at a time: 128 MB. */
const BLOCK = 16_777_216;

/** Posterior of one effect of one level: mean, sd and central 95% interval. */
export interface EffectRow {
  readonly group: string;
  readonly level: string;
  readonly term: string;
  readonly mean: number;
  readonly sd: number;
  readonly lower: number;
  readonly upper: number;
}

/** Posterior means of one variance (`term2` null) or covariance. */
export interface PosteriorVarCorrRow {
  /** Grouping factor, or `Residual`. */
  readonly group: string;
  readonly term1: string | null;
  readonly term2: string | null;
  readonly covariance: number;
  readonly sdCorrelation: number;
}

/** Draws from the posterior of a linear mixed model. Every number is in the units of the data. */
export class Posterior {
  readonly model: LinearMixedModel;
  readonly draws: Draws;
  readonly priors: ResolvedPriors;
  /** The sampling scheme, and why it was taken. */
  readonly scheme: { readonly name: string; readonly reason: string };
  readonly seed: number;
  /**
   * `"complete"`; `"cancelled"`, `"max-time"` or `"max-draws"` when stopped before its goal, `"running"` in
   * `gibbsStream`. The draws are valid in any case.
   */
  readonly status: Status;
  /** Iterations per chain before the first kept one. */
  readonly warmup: number;
  readonly thin: number;
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
    showAs(this, () => this.toString());
  }

  /** What is worth knowing: rows left out, chains that have not mixed, priors that dominate. */
  get warnings(): readonly Warning[] {
    this.#warnings ??= this.#parts.warnings();
    return this.#warnings;
  }

  /** One row per coefficient, SD, correlation and σ, with R-hat and ESS; `q2.5` and `q97.5` beside the rest. */
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

  /** Random effects of every level. brms: `ranef`. */
  ranef(): EffectRow[] {
    const rows: EffectRow[] = [];
    this.#eachEffect(({ group, level, term }, values) => {
      rows.push(effectRow(group!, level!, term!, values));
    });
    return rows;
  }

  /** Fixed plus random effects of every level. brms: `coef`. */
  coef(): EffectRow[] {
    const { draws, model } = this;
    const found = new Map<string, EffectRow>();
    const key = (group: string, level: string, term: string): string => JSON.stringify([group, level, term]);
    this.#eachEffect(({ group, level, term }, values) => {
      const sum = values.slice();
      if (model.fixed.names.includes(term!)) add(sum, draws.get(`b_${shortName(term!)}`));
      found.set(key(group!, level!, term!), effectRow(group!, level!, term!, sum));
    });
    const rows: EffectRow[] = [];
    for (const group of new Set(model.random.map((term) => term.group))) {
      const terms = model.random.filter((term) => term.group === group);
      const names = new Set([...model.fixed.names, ...terms.flatMap(({ columns }) => columns)]);
      for (const level of terms[0].levels) {
        for (const name of names) {
          const fixed = (): EffectRow => effectRow(group, level, name, draws.get(`b_${shortName(name)}`));
          rows.push(found.get(key(group, level, name)) ?? fixed());
        }
      }
    }
    return rows;
  }

  /** Calls back with the draws of every random effect, holding only so many of them at a time. */
  #eachEffect(visit: (info: VariableInfo, values: Float64Array) => void): void {
    const { effectInfo, effects } = this.#parts;
    const most = Math.max(1, Math.floor(BLOCK / this.draws.size));
    for (let first = 0; first < effectInfo.length; first += most) {
      const count = Math.min(most, effectInfo.length - first);
      const block = effects(Array.from({ length: count }, (_, i) => first + i));
      for (const info of block.info) visit(info, block.get(info.name));
    }
  }

  /** Posterior means of variances and SDs, covariances and correlations; the residual last. brms: `VarCorr`. */
  varCorr(): PosteriorVarCorrRow[] {
    const { draws } = this;
    const square = (x: Float64Array): number => x.reduce((sum, v) => sum + v * v, 0) / x.length;
    const rows: PosteriorVarCorrRow[] = [];
    this.model.random.forEach(({ group, columns, structure }, t) => {
      const one = structure === "cs" ? symmetricName(this.model, t) : undefined;
      const sds = columns.map((term) => draws.get(`sd_${group}__${one ?? shortName(term)}`));
      columns.forEach((term1, i) => {
        rows.push({ group, term1, term2: null, covariance: square(sds[i]), sdCorrelation: mean(sds[i]) });
      });
      for (let j = 0; j < columns.length; j++) {
        for (let i = j + 1; i < columns.length; i++) {
          const cor = draws.get(
            `cor_${group}__${one ?? `${shortName(columns[j])}__${shortName(columns[i])}`}`,
          );
          const covariance = mean(cor.map((value, d) => value * sds[i][d] * sds[j][d]));
          rows.push({ group, term1: columns[j], term2: columns[i], covariance, sdCorrelation: mean(cor) });
        }
      }
    });
    sigmaNames(this.model).forEach((name, c) => {
      const sigma = draws.get(name);
      rows.push({
        group: "Residual",
        term1: this.model.strata?.levels[c] ?? null,
        term2: null,
        covariance: square(sigma),
        sdCorrelation: mean(sigma),
      });
    });
    return rows;
  }

  /**
   * Goes on with every chain and returns a posterior of all draws: the bits of one long run.
   *
   * @param draws - more kept draws per chain
   * @throws as `gibbs`
   * @example
   * const longer = await posterior.extend(1000);
   */
  extend(draws: number, options: RunOptions = {}): Promise<Posterior> {
    return this.#parts.extend(draws, options);
  }

  /** As {@link extend}, in one go and without a promise. */
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

  /** A summary laid out as brms prints it. */
  toString(): string {
    return printPosterior(this);
  }
}

function add(sum: Float64Array, values: Float64Array): void {
  for (let i = 0; i < sum.length; i++) sum[i] += values[i];
}

function effectRow(group: string, level: string, term: string, values: Float64Array): EffectRow {
  const ascending = sorted(values);
  return {
    group,
    level,
    term,
    mean: mean(values),
    sd: sd(values),
    lower: quantileSorted(ascending, 0.025),
    upper: quantileSorted(ascending, 0.975),
  };
}
