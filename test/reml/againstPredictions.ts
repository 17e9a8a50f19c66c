/** Holds predictions against those of lme4. */

import { expect } from "vitest";
import type { LmmFit } from "../../src/reml/lmmFit.ts";
import { Margins } from "./margins.ts";
import type { ReferenceFit } from "./references.ts";

/** The `predict` block of a reference fit. */
interface PredictBlock {
  readonly newdata: Readonly<Record<string, readonly (string | number)[]>>;
  readonly full_allow_new_levels: readonly number[];
  readonly re_form_NA: readonly number[];
  readonly partial?: Readonly<Record<string, { readonly value: readonly number[] }>>;
}

/** With all random effects (unknown labels: 0), with none, and with one grouping factor at a time. */
export function expectSamePredictions(fit: LmmFit, reference: ReferenceFit): void {
  const { predict } = reference as unknown as { readonly predict: PredictBlock };
  const columns = Object.entries(predict.newdata);
  const rows = columns[0][1].map((_, i) =>
    Object.fromEntries(columns.map(([name, values]) => [name, values[i]])),
  );
  const margins = new Margins();
  const near = (
    what: string,
    actual: readonly { readonly estimate: number }[],
    expected: readonly number[],
  ): void => {
    expect(actual).toHaveLength(expected.length);
    expected.forEach((value, i) => {
      // DESIGN.md asks 1e-5 of every estimate; a prediction varies by σ and more.
      margins.near(`${what}, row ${i}`, actual[i].estimate, value, fit.sigma, 1e-5);
    });
  };
  near("all effects", fit.predict(rows, { groups: "new" }), predict.full_allow_new_levels);
  near("the population", fit.predict(rows, { groups: "population" }), predict.re_form_NA);
  near("no terms", fit.predict(rows, { groups: "new", terms: [] }), predict.re_form_NA);
  for (const [group, { value }] of Object.entries(predict.partial ?? {})) {
    near(`${group} alone`, fit.predict(rows, { groups: "new", terms: [group] }), value);
  }
  margins.settle();
}
