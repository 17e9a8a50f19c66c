import { type Dataset, rows } from "./rows.ts";

/** A row of {@link eightSchools}. */
export type EightSchoolsRow = { school: string; effect: number; se: number; weight: number };

/**
 * Effects of coaching on scores of a test, estimated in eight schools, each with its standard error: 8 rows.
 *
 * - `school`: A to H
 * - `effect`: points on the SAT-V gained by coaching, estimated in the school
 * - `se`: standard error of the estimate, taken as known, in points
 * - `weight`: 1 / se², for `weights` of `lmm()` with sigma held at 1
 */
export const eightSchools: Dataset<EightSchoolsRow> = /* @__PURE__ */ rows<EightSchoolsRow>(
  {
    school: "A B C D E F G H",
    effect: [28, 8, -3, 7, -1, 1, 18, 12],
    se: [15, 10, 16, 11, 9, 11, 10, 18],
    weight: [1 / 225, 1 / 100, 1 / 256, 1 / 121, 1 / 81, 1 / 121, 1 / 100, 1 / 324],
  },
  {
    source:
      "Rubin (1981), Estimation in parallel randomized experiments, Journal of Educational Statistics 6; Gelman et al., Bayesian Data Analysis",
  },
);
