/**
 * Deletions of single random terms, each tested against the whole model.
 *
 * @module
 */

import { type Warning, warning } from "../errors.ts";
import type { LinearPart } from "../formula/algebra.ts";
import type { Group } from "../formula/groups.ts";
import { deparse } from "../formula/parser.ts";
import { designLayout } from "../model/design.ts";
import type { LinearMixedModel } from "../model/linearMixedModel.ts";
import { keepRandomColumns } from "../model/subset.ts";
import { minimize } from "../stats/optimize.ts";
import {
  type AnovaColumn,
  AnovaTable,
  countColumn,
  labelColumn,
  ratioColumns,
  statisticColumn,
  valueColumn,
} from "./anovaTable.ts";
import { ratioTest } from "./boundary.ts";
import { criterionOf, estimatedCount, evaluate } from "./criterion.ts";
import type { Optimum } from "./optimum.ts";
import { identityStart } from "./start.ts";

/** A row of `fit.ranova()`: the whole model first, then one deletion each. */
export interface RanovaRow {
  /** `<none>`, `(1 | Subject)` or `Days in (Days | Subject)`. */
  readonly term: string;
  readonly npar: number;
  readonly logLik: number;
  readonly aic: number;
  /** Twice the fall of the log-likelihood; NaN in the first row, as what follows. */
  readonly lrt: number;
  readonly df: number;
  /** Corrected for the edge where one variance is tested. */
  readonly p: number;
  /** By plain χ², as lmerTest has it. */
  readonly pNaive: number;
  /** The distribution behind `p`. */
  readonly reference: string;
}

interface Deletion {
  readonly term: string;
  /** For each random term of the model the columns kept. */
  readonly keep: readonly (readonly number[])[];
  readonly df: number;
  /** Columns beside the single one deleted; `null` when more than one goes. */
  readonly beside: number | null;
}

/**
 * Tests every random term, or every term within it, by leaving it out. R: `lmerTest::ranova`.
 *
 * Each reduced model is fitted by the method of the fit from cross-products, without another pass over the rows. A
 * term such as `(Days | Subject)` loses `Days`; `(1 | Subject)` goes altogether. A single variance is tested by
 * ½χ²_k + ½χ²_{k+1} (Stram & Lee 1994), stated in the row; several at once by χ², which errs on the large side.
 */
export function randomTermTests(model: LinearMixedModel, optimum: Optimum): AnovaTable<RanovaRow> {
  const { method } = optimum.problem;
  const { cross, variance } = optimum.problem;
  const npar = estimatedCount(optimum.problem);
  const rowOf = (
    term: string,
    value: number,
    count: number,
    rest: Pick<RanovaRow, "lrt" | "df" | "p" | "pNaive" | "reference">,
  ): RanovaRow => ({ term, npar: count, logLik: -value / 2, aic: value + 2 * count, ...rest });
  const none = { lrt: Number.NaN, df: Number.NaN, p: Number.NaN, pNaive: Number.NaN, reference: "" };
  const rows = [rowOf("<none>", optimum.value, npar, none)];
  const several: string[] = [];
  for (const { term, keep, df, beside } of deletions(model)) {
    const problem = criterionOf(keepRandomColumns(cross, keep), method, variance);
    const { value } = minimize(
      (theta, gradient) => evaluate(problem, theta, gradient),
      identityStart(problem),
    );
    const lrt = value - optimum.value;
    if (beside === null) several.push(term);
    rows.push(rowOf(term, value, npar - df, { lrt, df, ...ratioTest(lrt, df, beside) }));
  }
  return new AnovaTable(
    `Single deletions of random terms, by ${method === "REML" ? "REML" : "maximum likelihood"}\nModel: ${model.formula}`,
    rows,
    ranovaColumns,
    notesOf(rows, several),
  );
}

