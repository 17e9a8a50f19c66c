/**
 * The columns of a linear part when its factors have other levels, in terms of the columns that it has.
 *
 * @module
 */

import type { LinearPart } from "../formula/algebra.ts";
import { solveGeneral } from "../linalg/lu.ts";
import { designLayout, type Piece, termPieces } from "./design.ts";
import type { Variable } from "./evaluate.ts";

/** A factor in a product: what it says of each of its old levels. */
interface Said {
  readonly label: string;
  readonly values: Float64Array;
}

/**
 * C with X_to = X_from C for every row whose labels both codings know; column-major, columns of `from` × columns of `to`.
 *
 * A contrast of other levels is, on the levels at hand, a constant and a combination of their own contrasts; the constant
 * leaves the term without that factor, which the formula has wherever it codes by contrasts.
 */
export function recoding(
  part: LinearPart,
  from: ReadonlyMap<string, Variable>,
  to: ReadonlyMap<string, Variable>,
): { readonly C: Float64Array; readonly rows: number } {
  const old = designLayout(part, from);
  const next = designLayout(part, to);
  const rows = old.names.length;
  const C = new Float64Array(rows * next.names.length);
  const columnOf = new Map(old.products.map((product, j) => [keyOf(product), j]));
  const termOf = new Map(
    part.terms.map(({ variables }, t) => [setOf(variables.map((v) => part.labels[v])), t]),
  );
  const codings = termPieces(part, from);

  /** Adds `amount` times a product of factors and numbers to column `into`. */
  const add = (into: number, factors: readonly Said[], numbers: readonly Piece[], amount: number): void => {
    const labels = [...factors, ...numbers].map(({ label }) => label);
    const term = termOf.get(setOf(labels)) ?? -1;
    const choose = (at: number, chosen: readonly Piece[], weight: number): void => {
      if (at === factors.length) {
        C[(columnOf.get(keyOf([...chosen, ...numbers])) as number) + into * rows] += weight;
        return;
      }
      const { label, values } = factors[at];
      const own = part.terms[term].variables.findIndex((v) => part.labels[v] === label);
      const pieces = codings[term][own];
      // [1 pieces] by contrasts; one piece for each level without.
      const byContrasts = pieces.length < values.length;
      const basis = new Float64Array(values.length ** 2).fill(1);
      pieces.forEach(({ coding }, c) => {
        basis.set(coding as Float64Array, (c + (byContrasts ? 1 : 0)) * values.length);
      });
      const shares = solveGeneral(basis, values, values.length) as Float64Array;
      pieces.forEach((piece, c) => {
        const share = shares[c + (byContrasts ? 1 : 0)];
        if (share !== 0) choose(at + 1, [...chosen, piece], weight * share);
      });
      if (!byContrasts || shares[0] === 0) return;
      const before = chosen.map(
        (piece): Said => ({ label: piece.label, values: piece.coding as Float64Array }),
      );
      add(into, [...before, ...factors.slice(at + 1)], numbers, weight * shares[0]);
    };
    choose(0, [], amount);
  };

  next.products.forEach((product, j) => {
    const factors = product.flatMap(({ label, coding }): Said[] => {
      if (coding === null) return [];
      const places = new Map(levelsOf(to, label).map((level, i) => [level, i]));
      const values = Float64Array.from(levelsOf(from, label), (level) => {
        const place = places.get(level);
        return place === undefined ? 0 : coding[place];
      });
      return [{ label, values }];
    });
    add(
      j,
      factors,
      product.filter(({ coding }) => coding === null),
      1,
    );
  });
  return { C, rows };
}

function levelsOf(variables: ReadonlyMap<string, Variable>, label: string): readonly string[] {
  const variable = variables.get(label);
  return variable?.kind === "factor" ? variable.factor.levels : [];
}

/** The same for the same labels in any order. */
const setOf = (labels: readonly string[]): string => JSON.stringify([...labels].sort());

const keyOf = (product: readonly Piece[]): string =>
  setOf(product.map(({ label, index }) => JSON.stringify([label, index])));
