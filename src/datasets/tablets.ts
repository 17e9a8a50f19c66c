import { type Dataset, rows } from "./rows.ts";

/** A row of {@link tablets}. */
export type TabletsRow = { tablet: number; method: string; y: number };

/**
 * Ten tablets, each measured by two methods: 20 rows.
 *
 * - `tablet`: 1 to 10 (labels)
 * - `method`: nir (reference) or hplc
 * - `y`: measured content; the source gives no unit
 */
export const tablets: Dataset<TabletsRow> = /* @__PURE__ */ rows<TabletsRow>(
  {
    // biome-ignore format: a table
    tablet: [1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10],
    // biome-ignore format: a table
    method: "hplc nir hplc nir hplc nir hplc nir hplc nir hplc nir hplc nir hplc nir hplc nir hplc nir",
    // biome-ignore format: a table
    y: [10.4, 10.1, 10.6, 10.8, 10.2, 10.2, 10.1, 9.9, 10.3, 11, 10.7, 10.5, 10.3, 10.2, 10.9, 10.9, 10.1, 10.4, 9.8, 9.9],
  },
  {
    source:
      "Ten tablets measured by near-infrared spectroscopy and liquid chromatography, a textbook example of paired measurements",
    levels: { method: ["nir", "hplc"] },
  },
);
