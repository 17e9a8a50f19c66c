/**
 * Complete, no and partial pooling side by side.
 *
 * @module
 */

import { fixed as decimals, formatNumbers, showAs, textTable, wordColumn } from "../data/format.ts";
import { ArgumentError, didYouMean, knownOptions, listOf, ModelError, show } from "../errors.ts";
import { leastSquares } from "../linalg/leastSquares.ts";
import type { LinearMixedModel } from "../model/linearMixedModel.ts";
import { analyseRank } from "../model/rank.ts";
import { reml } from "./fit.ts";
import type { LmmFit } from "./lmmFit.ts";
import { isFit } from "./marginal.ts";

/** A coefficient of one level under the three ways of pooling. */
export interface PoolingRow {
  readonly group: string;
  readonly level: string;
  readonly term: string;
  /** Least squares on all rows, groups ignored; 0 for a column that only varies by group. */
  readonly complete: number;
  /** Least squares on the level's own rows; NaN where they do not determine the coefficient. */
  readonly none: number;
  /** Fixed effect plus conditional mode. */
  readonly partial: number;
}

/** The rows of {@link comparePooling}, printing as a table. */
export class PoolingTable {
  readonly formula: string;
  readonly rows: readonly PoolingRow[];

  constructor(formula: string, rows: readonly PoolingRow[]) {
    this.formula = formula;
    this.rows = rows;
    showAs(this, () => this.#text());
  }

  /** One line per level and coefficient. */
  #text(): string {
    const { rows } = this;
    const group = rows[0].group;
    const terms = [...new Set(rows.map(({ term }) => term))];
    // Coefficients of one kind share their decimals.
    const cells = new Map<PoolingRow, readonly string[]>();
    for (const term of terms) {
      const own = rows.filter((row) => row.term === term);
      const texts = formatNumbers(
        own
          .flatMap(({ complete, none, partial }) => [complete, none, partial])
          .map((v) => Number(v.toPrecision(12))),
        { digits: 4 },
      );
      const behind = Math.min(3, Math.max(...texts.map((text) => (text.split(".")[1] ?? "").length)));
      for (const row of own) {
        cells.set(
          row,
          [row.complete, row.none, row.partial].map((value) => decimals(value, behind)),
        );
      }
    }
    const column = (header: string, c: number): { header: string; cells: string[] } => ({
      header,
      cells: rows.map((row) => cells.get(row)?.[c] ?? ""),
    });
    const table = textTable([
      wordColumn(
        group,
        rows.map(({ level }, i) => (i > 0 && rows[i - 1].level === level ? "" : level)),
      ),
      wordColumn(
        "Term",
        rows.map(({ term }) => term),
      ),
      column("complete", 0),
      column("none", 1),
      column("partial", 2),
    ]);
    return `Pooling by ${group}: ${this.formula}\n${table}`;
  }

  toJSON(): readonly PoolingRow[] {
    return this.rows;
  }
}

/**
 * The coefficients of every level of a group, estimated in three ways: by one least-squares fit of all rows that ignores
 * the groups (complete pooling), by a least-squares fit of the level's own rows (no pooling), and by the mixed model
 * (partial pooling, `coef()` of its REML fit). Fixed and random columns of the model are all estimated; weights and
 * offsets enter all three.
 *
 * @param model - a model with one grouping factor, or a fit of one (whose estimates are then used)
 * @param options - `group`: which group's levels to list, needed when the model has several
 * @throws {ModelError} `several-groups`; {ArgumentError} `unknown-group`, `unknown-option`
 * @see R: `lm(y ~ x)`, `lme4::lmList(y ~ x | g)`, `coef(lmer(…))`
 *
 * @example
 * comparePooling(lmm("Reaction ~ Days + (Days | Subject)", sleepstudy)).rows[1];
 * // { group: "Subject", level: "308", term: "Days", complete: 10.47, none: 21.76, partial: 19.67 }
 */