function notesOf(rows: readonly RanovaRow[], several: readonly string[]): Warning[] {
  const notes: Warning[] = [];
  if (rows.some(({ reference }) => reference.includes("½"))) {
    notes.push(
      warning(
        "boundary-corrected",
        "A variance of zero lies on the edge of its range: Pr(>Chisq) is from the mixture under Reference, Pr(naive) from χ² with Df.",
      ),
    );
  }
  if (several.length > 0) {
    notes.push(
      warning(
        "boundary-conservative",
        `Several variances go at once with ${several.join(", ")}; no simple mixture is known, and χ² gives a p-value that is too large.`,
        { terms: several },
      ),
    );
  }
  return notes;
}

/** What can be left out: whole intercepts, otherwise the terms that no other one contains. */
function deletions(model: LinearMixedModel): Deletion[] {
  const out: Deletion[] = [];
  const used = new Map<string, number>();
  const whole = model.random.map(({ columns }) => columns.map((_, c) => c));
  for (const { part, correlated, structure, groups } of model.terms.random) {
    const { assign } = designLayout(part, model.variables);
    for (const group of groups) {
      // After two bars every column is a random term of its own.
      const blocks = correlated ? [Array.from(assign)] : Array.from(assign, (t) => [t]);
      for (const terms of blocks) {
        const count = used.get(group.label) ?? 0;
        used.set(group.label, count + 1);
        const name = count === 0 ? group.label : `${group.label}.${count}`;
        const at = model.random.findIndex((term) => term.name === name);
        const k = terms.length;
        if (structure === "cs" && k > 1) {
          // Its columns belong together: the term goes as a whole.
          const keep = whole.map((columns, t) => (t === at ? [] : columns));
          out.push({ term: `cs${nameOf(part, correlated, terms, null, group)}`, keep, df: 2, beside: null });
          continue;
        }
        for (const gone of correlated ? droppable(part, terms) : [terms[0]]) {
          const kept = gone === null ? [] : [...terms.keys()].filter((c) => terms[c] !== gone);
          const m = kept.length;
          out.push({
            term: nameOf(part, correlated, terms, gone, group),
            keep: whole.map((columns, t) => (t === at ? kept : columns)),
            df: (k * (k + 1) - m * (m + 1)) / 2,
            beside: k - m === 1 ? m : null,
          });
        }
      }
    }
  }
  return out;
}

/** Terms of a part that no other one contains; `null`, the whole, where there are none but the intercept. */
function droppable(part: LinearPart, present: readonly number[]): (number | null)[] {
  const own = [...new Set(present)].filter((t) => t > 0);
  const variables = (t: number): readonly number[] => part.terms[t - 1].variables;
  const free = own.filter(
    (t) => !own.some((other) => other !== t && variables(t).every((v) => variables(other).includes(v))),
  );
  return free.length > 0 ? free : [null];
}

function nameOf(
  part: LinearPart,
  correlated: boolean,
  terms: readonly number[],
  gone: number | null,
  group: Group,
): string {
  const labels = part.terms.map(({ label }) => label);
  const bar = group.factors.length > 0 ? group.label : group.factors.map(deparse).join(":");
  if (!correlated) {
    return terms[0] === 0
      ? `(1 | ${bar})`
      : `${labels[terms[0] - 1]} in (0 + ${labels[terms[0] - 1]} | ${bar})`;
  }
  const left = [...(part.intercept ? (labels.length === 0 ? ["1"] : []) : ["0"]), ...labels].join(" + ");
  return gone === null || gone === 0 ? `(${left} | ${bar})` : `${labels[gone - 1]} in (${left} | ${bar})`;
}

const ranovaColumns: readonly AnovaColumn<RanovaRow>[] = [
  labelColumn("", ({ term }) => term),
  countColumn("npar", ({ npar }) => npar),
  valueColumn("logLik", ({ logLik }) => logLik),
  valueColumn("AIC", ({ aic }) => aic),
  statisticColumn("LRT", ({ lrt }) => lrt),
  countColumn("Df", ({ df }) => df),
  ...ratioColumns<RanovaRow>(),
];
