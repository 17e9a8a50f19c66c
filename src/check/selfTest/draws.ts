/**
 * The draws of this version, bit by bit, and results that go through bytes and come back.
 *
 * @module
 */

import { hash } from "../../data/hash.ts";
import { gibbsSync } from "../../gibbs/gibbs.ts";
import { exponential, halfNormal, lkj, normal } from "../../gibbs/priors.ts";
import type { GibbsOptions } from "../../gibbs/session.ts";
import { reml } from "../../reml/fit.ts";
import type { LmmFit } from "../../reml/lmmFit.ts";
import { load, save } from "../../save.ts";
import type { Compare } from "./comparison.ts";
import { type Design, designs, modelOf } from "./designs.ts";
import { DRAW_HASHES } from "./drawHashes.ts";

/** Design, scheme, and what else is asked for. */
const RUNS: readonly (readonly [
  design: string,
  scheme: NonNullable<GibbsOptions["scheme"]>,
  more?: GibbsOptions,
])[] = [
  ["slopes", "collapsed"],
  ["nested", "collapsed"],
  ["crossed", "crossed"],
  ["strata", "blocked"],
  ["compound symmetry", "blocked"],
  ["slopes", "full-conditionals"],
  [
    "slopes",
    "blocked",
    { priors: { beta: normal(0, 20), sigma: exponential(0.5), terms: { g: lkj(2, halfNormal(5)) } } },
  ],
];

/** 64 bits of all draws of every run, by its name. */
export function drawHashes(): Readonly<Record<string, string>> {
  const runs = RUNS.map(([name, scheme, more]): [string, string] => {
    const design = designs.find((one) => one.name === name) as Design;
    const options = { scheme, chains: 2, draws: 100, warmup: 50, seed: 1, ...more };
    const { values } = gibbsSync(modelOf(design), options).draws;
    const own = hash();
    own.take(new Int32Array(values.buffer, values.byteOffset, 2 * values.length));
    return [`${name}, ${scheme}${more === undefined ? "" : ", other priors"}`, own.text()];
  });
  return Object.fromEntries(runs);
}

/** Draws of this version, and a fit and a posterior saved and loaded. */
export function compareDraws(compare: Compare): void {
  for (const [name, found] of Object.entries(drawHashes()))
    compare(`draws: ${name}`, found, DRAW_HASHES[name] ?? "no hash");
  const model = modelOf(designs[1]);
  const fit = reml(model);
  const again = load(save(fit)) as LmmFit;
  compare("criterion of a saved fit", again.criterion, fit.criterion);
  compare("theta of a saved fit", again.theta.join(" "), fit.theta.join(" "));
  const posterior = gibbsSync(model, { chains: 1, draws: 100, seed: 2 });
  const longer = gibbsSync(model, { chains: 1, draws: 150, seed: 2 });
  const extended = posterior.extendSync(50);
  const values = ({ draws }: typeof posterior): string => Array.from(draws.get("sigma")).join(" ");
  compare("sigma of a run that was extended", values(extended), values(longer));
}
