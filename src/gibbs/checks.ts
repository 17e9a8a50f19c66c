/**
 * What a posterior must say about itself: chains that have not mixed, priors that decide the answer.
 *
 * @module
 */

import { listOf, type Warning, warning } from "../errors.ts";
import { farSlopes } from "../model/farSlopes.ts";
import type { LinearMixedModel } from "../model/linearMixedModel.ts";
import { shortName, termVariables } from "../model/variables.ts";
import type { Draws } from "../posterior/draws.ts";
import { mean } from "../stats/descriptive.ts";
import { logOneMinusSquare } from "./coordinates.ts";
import { conflictWarnings } from "./priorConflict.ts";
import { logTermPriorOfDraws, pullOf } from "./priorDensity.ts";
import type { ResolvedPriors } from "./resolvePriors.ts";
import type { Setup } from "./state.ts";
import { drawsMissing, fallingShort, fixedNames, type Standing, standings, type Until } from "./until.ts";
import type { WorkingTermPrior } from "./workingPriors.ts";

/** Random effects that are looked at; more are sampled evenly. */
const EFFECTS_CHECKED = 200;
/** Posterior sds that doubling the log prior may move a mean before it is said. */
const PULL = 0.5;
/** SDs between zero and a predictor of random slopes from which it is said that priors shrink the slopes' SD. */
const FAR = 10;

/**
 * `not-converged`, `one-chain`: R-hat or ESS short of `until`, worst variable first named, and what it would take.
 *
 * @param watched - how the parameters stand that are not fixed
 */
export function diagnosticWarnings(
  draws: Draws,
  watched: readonly Standing[],
  until: Required<Until>,
): Warning[] {
  const warnings: Warning[] = [];
  if (draws.chains === 1) {
    warnings.push(
      warning(
        "one-chain",
        "One chain cannot show disagreement between chains; R-hat is computed from its halves.",
      ),
    );
  }
  const effects = draws.info.filter(({ kind }) => kind === "group").map(({ name }) => name);
  const every = Math.max(1, Math.ceil(effects.length / EFFECTS_CHECKED));
  const looked = effects.filter((_, i) => i % every === 0);
  const failing = fallingShort([...watched, ...standings(draws, looked)], until);
  if (failing.length === 0) return warnings;
  const [worst] = failing;
  const more = drawsMissing(worst, draws.iterations, until);
  const stuck = stuckChains(draws, worst.name);
  const advice =
    stuck !== ""
      ? 'Use scheme: "auto" or "blocked".'
      : more > 0
        ? `At the present rate about ${more} more draws per chain; extend() makes them.`
        : `Run more draws per chain, extend() makes them; R-hat should be at most ${until.rhat}.`;
  const rest = failing.length - 1;
  const others =
    ["", " 1 other variable falls short too."][rest] ?? ` ${rest} other variables fall short too.`;
  const told = (value: number, text: string): string => (Number.isNaN(value) ? "unknown" : text);
  const rhat = told(worst.rhat, worst.rhat.toFixed(3));
  const ess = told(worst.ess, `${Math.floor(worst.ess)}`);
  warnings.push(
    warning(
      "not-converged",
      `${worst.name}: R-hat ${rhat}, ESS ${ess} of ${until.ess} wanted${stuck}. ${advice}${others}`,
      { worst, failing: failing.length, more, wanted: until },
      stuck === "" ? `await posterior.extend(${more > 0 ? more : draws.iterations})` : undefined,
    ),
  );
  return warnings;
}

/** `; chain 2 has not moved`, or nothing. */
function stuckChains(draws: Draws, name: string): string {
  if (draws.iterations === 1) return "";
  const stuck = draws.chainsOf(name).flatMap((own, c) => (own.every((value) => value === own[0]) ? [c] : []));
  if (stuck.length === 0) return "";
  return stuck.length === 1
    ? `; chain ${stuck[0]} has not moved`
    : `; chains ${listOf(stuck)} have not moved`;
}

/** `fixed-parameter`: what is constant because its prior says so. */
export function fixedWarnings(model: LinearMixedModel, priors: ResolvedPriors): Warning[] {
  const names = fixedNames(model, priors);
  if (names.length === 0) return [];
  const [verb, pronoun] = names.length === 1 ? ["is", "it has"] : ["are", "they have"];
  const message = `${listOf(names)} ${verb} fixed by the model: ${pronoun} no R-hat and no ESS, and convergence is judged by the others.`;
  return [warning("fixed-parameter", message, { variables: names })];
}

