/** Priors: constructors with any arguments, records with any keys, JSON of any kind. */

import fc from "fast-check";
import { resolvePriors } from "../../src/gibbs/resolvePriors.ts";
import * as blmm from "../../src/index.ts";
import { name, number, oddity } from "./hostile.ts";
import { checkFinite, outcome, type Trial, trial } from "./trial.ts";

type Constructor = (...values: unknown[]) => object;

const CONSTRUCTORS = Object.entries({
  flat: blmm.flat,
  normal: blmm.normal,
  halfT: blmm.halfT,
  halfCauchy: blmm.halfCauchy,
  halfNormal: blmm.halfNormal,
  exponential: blmm.exponential,
  inverseGamma: blmm.inverseGamma,
  inverseWishart: blmm.inverseWishart,
  huangWand: blmm.huangWand,
  lkj: blmm.lkj,
  fixed: blmm.fixed,
  uniformSd: blmm.uniformSd,
}) as unknown as readonly (readonly [string, Constructor])[];

const size = fc.oneof(fc.double({ min: 1e-3, max: 1e3, noNaN: true }), number);
const matrix = fc.oneof(
  fc.constant([
    [2, 0.5],
    [0.5, 1],
  ]),
  fc.array(fc.array(size, { maxLength: 3 }), { maxLength: 3 }),
);
const argument: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 6, arbitrary: size },
  { weight: 2, arbitrary: matrix },
  { weight: 1, arbitrary: fc.record({ df: size, scale: fc.oneof(size, fc.array(size, { maxLength: 3 })) }) },
  {
    weight: 2,
    arbitrary: fc.constantFrom(blmm.halfT(3, 2), blmm.uniformSd(), [blmm.halfNormal(1), blmm.exponential(2)]),
  },
  { weight: 2, arbitrary: oddity },
);
const call = fc.tuple(fc.constantFrom(...CONSTRUCTORS), fc.array(argument, { maxLength: 3 }));

/** All numbers in a prior. */
function numbersIn(value: unknown): number[] {
  if (typeof value === "number") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(numbersIn) : [];
}

/** What a call makes, or what somebody wrote in its place. */
const prior: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 8, arbitrary: call.map(([[, make], values]) => outcome(() => make(...values))) },
  fc.record(
    {
      type: fc.oneof(name, fc.constantFrom("halfT", "normal", "lkj", "fixed")),
      scale: argument,
      df: argument,
    },
    { requiredKeys: ["type"] },
  ),
  oddity,
);

const record = (names: readonly string[]): fc.Arbitrary<unknown> =>
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.dictionary(fc.oneof(fc.constantFrom(...names), name), prior, {
        maxKeys: 3,
        noNullPrototype: false,
      }),
    },
    { weight: 2, arbitrary: prior },
  );

const priors: fc.Arbitrary<unknown> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record(
      { beta: record(["(Intercept)", "x"]), sigma: prior, terms: record(["g", "h"]) },
      { requiredKeys: [] },
    ),
  },
  fc.dictionary(name, prior, { maxKeys: 3 }),
  oddity,
);

const wave = (k: number): number[] =>
  Array.from({ length: 36 }, (_, i) => Math.sin((i + 1) * (k + 0.37)) * 2);
const group = (count: number): string[] => wave(0).map((_, i) => `g${(i * 7) % count}`);
const model = blmm.lmm("y ~ x + (x | g) + (1 | h)", { y: wave(1), x: wave(2), g: group(6), h: group(5) });

/** What a file could hold of it. */
function asJson(value: unknown): unknown {
  try {
    return JSON.parse(JSON.stringify(value));
  } catch {
    return null;
  }
}

export const priorTrials: readonly Trial[] = [
  trial("constructors of priors with any arguments", [1500, 200_000], call, ([[own, make], values]) => {
    const made = outcome(() => make(...values));
    // What lkj() is given as priors of SDs, it is given as they are; gibbs() looks into them.
    if (made !== undefined && own !== "lkj") checkFinite(own, numbersIn(made));
  }),
  trial("any priors for a model", [800, 60_000], priors, (given) => {
    const resolved = outcome(() => resolvePriors(model, given as blmm.Priors));
    if (resolved !== undefined)
      checkFinite("priors", numbersIn([resolved.sigma, ...resolved.terms.map((t) => t.prior)]));
  }),
  trial(
    "any JSON as a file of priors",
    [500, 40_000],
    fc.oneof(priors.map(asJson), fc.jsonValue()),
    (given) => {
      outcome(() => resolvePriors(model, given as blmm.Priors));
    },
  ),
  trial("draws under any priors", [30, 1300], priors, (given) => {
    const options = { seed: 1, chains: 1, draws: 10, warmup: 10, priors: given as blmm.Priors };
    const posterior = outcome(() => blmm.gibbsSync(model, options));
    if (posterior !== undefined) checkFinite("draws", posterior.draws.values);
  }),
];
