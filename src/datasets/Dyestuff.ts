import { type Dataset, rows } from "./rows.ts";

/** A row of {@link Dyestuff}. */
export type DyestuffRow = { Batch: string; Yield: number };

/**
 * Yield of dyestuff from six batches of an intermediate product, five preparations each: 30 rows.
 *
 * - `Batch`: A to F
 * - `Yield`: grams of standard colour
 */
export const Dyestuff: Dataset<DyestuffRow> = /* @__PURE__ */ rows<DyestuffRow>(
  {
    // biome-ignore format: a table
    Batch: "A A A A A B B B B B C C C C C D D D D D E E E E E F F F F F",
    // biome-ignore format: a table
    Yield: [1545, 1440, 1440, 1520, 1580, 1540, 1555, 1490, 1560, 1495, 1595, 1550, 1605, 1510, 1560, 1445, 1440, 1595, 1465, 1545, 1595, 1630, 1515, 1635, 1625, 1520, 1455, 1450, 1480, 1445],
  },
  {
    source:
      "Davies and Goldsmith (1972), Statistical Methods in Research and Production; Dyestuff of the R package lme4",
  },
);
