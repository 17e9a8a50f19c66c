/**
 * Random terms: labels and design columns, never a dense Z.
 *
 * @module
 */

import { cross, type FactorColumn } from "../data/factor.ts";
import type { LinearPart } from "../formula/algebra.ts";
import type { Group } from "../formula/groups.ts";
import { deparse } from "../formula/parser.ts";
import type { RandomSpec } from "../formula/terms.ts";
import { type DesignColumns, designColumns } from "./design.ts";
import type { Variable } from "./evaluate.ts";
import type { Structure } from "./structures.ts";

/** A random term over n rows: J levels, k columns; row i has effect Σ_c z[i, c] b[codes[i], c]. */
export interface RandomTerm {
  /** The grouping factor as lme4 prints it: `"cask:batch"`. */
  readonly group: string;
  /** The group, with `.1`, `.2`, … for its further terms in formula order. */
  readonly name: string;
  /** Labels of the levels, those of crossed factors joined by a colon. */
  readonly levels: readonly string[];
  /** Level of each row, from 0; terms of one group share this array. */
  readonly codes: Int32Array;
  /** Coefficient names, k of them. */
  readonly columns: readonly string[];
  /** n × k, column-major. */
  readonly z: Float64Array;
  /** What its covariance matrix may be; `"cs"` has k ≥ 2. */
  readonly structure: Structure;
}

/** Which column of which linear part a random term holds, to compute it for new rows. */
export interface RandomTermRecipe {
  readonly group: Group;
  readonly name: string;
  readonly levels: readonly string[];
  readonly part: LinearPart;
  /** Indices into the columns of the part. */
  readonly columns: readonly number[];
}

/**
 * The random terms of a formula, those with most levels first (ties in formula order).
 *
 * After two bars every column becomes a term of its own, those of a factor too.
 *
 * @see lme4's `mkReTrms()`
 */
export function randomTerms(
  random: readonly RandomSpec[],
  variables: ReadonlyMap<string, Variable>,
  groups: ReadonlyMap<string, FactorColumn>,
  n: number,
): { terms: RandomTerm[]; recipes: RandomTermRecipe[] } {
  const crossed = new Map<string, FactorColumn>();
  const designs = new Map<LinearPart, DesignColumns>();
  const columnsOf = (part: LinearPart): DesignColumns => {
    const known = designs.get(part) ?? designColumns(part, variables, n);
    designs.set(part, known);
    return known;
  };
  const built = termsOf(random, (part) => columnsOf(part).names).map(
    ({ group, name, part, members, columns, structure }): { term: RandomTerm; recipe: RandomTermRecipe } => {
      const factor = crossed.get(group.label) ?? crossOf(group, groups);
      crossed.set(group.label, factor);
      const z = new Float64Array(n * members.length);
      members.forEach((column, c) => {
        z.set(columnsOf(part).columns[column], c * n);
      });
      const { levels, codes } = factor;
      return {
        term: { group: group.label, name, levels, codes, columns, z, structure },
        recipe: { group, name, levels, part, columns: members },
      };
    },
  );
  built.sort((a, b) => b.term.levels.length - a.term.levels.length);
  return { terms: built.map(({ term }) => term), recipes: built.map(({ recipe }) => recipe) };
}

/** A random term before its rows are looked at. */
export interface TermOutline {
  readonly group: Group;
  readonly name: string;
  readonly part: LinearPart;
  /** Indices into the columns of the part, and their names. */
  readonly members: readonly number[];
  readonly columns: readonly string[];
  readonly structure: Structure;
}

/** The random terms of a formula in its order, one for each group of a nesting and each column after two bars. */
export function termsOf(
  random: readonly RandomSpec[],
  namesOf: (part: LinearPart) => readonly string[],
): TermOutline[] {
  const counts = new Map<string, number>();
  return random.flatMap(({ part, correlated, structure: wanted, groups }) => {
    const names = namesOf(part);
    const all = names.map((_, j) => j);
    return groups.flatMap((group) =>
      (correlated ? [all] : all.map((j) => [j])).map((members): TermOutline => {
        const count = counts.get(group.label) ?? 0;
        counts.set(group.label, count + 1);
        const name = count === 0 ? group.label : `${group.label}.${count}`;
        const structure = members.length > 1 ? wanted : "us";
        return { group, name, part, members, columns: members.map((j) => names[j]), structure };
      }),
    );
  });
}

/** The labels of a group, crossed from its columns. */
export function crossOf(group: Group, columns: ReadonlyMap<string, FactorColumn>): FactorColumn {
  return cross(group.factors.map((node) => columns.get(deparse(node)) as FactorColumn));
}