export function comparePooling(
  model: LinearMixedModel | LmmFit,
  options: { readonly group?: string } = {},
): PoolingTable {
  knownOptions("comparePooling", options, ["group"]);
  const fit = isFit(model) ? model : reml(model);
  const { model: source } = fit;
  if (source.strata !== null) {
    throw new ModelError(
      "one-sigma",
      `comparePooling is made for one residual variance, and this model has one for each ${source.strata.name}.`,
      "Make the model without sigmaBy.",
      { sigmaBy: source.strata.name },
    );
  }
  const group = chosenGroup(source, options.group);
  const partial = new Map(
    fit
      .coef()
      .filter((row) => row.group === group)
      .map((row) => [`${row.level}\n${row.term}`, row.value]),
  );
  const { names, columns } = allColumns(source, group);
  const complete = fitColumns(source, names, columns.slice(0, source.p), null);
  const term = source.random.find((one) => one.group === group)!;
  const members: number[][] = term.levels.map(() => []);
  term.codes.forEach((code, i) => {
    members[code].push(i);
  });
  const rows = term.levels.flatMap((level, j) => {
    const none = fitColumns(source, names, columns, members[j]);
    return names.map((name, c) => ({
      group,
      level,
      term: name,
      complete: c < source.p ? complete[c] : 0,
      none: none[c],
      partial: partial.get(`${level}\n${name}`) ?? Number.NaN,
    }));
  });
  return new PoolingTable(source.formula, rows);
}

function chosenGroup({ random, formula }: LinearMixedModel, wanted: string | undefined): string {
  const groups = [...new Set(random.map(({ group }) => group))];
  if (wanted !== undefined) {
    if (groups.includes(wanted)) return wanted;
    const near = typeof wanted === "string" ? didYouMean(wanted, groups) : undefined;
    throw new ArgumentError(
      "unknown-group",
      `The model has no group ${show(wanted)}.`,
      near === undefined ? `It has ${listOf(groups, 12)}.` : `Did you mean "${near}"?`,
      { group: wanted, known: groups },
    );
  }
  if (groups.length === 1) return groups[0];
  throw new ModelError(
    "several-groups",
    `${formula} groups by ${listOf(groups, 12)}, so there is no single set of levels to fit one by one.`,
    `Choose one of them: { group: ${show(groups[0])} }.`,
    { groups },
  );
}

/** The fixed columns, then those that only vary by the group; n each. */
function allColumns(
  { fixed, random, n }: LinearMixedModel,
  group: string,
): { names: string[]; columns: Float64Array[] } {
  const names = [...fixed.names];
  const columns = fixed.names.map((_, c) => fixed.values.slice(c * n, (c + 1) * n));
  for (const term of random) {
    if (term.group !== group) continue;
    term.columns.forEach((name, c) => {
      if (names.includes(name)) return;
      names.push(name);
      columns.push(term.z.slice(c * n, (c + 1) * n));
    });
  }
  return { names, columns };
}

/**
 * Least-squares coefficients on some rows (`null`: all). Columns that the rows cannot tell apart from earlier ones get
 * NaN, and so do the columns they are confounded with.
 */
function fitColumns(
  { response, offset, weights, n }: LinearMixedModel,
  names: readonly string[],
  columns: readonly Float64Array[],
  rows: readonly number[] | null,
): Float64Array {
  const at = rows ?? Array.from({ length: n }, (_, i) => i);
  const m = at.length;
  const here = columns.map((column) => Float64Array.from(at, (i) => column[i]));
  const isConstant = here[0]?.every((value) => value === 1) === true;
  const { kept, relations } = analyseRank(names, here, isConstant);
  const out = new Float64Array(columns.length).fill(Number.NaN);
  const X = new Float64Array(m * kept.length);
  kept.forEach((column, j) => {
    X.set(here[column], j * m);
  });
  const y = Float64Array.from(at, (i) => response.values[i] - (offset === null ? 0 : offset[i]));
  const w = weights === null ? null : Float64Array.from(at, (i) => weights[i]);
  const { beta } = leastSquares(X, y, m, kept.length, w, isConstant);
  const confounded = new Set(relations.flatMap(({ coefficients }) => [...coefficients.keys()]));
  kept.forEach((column, j) => {
    if (!confounded.has(names[column])) out[column] = beta[j];
  });
  return out;
}