/**
 * `slope-far-from-zero`: intercepts and slopes that correlate by almost ±1 because of where zero is;
 * `prior-ties-correlation`: an inverse-Wishart that, at the SDs seen, leaves the correlation little choice;
 * `prior-dominates`: doubling the log prior of a term would move a posterior mean by more than half its sd;
 * `prior-data-conflict`: the data put a parameter where its prior did not expect it.
 */
export function priorWarnings(
  model: LinearMixedModel,
  priors: ResolvedPriors,
  setup: Setup,
  draws: Draws,
): Warning[] {
  const { priors: working, cross } = setup;
  const held = priors.terms.filter(({ prior }) => prior.type === "fixed").map(({ name }) => name);
  const warnings = [
    ...farSlopes(model, FAR, "Priors take that for unlikely, and slopes come out too much alike.", held),
    ...conflictWarnings(model, priors, setup, draws),
  ];
  model.random.forEach(({ name, group, columns, structure }, t) => {
    const prior = working.terms[t];
    if (prior.kind === "fixed") return;
    const k = columns.length;
    const names = termVariables(model, t).map(({ name: variable }) => variable);
    const sds = structure === "cs" ? [] : columns.map((term) => draws.get(`sd_${group}__${shortName(term)}`));
    const units = columns.map(
      (_, i) => cross.zScale[cross.places[t].factor][cross.places[t].offset + i] / cross.yScale,
    );
    if (prior.kind === "inverseWishart") {
      for (let i = 1; i < k; i++) {
        for (let j = 0; j < i; j++) {
          const tau: [number, number] = [mean(sds[j]) * units[j], mean(sds[i]) * units[i]];
          const share = shareOfExtremeCorrelation(prior, j, i, k, tau);
          if (share < 0.5) continue;
          const seen = `${round(mean(sds[j]))} and ${round(mean(sds[i]))}`;
          warnings.push(
            warning(
              "prior-ties-correlation",
              `The inverse-Wishart prior of ${name} puts ${(100 * share).toFixed(1)}% of its mass on |correlation| > 0.9 between ${shortName(columns[j])} and ${shortName(columns[i])} at the SDs seen here (${seen}). huangWand() does not.`,
              { term: name, share },
            ),
          );
        }
      }
    }
    const logPrior = logTermPriorOfDraws(model, prior, t, draws);
    for (const variable of names) {
      const pull = pullOf(draws.get(variable), logPrior);
      if (!(Math.abs(pull) > PULL)) continue;
      warnings.push(
        warning(
          "prior-dominates",
          `The prior of ${name} holds ${variable}: were its log doubled, the posterior mean would move by about ${pull > 0 ? "+" : "−"}${Math.abs(pull).toFixed(1)} posterior sds. Compare with another prior.`,
          { term: name, variable, pull, prior: priors.terms[t].prior },
        ),
      );
    }
  });
  return warnings;
}

/**
 * Prior probability of |ρ| > 0.9 given both SDs, for the 2 × 2 margin of IW(ν, S), which is IW(ν − k + 2, S₂₂):
 * density in ρ ∝ (1 − ρ²)^(−(ν′+3)/2) exp(−½ [s₁₁/τ₁² − 2ρ s₁₂/(τ₁τ₂) + s₂₂/τ₂²] / (1 − ρ²)).
 */
function shareOfExtremeCorrelation(
  prior: Extract<WorkingTermPrior, { kind: "inverseWishart" }>,
  a: number,
  b: number,
  k: number,
  tau: readonly [number, number],
): number {
  const { scale, df } = prior;
  const margin = df - k + 2;
  const s11 = scale[a + a * k] / (tau[0] * tau[0]);
  const s22 = scale[b + b * k] / (tau[1] * tau[1]);
  const s12 = scale[a + b * k] / (tau[0] * tau[1]);
  // ρ = tanh w, dρ = (1 − ρ²) dw; a grid of w from −12 to 12 covers all that doubles can tell from ±1.
  const points = Array.from({ length: 4801 }, (_, i) => -12 + i * 0.005);
  const logs = points.map((w) => {
    const rho = Math.tanh(w);
    const log1 = logOneMinusSquare(w);
    return (1 - (margin + 3) / 2) * log1 - (0.5 * (s11 - 2 * rho * s12 + s22)) / Math.exp(log1);
  });
  const top = Math.max(...logs);
  let all = 0;
  let extreme = 0;
  points.forEach((w, i) => {
    const weight = Math.exp(logs[i] - top);
    all += weight;
    if (Math.abs(Math.tanh(w)) > 0.9) extreme += weight;
  });
  return extreme / all;
}

function round(value: number): string {
  return Number(value.toPrecision(3)).toString();
}
