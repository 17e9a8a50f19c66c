/**
 * Sequential analysis of variance of a linear model.
 *
 * @module
 */

import { showAs } from "../data/format.ts";
import type { LeastSquares } from "../linalg/leastSquares.ts";
import type { FixedDesign } from "../model/design.ts";
import { fUpper } from "../stats/distributions.ts";
import { printLmAnova } from "./lmPrint.ts";

/** A row of a sequential analysis of variance; F and p are `null` in the row of residuals. */
export interface LmAnovaRow {
  readonly term: string;
  readonly df: number;
  readonly sumSq: number;
  readonly meanSq: number;
  readonly f: number | null;
  readonly p: number | null;
}

/**
 * A sequential (type I) analysis of variance: the sum of squares of a term is what it explains beyond the terms
 * before it, Σ (Q′y)² over its columns. R: `anova(lm(…))`.
 */
export class LmAnova {
  readonly response: string;
  readonly rows: readonly LmAnovaRow[];

  constructor(response: string, fixed: FixedDesign, { effects, rss }: LeastSquares, dfResidual: number) {
    this.response = response;
    const residual = rss / dfResidual;
    const rows: LmAnovaRow[] = [];
    fixed.termLabels.forEach((term, t) => {
      let sumSq = 0;
      let df = 0;
      fixed.assign.forEach((owner, j) => {
        if (owner !== t + 1) return;
        sumSq += effects[j] * effects[j];
        df++;
      });
      if (df === 0) return;
      const f = sumSq / df / residual;
      rows.push({ term, df, sumSq, meanSq: sumSq / df, f, p: fUpper(f, df, dfResidual) });
    });
    rows.push({ term: "Residuals", df: dfResidual, sumSq: rss, meanSq: residual, f: null, p: null });
    this.rows = rows;
    showAs(this, () => printLmAnova(this));
  }

  toJSON(): readonly LmAnovaRow[] {
    return this.rows;
  }
}
