/**
 * S −= Σ_j W_j′B_jB_j′W_j over the levels of a factor whose Z_j′WZ_j all differ: in WebAssembly, two levels at a time,
 * where that can be had; else by the plain kernel, which adds every other level first and so has the same bits.
 *
 * @module
 */

import { DISTINCT_MODULES } from "./kernels/distinctModules.ts";
import { type DistinctKernel, oneFactorKernels } from "./kernels/index.ts";
import { instantiate } from "./webAssembly.ts";

/** The loop, with what it needs of the data. */
export interface DistinctLevels {
  /** B of every level as the last call left it, k × k each. */
  readonly B: Float64Array;
  /** S (q × q, upper triangle) −= Σ_j W_j′B_jB_j′W_j at Λ (k × k, lower); returns Σ log|L_j|. */
  reduceInto(S: Float64Array, lambda: Float64Array): number;
}

/** What the loop reads of a factor. */
interface DistinctFactor {
  readonly levels: number;
  readonly k: number;
  /** k × k per level. */
  readonly ztz: Float64Array;
  /** k × q per level. */
  readonly ztx: Float64Array;
}

/** Levels from which the transport of Λ and S is made up for. */
const FEWEST_LEVELS = 32;

/** The loop for a factor of one to four columns. */
export function distinctLevels(
  factor: DistinctFactor,
  q: number,
  ln: (x: number) => number,
  fewest: number = FEWEST_LEVELS,
): DistinctLevels {
  return (factor.levels < fewest ? undefined : inLanes(factor, q, ln)) ?? plain(factor, q, ln);
}

function plain(
  { levels, k, ztz, ztx }: DistinctFactor,
  q: number,
  ln: (x: number) => number,
): DistinctLevels {
  const distinct: DistinctKernel = oneFactorKernels(k, q).distinct;
  const B = new Float64Array(levels * k * k);
  const C = new Float64Array(k * q);
  return { B, reduceInto: (S, lambda) => distinct(lambda, levels, ztz, ztx, q, S, B, C, ln) };
}

interface Functions {
  distinct(pairs: number, lambda: number, ztz: number, ztx: number, B: number, S: number): number;
}

function inLanes(
  { levels, k, ztz, ztx }: DistinctFactor,
  q: number,
  ln: (x: number) => number,
): DistinctLevels | undefined {
  const module = DISTINCT_MODULES[k - 1]?.[q - k - 1];
  if (module === undefined) return undefined;
  const size = k * k;
  const width = k * q;
  // A level of zeros fills up the last pair: B = Λ, |L| = 1, and nothing is taken off.
  const padded = levels + (levels % 2);
  const ztzAt = 8 * (size + q * q);
  const ztxAt = ztzAt + 8 * padded * size;
  const at = ztxAt + 8 * padded * width;
  const compiled = instantiate<Functions>(module, "distinct", at + 8 * padded * size, { ln });
  if (compiled === undefined) return undefined;
  const { buffer, functions } = compiled;
  const ownLambda = new Float64Array(buffer, 0, size);
  const ownS = new Float64Array(buffer, 8 * size, q * q);
  interleaveInto(new Float64Array(buffer, ztzAt, padded * size), ztz, size);
  interleaveInto(new Float64Array(buffer, ztxAt, padded * width), ztx, width);
  return {
    B: new Float64Array(buffer, at, levels * size),
    reduceInto(S, lambda) {
      ownLambda.set(lambda);
      ownS.set(S);
      const log = functions.distinct(padded / 2, 0, ztzAt, ztxAt, at, 8 * size);
      S.set(ownS);
      return log;
    },
  };
}

/** Entry e of levels 2u and 2u + 1 side by side. */
function interleaveInto(out: Float64Array, values: Float64Array, size: number): void {
  for (let i = 0; i < values.length; i++) {
    const level = Math.floor(i / size);
    out[((level >> 1) * size + (i % size)) * 2 + (level & 1)] = values[i];
  }
}
