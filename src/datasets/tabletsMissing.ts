import { type Dataset, rows } from "./rows.ts";

/** A row of {@link tabletsMissing}. */
export type TabletsMissingRow = { tablet: number; method: string; y: number | null };

/**
 * Twenty tablets measured by two methods, ten of them by one only: 40 rows, 10 without a value.
 *
 * - `tablet`: 1 to 20 (labels)
 * - `method`: nir (reference) or hplc
 * - `y`: measured content; the source gives no unit; `null` where not measured
 */
export const tabletsMissing: Dataset<TabletsMissingRow> = /* @__PURE__ */ rows<TabletsMissingRow>(
  {
    // biome-ignore format: a table
    tablet: [1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13, 14, 14, 15, 15, 16, 16, 17, 17, 18, 18, 19, 19, 20, 20],
    // biome-ignore format: a table
    method: "hplc nir hplc nir hplc nir hplc nir hplc nir hplc nir hplc nir hplc nir hplc nir hplc nir hplc nir hplc nir hplc nir hplc nir hplc nir hplc nir hplc nir hplc nir hplc nir hplc nir",
    // biome-ignore format: a table
    y: [10.4, 10.1, 10.6, 10.8, 10.2, 10.2, 10.1, 9.9, 10.3, 11, 10.7, 10.5, 10.3, 10.2, 10.9, 10.9, 10.1, 10.4, 9.8, 9.9, null, 10.8, null, 9.8, null, 10.5, null, 10.3, null, 9.7, 10.3, null, 9.6, null, 10, null, 10.2, null, 9.9, null],
  },
  {
    source:
      "The tablets with ten more of which one measurement is missing each, a textbook example of paired measurements",
    levels: { method: ["nir", "hplc"] },
  },
);
