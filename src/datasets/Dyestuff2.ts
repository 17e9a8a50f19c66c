import { type Dataset, rows } from "./rows.ts";

/** A row of {@link Dyestuff2}. */
export type Dyestuff2Row = { Batch: string; Yield: number };

/**
 * Simulated yields in which the batches differ less than chance would have it: 30 rows. REML puts the variance
 * between batches at zero.
 *
 * - `Batch`: A to F
 * - `Yield`: simulated, without units
 */
export const Dyestuff2: Dataset<Dyestuff2Row> = /* @__PURE__ */ rows<Dyestuff2Row>(
  {
    // biome-ignore format: a table
    Batch: "A A A A A B B B B B C C C C C D D D D D E E E E E F F F F F",
    // biome-ignore format: a table
    Yield: [7.298, 3.846, 2.434, 9.566, 7.99, 5.22, 6.556, 0.608, 11.788, -0.892, 0.11, 10.386, 13.434, 5.51, 8.166, 2.212, 4.852, 7.092, 9.288, 4.98, 0.282, 9.014, 4.458, 9.446, 7.198, 1.722, 4.782, 8.106, 0.758, 3.758],
  },
  {
    source:
      "Box and Tiao (1973), Bayesian Inference in Statistical Analysis, simulated; Dyestuff2 of the R package lme4",
  },
);
