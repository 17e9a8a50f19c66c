/**
 * Posteriors of the library against reference posteriors from JAGS and from quadrature.
 */

import { readFileSync } from "node:fs";
import type { TableLike } from "../../src/data/table.ts";
import {
  clusters,
  Dyestuff,
  Dyestuff2,
  oats,
  Penicillin,
  sleepstudy,
  tablets,
} from "../../src/datasets/index.ts";
import { gibbsSync } from "../../src/gibbs/gibbs.ts";
import {
  halfT,
  huangWand,
  inverseGamma,
  inverseWishart,
  normal,
  type SdPrior,
  type TermPrior,
} from "../../src/gibbs/priors.ts";
import type { GibbsOptions } from "../../src/gibbs/session.ts";
import type { LinearMixedModel } from "../../src/model/linearMixedModel.ts";
import { lmm } from "../../src/model/lmm.ts";
import { essBulk, essTail, mcseMean, mcseQuantile, quantile } from "../../src/posterior/diagnostics.ts";
import type { VariableInfo } from "../../src/posterior/draws.ts";
import { mean } from "../../src/stats/descriptive.ts";
import { recordDeviation } from "../accuracy.ts";

interface PriorSpec {
  readonly type: "ig" | "halft" | "hw" | "iw";
  readonly a?: number;
  readonly b?: number;
  readonly df?: number;
  readonly scale?: number;
  readonly nu?: number;
  readonly A?: readonly number[];
  readonly S?: readonly (readonly number[])[];
}

interface ReferenceParameter {
  readonly mean: number;
  readonly q5: number;
  readonly q95: number;
  readonly mcse_mean?: number;
  readonly mcse_q5?: { readonly mcse_q5: number };
  readonly mcse_q95?: { readonly mcse_q95: number };
}

export interface Reference {
  readonly id: string;
  readonly data: string;
  readonly formula: string;
  readonly prior: Readonly<Record<string, unknown>>;
  readonly parameters: Readonly<Record<string, ReferenceParameter>>;
}

export const DATA: Readonly<Record<string, TableLike>> = {
  "sleepstudy.csv": sleepstudy,
  "Dyestuff.csv": Dyestuff,
  "Dyestuff2.csv": Dyestuff2,
  "Penicillin.csv": Penicillin,
  "clusters.csv": clusters,
  "oats.csv": oats,
  "tablets.csv": tablets,
};

/** A reference posterior of the project. */
export const golden = (id: string): Reference =>
  JSON.parse(readFileSync(new URL(`../golden/posterior/${id}.json`, import.meta.url), "utf8"));

/** Reference posteriors; where an exact file exists it stands in for the sampled one, which is in {@link SAMPLED}. */
export const CASES = [
  "exact-Dyestuff-halft",
  "exact-Dyestuff-ig",
  "exact-Dyestuff2-halfcauchy",
  "exact-clusters-ig",
  "exact-sleepstudy-ri-halft",
  "exact-sleepstudy-ri-ig",
  "exact-tablets-ig",
  "sleepstudy-rs-hw",
  "sleepstudy-rs-iw",
  "sleepstudy-zc-halft",
  "Penicillin-ig",
  "oats-nested-ig",
];

/** Posteriors by JAGS of models whose exact file is in {@link CASES}. */
export const SAMPLED = [
  "Dyestuff-halft",
  "Dyestuff-ig",
  "Dyestuff2-halfcauchy",
  "clusters-ig",
  "sleepstudy-ri-halft",
  "sleepstudy-ri-ig",
  "tablets-ig",
];

function sdPrior(spec: PriorSpec): SdPrior {
  return spec.type === "ig" ? inverseGamma(spec.a!, spec.b!) : halfT(spec.df!, spec.scale!);
}

function termPrior(spec: PriorSpec): TermPrior {
  if (spec.type === "hw") return huangWand({ df: spec.nu!, scale: spec.A! });
  if (spec.type === "iw") return inverseWishart(spec.nu!, spec.S!);
  return sdPrior(spec);
}

/** The priors of a reference file. */
export function priorsOf({ prior }: Reference, model: LinearMixedModel): NonNullable<GibbsOptions["priors"]> {
  const beta = prior.beta as { mean: number; sd: number };
  const terms = model.random.map(({ name }) => {
    const spec = (prior[`random_${name}`] ?? prior.random) as PriorSpec;
    return [name, termPrior(spec)] as const;
  });
  return {
    beta: normal(beta.mean, beta.sd),
    sigma: sdPrior(prior.sigma as PriorSpec),
    terms: Object.fromEntries(terms),
  };
}

/** The name that the reference files give a variable. */
export function referenceName({ kind, term, term2, group, level, name }: VariableInfo): string {
  if (kind === "fixed") return term!;
  if (kind === "sd") return `sd_${term}|${group}`;
  if (kind === "cor") return `cor_${term2}.${term}|${group}`;
  return kind === "group" ? `b[${term} ${group}:${level}]` : name;
}

/** One figure against its reference, in combined Monte Carlo errors. */
export interface Deviation {
  readonly what: string;
  readonly z: number;
}

/** Deviations of mean, q5 and q95 in combined Monte Carlo errors, where bulk and tail ESS are at least 400. */
export function deviations(
  reference: Reference,
  table: TableLike,
  options: GibbsOptions,
): { all: Deviation[]; skipped: number } {
  const model = lmm(reference.formula, table);
  const posterior = gibbsSync(model, { priors: priorsOf(reference, model), ...options });
  const all: Deviation[] = [];
  let skipped = 0;
  for (const info of posterior.draws.info) {
    const expected = reference.parameters[referenceName(info)];
    if (expected === undefined) throw new Error(`no reference for ${info.name} in ${reference.id}`);
    const chains = posterior.draws.chainsOf(info.name);
    if (!(essBulk(chains) >= 400 && essTail(chains) >= 400)) {
      skipped += 3;
      continue;
    }
    const push = (what: string, value: number, own: number, target: number, theirs = 0): void => {
      const deviation = {
        what: `${reference.id} ${info.name} ${what}`,
        z: (value - target) / Math.hypot(own, theirs),
      };
      recordDeviation(deviation.what, deviation.z);
      all.push(deviation);
    };
    push("mean", mean(posterior.draws.get(info.name)), mcseMean(chains), expected.mean, expected.mcse_mean);
    push("q5", quantile(chains, 0.05), mcseQuantile(chains, 0.05), expected.q5, expected.mcse_q5?.mcse_q5);
    push(
      "q95",
      quantile(chains, 0.95),
      mcseQuantile(chains, 0.95),
      expected.q95,
      expected.mcse_q95?.mcse_q95,
    );
  }
  return { all, skipped };
}

/** The figures beyond z Monte Carlo errors. */
export function beyond(all: readonly Deviation[], z: number): Deviation[] {
  return all.filter((row) => !(Math.abs(row.z) <= z));
}
