/**
 * R-hat, ESS, MCSE and leave-one-out of fixed sequences: numbers of R 4.2.2 with posterior 1.4.0 and loo 2.5.1
 * (`test/golden/generate/selfTest.R`).
 *
 * @module
 */

import {
  essBulk,
  essMean,
  essQuantile,
  essSd,
  essTail,
  mcseMean,
  mcseQuantile,
  mcseSd,
  rhat,
  rhatBasic,
} from "../../posterior/diagnostics.ts";
import { loo } from "../../posterior/loo.ts";
import type { Compare } from "./comparison.ts";
import { generator, matrix } from "./dense.ts";

type Chains = readonly (readonly number[])[];

const MEASURES: readonly (readonly [name: string, of: (chains: Chains) => number])[] = [
  ["R-hat", (chains) => rhat([...chains])],
  ["plain R-hat", (chains) => rhatBasic([...chains])],
  ["bulk ESS", (chains) => essBulk([...chains])],
  ["tail ESS", (chains) => essTail([...chains])],
  ["ESS of the mean", (chains) => essMean([...chains])],
  ["ESS of the SD", (chains) => essSd([...chains])],
  ["MCSE of the mean", (chains) => mcseMean([...chains])],
  ["MCSE of the SD", (chains) => mcseSd([...chains])],
  ["ESS of the 10% quantile", (chains) => essQuantile([...chains], 0.1)],
  ["MCSE of the 10% quantile", (chains) => mcseQuantile([...chains], 0.1)],
];

/** By the share of a number that goes over into the next one. */
const EXPECTED: readonly (readonly [share: number, values: readonly number[]])[] = [
  [
    0,
    [
      ...[1.0007376187689077, 0.99681705521945574, 940.22739129148943, 1034.4325191707544],
      ...[910.28991653374806, 874.19748887416245, 0.0093401754342737828, 0.0045588626106356075],
      ...[937.05938366630005, 0.013872789917513728],
    ],
  ],
  [
    0.5,
    [
      ...[1.0038699354322829, 0.99855533562818022, 329.05234167130936, 522.3861421813142],
      ...[330.56841760507376, 705.14153801369218, 0.018272936280207028, 0.0079126008287957218],
      ...[543.16596198977345, 0.019482715003335926],
    ],
  ],
  [
    -0.5,
    [
      ...[0.99900702673400121, 0.99626596730782735, 3000, 911.28986317422664],
      ...[3000, 690.1061343091535, 0.0057990315953683775, 0.0073879466429006089],
      ...[1182.6480400734786, 0.012916009738620393],
    ],
  ],
];

const ELPD = [
  ...[-1.2767667147667261, -1.6291642888075701, -1.9909088682628147],
  ...[-2.471513777420796, -2.8859952918994294, -3.5335554762701253],
];
const PARETO_K = [
  ...[-0.1524239431221063, -0.046418458916342137, 0.079510810575372015],
  ...[0.15372890391671529, 0.18743177945816863, 0.41017391611382947],
];

/** Sums in another order than R's; the Fourier transform of the chains carries 1e-14. */
const SUMS = 1e-10;

/** Diagnostics of four chains of 250 numbers; leave-one-out of six observations with 400 draws. */
export function compareDiagnostics(compare: Compare): void {
  for (const [share, values] of EXPECTED) {
    const chains = [1, 2, 3, 4].map((seed) => autoregressive(seed, 250, share));
    MEASURES.forEach(([name, of], i) => {
      const what = `${name} of sequences with autocorrelation ${share}`;
      compare(what, of(chains), values[i], SUMS * values[i]);
    });
  }
  const next = generator(99);
  const logLik = matrix(400, 6, (_, i) => -1 - (i + 1) * next() * next());
  const { pointwise, elpdLoo, se, pLoo, sePLoo } = loo(logLik, { chains: 4 });
  pointwise.forEach((row, i) => {
    compare(`elpd of observation ${i}`, row.elpdLoo, ELPD[i], SUMS * Math.abs(ELPD[i]));
    compare(`Pareto k of observation ${i}`, row.paretoK, PARETO_K[i], SUMS);
  });
  compare("elpd", elpdLoo, -13.787904417427461, SUMS * 14);
  compare("standard error of elpd", se, 2.0455824859326719, SUMS * 3);
  compare("effective parameters", pLoo, 4.1925251930979863, SUMS * 5);
  compare("standard error of effective parameters", sePLoo, 1.4424354324011968, SUMS * 2);
}

function autoregressive(seed: number, size: number, share: number): number[] {
  const next = generator(seed);
  let before = 0;
  return Array.from({ length: size }, () => {
    before = share * before + next() - 0.5;
    return before;
  });
}
