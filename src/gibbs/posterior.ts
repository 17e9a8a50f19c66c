/**
 * The posterior of a model: draws, summaries, and how they came about.
 *
 * @module
 */

import { showAs } from "../data/format.ts";
import type { Warning } from "../errors.ts";
import type { LinearMixedModel } from "../model/linearMixedModel.ts";
import { shortName, sigmaNames, symmetricName } from "../model/variables.ts";
import type { Draws } from "../posterior/draws.ts";
import { type SummaryRow, summarize } from "../posterior/summarize.ts";
import { mean, quantileSorted, sd, sorted } from "../stats/descriptive.ts";
import { printPosterior } from "./print.ts";
import type { ResolvedPriors } from "./workingPriors.ts";

/** What a {@link Posterior} is made of. */
export interface PosteriorParts {
  readonly model: LinearMixedModel;
  readonly draws: Draws;
  readonly priors: ResolvedPriors;
  readonly scheme: { readonly name: string; readonly reason: string };
  readonly seed: number;
  readonly status: "complete" | "cancelled";
  readonly warmup: number;
  readonly thin: number;
  /** Called once, when the warnings are first asked for. */
  readonly warnings: () => readonly Warning[];
  readonly timing: { readonly seconds: number };
}

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
  /** `"cancelled"` when stopped early; the draws made until then are valid. */
  readonly status: "complete" | "cancelled";
  /** Iterations per chain before the first kept one. */
  readonly warmup: number;
  readonly thin: number;
  readonly timing: { readonly seconds: number };
  readonly #findWarnings: () => readonly Warning[];
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
    this.#findWarnings = parts.warnings;
    this.timing = parts.timing;
    showAs(this, () => this.toString());
  }

  /** What is worth knowing: rows left out, chains that have not mixed, priors that dominate. */
  get warnings(): readonly Warning[] {
    this.#warnings ??= this.#findWarnings();
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

  /** Random effects of every level. brms: `ranef`. */
  ranef(): EffectRow[] {
    return this.draws.info
      .filter(({ kind }) => kind === "group")
      .map(({ name, group, level, term }) => effectRow(group!, level!, term!, this.draws.get(name)));
  }

  /** Fixed plus random effects of every level. brms: `coef`. */
  coef(): EffectRow[] {
    const { draws } = this;
    const rows: EffectRow[] = [];
    for (const group of new Set(this.model.random.map((term) => term.group))) {
      const terms = this.model.random.filter((term) => term.group === group);
      const names = new Set([...this.model.fixed.names, ...terms.flatMap(({ columns }) => columns)]);
      for (const level of terms[0].levels) {
        for (const name of names) {
          const values = new Float64Array(draws.size);
          if (this.model.fixed.names.includes(name)) add(values, draws.get(`b_${shortName(name)}`));
          if (terms.some(({ columns }) => columns.includes(name))) {
            add(values, draws.get(`r_${group}[${level},${shortName(name)}]`));
          }
          rows.push(effectRow(group, level, name, values));
        }
      }
    }
    return rows;
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
