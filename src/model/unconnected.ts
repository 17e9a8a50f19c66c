/**
 * Crossed groups whose levels never meet across blocks, unless another factor of the model tells the blocks apart.
 *
 * @module
 */

import { type Warning, warning } from "../errors.ts";
import type { ModelFrame } from "./modelFrame.ts";
import type { RandomTerm } from "./randomTerms.ts";
import type { ModelSums } from "./sums.ts";
import type { Outline } from "./sumsOutline.ts";

/** A column is in the span of others when its squared cosine with them is nearer to 1 than this. */
const SPANNED = 1e-12;

/** A factor with intercepts of its own. */
interface Labels {
  readonly name: string;
  /** Levels. */
  readonly count: number;
}

/** Goes through the pairs of levels of two factors that share a row, some of them perhaps several times. */
type Meetings<T> = (a: T, b: T, see: (level: number, other: number) => void) => void;

/**
 * `unconnected-blocks`.
 *
 * @param isFixed - whether the fixed part has a coefficient for each block, the block of each level of a group given
 */
function unconnectedBlocks<T extends Labels>(
  groups: readonly T[],
  meetings: Meetings<T>,
  isFixed: (group: T, blockOf: Int32Array) => boolean,
): Warning[] {
  return groups.flatMap((a, i) =>
    groups.slice(i + 1).flatMap((b) => {
      const { blocks, blockOf } = blocksOf(a, b, meetings);
      // One block for each level of a group: that group is nested in the other.
      if (blocks === 1 || blocks === Math.min(a.count, b.count)) return [];
      const others = groups.filter((other) => other !== a && other !== b);
      if (others.some((other) => tellsApart(other, a, blockOf, meetings)) || isFixed(a, blockOf)) return [];
      return warning(
        "unconnected-blocks",
        `${a.name} and ${b.name} fall into ${blocks} blocks without a level in common: whether blocks differ by ${a.name} or by ${b.name} rests on the two variances alone. ` +
          "If the blocks have a name, add it to the model.",
        { groups: [a.name, b.name], blocks },
      );
    }),
  );
}

/** The connected components of the levels of two factors; by level of `a` the block it is in. */
function blocksOf<T extends Labels>(
  a: T,
  b: T,
  meetings: Meetings<T>,
): { blocks: number; blockOf: Int32Array } {
  const parent = Int32Array.from({ length: a.count + b.count }, (_, i) => i);
  const rootOf = (of: number): number => {
    let i = of;
    while (parent[i] !== i) {
      parent[i] = parent[parent[i]];
      i = parent[i];
    }
    return i;
  };
  let blocks = parent.length;
  meetings(a, b, (level, other) => {
    const [one, two] = [rootOf(level), rootOf(a.count + other)];
    if (one === two) return;
    parent[two] = one;
    blocks--;
  });
  return { blocks, blockOf: Int32Array.from({ length: a.count }, (_, level) => rootOf(level)) };
}

/** Whether a factor has one level within every block, and another one in every other. */
function tellsApart<T extends Labels>(factor: T, a: T, blockOf: Int32Array, meetings: Meetings<T>): boolean {
  const levelOf = new Map<number, number>();
  let constant = true;
  meetings(a, factor, (level, other) => {
    const block = blockOf[level];
    if (!levelOf.has(block)) levelOf.set(block, other);
    if (levelOf.get(block) !== other) constant = false;
  });
  return constant && new Set(levelOf.values()).size === levelOf.size;
}

type RowLabels = Labels & { readonly codes: Int32Array };

/** `unconnected-blocks` of a model that holds its rows. */
export function unconnectedRows({ variables }: ModelFrame, random: readonly RandomTerm[]): Warning[] {
  const groups = new Map<string, RowLabels>();
  for (const { group, codes, levels, columns } of random)
    if (columns.includes("(Intercept)")) groups.set(group, { name: group, codes, count: levels.length });
  const fixed = [...variables.values()].flatMap((variable): RowLabels[] => {
    if (variable.kind !== "factor") return [];
    const { codes, levels } = variable.factor;
    return [{ name: variable.label, codes, count: levels.length }];
  });
  const meetings: Meetings<RowLabels> = (a, b, see) => {
    a.codes.forEach((code, row) => {
      see(code, b.codes[row]);
    });
  };
  return unconnectedBlocks([...groups.values()], meetings, (group, blockOf) =>
    fixed.some((factor) => tellsApart(factor, group, blockOf, meetings)),
  );
}

type SummedFactor = Labels & { readonly factor: number; readonly column: number };

/** `unconnected-blocks` of a model of sums. */
export function unconnectedLevels({ n, products }: ModelSums, { terms, places }: Outline): Warning[] {
  const groups = new Map<string, SummedFactor>();
  terms.forEach(({ term: { group: name, levels, columns } }, t) => {
    const { factor, offset } = places[t];
    const at = columns.indexOf("(Intercept)");
    if (at >= 0) groups.set(name, { name, count: levels.length, factor, column: offset + at });
  });
  const meetings: Meetings<SummedFactor> = (a, b, see) => {
    const [f, h] = [a.factor, b.factor].sort((x, y) => x - y);
    const { rowStart, column } = products.pairs[f][h - f - 1];
    for (let level = 0; level + 1 < rowStart.length; level++)
      for (let e = rowStart[level]; e < rowStart[level + 1]; e++)
        if (f === a.factor) see(level, column[e]);
        else see(column[e], level);
  };
  // A block is in the span of X when its indicator is as long as its projection on Q.
  const isFixed = ({ factor, column }: SummedFactor, blockOf: Int32Array): boolean => {
    const { q } = products;
    const { k, ztz, ztx } = products.factors[factor];
    return [...new Set(blockOf)].every((block) => {
      const sums = new Float64Array(q);
      blockOf.forEach((own, level) => {
        if (own !== block) return;
        for (let j = 0; j < q - 1; j++) sums[j] += ztx[level * k * q + column + j * k];
        sums[q - 1] += ztz[level * k * k + column * (k + 1)];
      });
      const along = sums.subarray(0, q - 1).reduce((sum, value) => sum + value * value, 0);
      return along >= (1 - SPANNED) * n * sums[q - 1];
    });
  };
  return unconnectedBlocks([...groups.values()], meetings, isFixed);
}
