import { type Dataset, rows } from "./rows.ts";

/** A row of {@link oats}. */
export type OatsRow = { block: string; variety: string; nitrogen: string; yield: number };

/**
 * A split-plot experiment on oats: 72 rows, 6 blocks, each with 3 plots (variety) of 4 subplots (nitrogen).
 *
 * - `block`: I to VI
 * - `variety`: Golden.rain, Marvellous, Victory
 * - `nitrogen`: 0.0cwt to 0.6cwt, hundredweight per acre
 * - `yield`: quarter pounds per subplot of 1/80 acre
 */
export const oats: Dataset<OatsRow> = /* @__PURE__ */ rows<OatsRow>(
  {
    // biome-ignore format: a table
    block: "I I I I I I I I I I I I II II II II II II II II II II II II III III III III III III III III III III III III IV IV IV IV IV IV IV IV IV IV IV IV V V V V V V V V V V V V VI VI VI VI VI VI VI VI VI VI VI VI",
    // biome-ignore format: a table
    variety: "Victory Victory Victory Victory Golden.rain Golden.rain Golden.rain Golden.rain Marvellous Marvellous Marvellous Marvellous Victory Victory Victory Victory Golden.rain Golden.rain Golden.rain Golden.rain Marvellous Marvellous Marvellous Marvellous Victory Victory Victory Victory Golden.rain Golden.rain Golden.rain Golden.rain Marvellous Marvellous Marvellous Marvellous Victory Victory Victory Victory Golden.rain Golden.rain Golden.rain Golden.rain Marvellous Marvellous Marvellous Marvellous Victory Victory Victory Victory Golden.rain Golden.rain Golden.rain Golden.rain Marvellous Marvellous Marvellous Marvellous Victory Victory Victory Victory Golden.rain Golden.rain Golden.rain Golden.rain Marvellous Marvellous Marvellous Marvellous",
    // biome-ignore format: a table
    nitrogen: "0.0cwt 0.2cwt 0.4cwt 0.6cwt 0.0cwt 0.2cwt 0.4cwt 0.6cwt 0.0cwt 0.2cwt 0.4cwt 0.6cwt 0.0cwt 0.2cwt 0.4cwt 0.6cwt 0.0cwt 0.2cwt 0.4cwt 0.6cwt 0.0cwt 0.2cwt 0.4cwt 0.6cwt 0.0cwt 0.2cwt 0.4cwt 0.6cwt 0.0cwt 0.2cwt 0.4cwt 0.6cwt 0.0cwt 0.2cwt 0.4cwt 0.6cwt 0.0cwt 0.2cwt 0.4cwt 0.6cwt 0.0cwt 0.2cwt 0.4cwt 0.6cwt 0.0cwt 0.2cwt 0.4cwt 0.6cwt 0.0cwt 0.2cwt 0.4cwt 0.6cwt 0.0cwt 0.2cwt 0.4cwt 0.6cwt 0.0cwt 0.2cwt 0.4cwt 0.6cwt 0.0cwt 0.2cwt 0.4cwt 0.6cwt 0.0cwt 0.2cwt 0.4cwt 0.6cwt 0.0cwt 0.2cwt 0.4cwt 0.6cwt",
    // biome-ignore format: a table
    yield: [111, 130, 157, 174, 117, 114, 161, 141, 105, 140, 118, 156, 61, 91, 97, 100, 70, 108, 126, 149, 96, 124, 121, 144, 68, 64, 112, 86, 60, 102, 89, 96, 89, 129, 132, 124, 74, 89, 81, 122, 64, 103, 132, 133, 70, 89, 104, 117, 62, 90, 100, 116, 80, 82, 94, 126, 63, 70, 109, 99, 53, 74, 118, 113, 89, 82, 86, 104, 97, 99, 119, 121],
  },
  {
    source:
      "Yates (1935), Complex experiments, Journal of the Royal Statistical Society Suppl. 2, 181-247; oats of the R package MASS",
  },
);
