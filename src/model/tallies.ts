/**
 * What the rows of a model are by level: the cells of the fixed part, the levels of groups, and how many rows each has.
 *
 * @module
 */

import type { FactorColumn } from "../data/factor.ts";
import { deparse } from "../formula/parser.ts";
import type { LinearMixedModel } from "./linearMixedModel.ts";
import type { RandomTerm } from "./randomTerms.ts";
import type { SummedGroup, Tallies } from "./sums.ts";

/** The combinations of levels of the factors of the fixed part. */
export interface SummedCells {
  readonly labels: readonly string[];
  /** For each factor its level in each combination. */
  readonly codes: readonly Int32Array[];
}

/** The combinations that occur in the fixed part of a model, in the order of their codes, and the rows of each. */
export function cellsSeen({
  cells,
  terms,
}: LinearMixedModel): SummedCells & { readonly counts: Float64Array } {
  const labels = terms.fixed.labels.filter((label) => cells.variables.get(label)?.kind === "factor");
  const factors = labels.map((label) => {
    const variable = cells.variables.get(label);
    return variable?.kind === "factor" ? variable.factor : (undefined as never);
  });
  const place = new Float64Array(cells.n);
  for (const { codes, levels } of factors)
    for (let i = 0; i < cells.n; i++) place[i] = place[i] * levels.length + codes[i];
  const counts = new Map<number, number>();
  for (const at of place) counts.set(at, (counts.get(at) ?? 0) + 1);
  const seen = [...counts.keys()].sort((a, b) => a - b);
  const codes = factors.map(() => new Int32Array(seen.length));
  seen.forEach((at, cell) => {
    let rest = at;
    for (let f = factors.length - 1; f >= 0; f--) {
      codes[f][cell] = rest % factors[f].levels.length;
      rest = Math.floor(rest / factors[f].levels.length);
    }
  });
  return { labels, codes, counts: Float64Array.from(seen, (at) => counts.get(at) as number) };
}

/** The grouping factors of a model, in the order of those of its cross-products. */
export function groupsSeen({ random, recipe, groups, crossProducts }: LinearMixedModel): SummedGroup[] {
  const out: SummedGroup[] = [];
  random.forEach(({ group: label, levels, codes }, t) => {
    const columns = recipe.random[t].group.factors.map(deparse);
    const levelsOf = (column: string): Int32Array => {
      const own = new Int32Array(levels.length);
      (groups.get(column) as FactorColumn).codes.forEach((code, i) => {
        own[codes[i]] = code;
      });
      return own;
    };
    out[crossProducts.places[t].factor] ??= { label, columns, codes: columns.map(levelsOf) };
  });
  return out;
}

/** The tallies of a model that holds its rows. */
export function talliesOf(model: LinearMixedModel, cells: Float64Array): Tallies {
  const { n, random } = model;
  const { factors, places } = model.crossProducts;
  const groups = factors.map(({ levels }) => new Float64Array(levels));
  const constants = factors.map(({ levels, k }) => new Float64Array(levels * k));
  random.forEach((term, t) => {
    const { factor, offset } = places[t];
    const { k } = factors[factor];
    if (offset === 0) for (let i = 0; i < n; i++) groups[factor][term.codes[i]]++;
    fillConstants(constants[factor], k, offset, term, n);
  });
  return { groups, pairs: pairRows(model), cells, constants, squares: squaresOf(model) };
}

function pairRows({ random, crossProducts: { pairs, places } }: LinearMixedModel): Float64Array[][] {
  const codesOf = (f: number): Int32Array => random[places.findIndex(({ factor }) => factor === f)].codes;
  return pairs.map((list, f) =>
    list.map(({ rowStart, column }, d) => {
      const other = codesOf(f + 1 + d);
      const rows = new Float64Array(column.length);
      codesOf(f).forEach((level, i) => {
        let at = rowStart[level];
        while (column[at] !== other[i]) at++;
        rows[at]++;
      });
      return rows;
    }),
  );
}

function squaresOf({ n, random, crossProducts: { factors, places } }: LinearMixedModel): Float64Array[] {
  return factors.map(({ k }, factor) => {
    const out = new Float64Array(k * k);
    const columns = random.flatMap(({ columns: own, z }, t) => {
      const place = places[t];
      return place.factor === factor ? own.map((_, c) => ({ at: place.offset + c, z, start: c * n })) : [];
    });
    for (const a of columns)
      for (const b of columns)
        for (let i = 0; i < n; i++) out[a.at + b.at * k] += a.z[a.start + i] * b.z[b.start + i];
    return out;
  });
}

function fillConstants(
  out: Float64Array,
  k: number,
  offset: number,
  { codes, columns, levels, z }: RandomTerm,
  n: number,
): void {
  const seen = new Uint8Array(levels.length);
  for (let c = 0; c < columns.length; c++) {
    seen.fill(0);
    for (let i = 0; i < n; i++) {
      const at = codes[i] * k + offset + c;
      const value = z[c * n + i];
      if (seen[codes[i]] === 0) out[at] = value;
      // NaN stays: it equals nothing.
      else if (out[at] !== value) out[at] = Number.NaN;
      seen[codes[i]] = 1;
    }
  }
}
