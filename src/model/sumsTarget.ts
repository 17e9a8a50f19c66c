/**
 * From the columns and levels of one source to those of several.
 *
 * @module
 */

import type { LinearPart } from "../formula/algebra.ts";
import { productInto } from "../linalg/dense.ts";
import { recoding } from "./recoding.ts";
import type { ModelSums, SummedGroup } from "./sums.ts";
import { type Outline, outlineOf } from "./sumsOutline.ts";
import { levelPlaces, type SumsLayout } from "./unite.ts";
import { named } from "./uniteLabels.ts";

/** What sums are to be expressed in. */
export interface SumsTarget {
  readonly layout: SumsLayout;
  readonly outline: Outline;
  /** Columns of X. */
  readonly p: number;
  /** In the order of the factors of cross-products. */
  readonly groups: readonly SummedGroup[];
  /** Columns of each. */
  readonly k: readonly number[];
}

/** A factor of the target in a source. */
export interface FactorWay {
  /** Which of the source's it is. */
  readonly from: number;
  /** Z = Z_source C in the user's units, k_source × k; */
  readonly C: Float64Array;
  /** K is the same from the source's working units. */
  readonly K: Float64Array;
  /** The target's level of each of the source's, −1 for those it lacks. */
  readonly places: Int32Array;
}

/** How a source is expressed in a target. */
export interface Way {
  readonly source: ModelSums;
  /** R of the source for the columns of the target: X = QR on its rows. */
  readonly R: Float64Array;
  readonly factors: readonly FactorWay[];
}

/** Puts a layout in order. */
export function targetOf(layout: SumsLayout): SumsTarget {
  const outline = outlineOf(layout);
  const groups: SummedGroup[] = [];
  const k: number[] = [];
  outline.places.forEach((place, t) => {
    groups[place.factor] = named(layout.groups, outline.terms[t].term.group);
    k[place.factor] = (k[place.factor] ?? 0) + place.k;
  });
  return { layout: { ...layout, groups }, outline, p: layout.kept.length, groups, k };
}

/** Finds a source's columns and levels in a target. */
export function wayTo(target: SumsTarget, source: ModelSums): Way {
  const { layout, outline, p, groups, k } = target;
  const own = outlineOf(source, outline.formula);
  const codes = new Map<LinearPart, { readonly C: Float64Array; readonly rows: number }>();
  const codingOf = (part: LinearPart): { readonly C: Float64Array; readonly rows: number } => {
    const made = codes.get(part) ?? recoding(part, own.variables, outline.variables);
    codes.set(part, made);
    return made;
  };
  const { C, rows } = codingOf(outline.formula.fixed);
  const rank = source.products.q - 1;
  const { kept } = source;
  const columns = new Float64Array(kept.length * p);
  for (let j = 0; j < p; j++)
    for (let i = 0; i < kept.length; i++) columns[i + j * kept.length] = C[kept[i] + layout.kept[j] * rows];
  const R = new Float64Array(rank * p);
  productInto(R, 0, source.products.R, 0, columns, 0, rank, p, kept.length);
  const factors = groups.map((group, f) => {
    const from = source.groups.findIndex(({ label }) => label === group.label);
    const size = source.products.factors[from].k;
    const D = new Float64Array(size * k[f]);
    const K = new Float64Array(size * k[f]);
    outline.terms.forEach(({ recipe: { part, columns: wanted } }, t) => {
      if (outline.places[t].factor !== f) return;
      const coding = codingOf(part);
      own.terms.forEach(({ recipe }, s) => {
        if (own.places[s].factor !== from || recipe.part !== part) return;
        wanted.forEach((to, c) => {
          recipe.columns.forEach((at, i) => {
            const row = own.places[s].offset + i;
            const e = row + (outline.places[t].offset + c) * size;
            D[e] = coding.C[at + to * coding.rows];
            K[e] = D[e] * source.products.zScale[from][row];
          });
        });
      });
    });
    return { from, C: D, K, places: levelPlaces(source.groups[from], source.labels, layout) };
  });
  return { source, R, factors };
}
