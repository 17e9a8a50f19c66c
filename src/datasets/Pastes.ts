import { type Dataset, rows } from "./rows.ts";

/** A row of {@link Pastes}. */
export type PastesRow = { strength: number; batch: string; cask: string; sample: string };

/**
 * Strength of a chemical paste: ten batches, three casks of each, two tests of each cask: 60 rows.
 *
 * - `strength`: strength of the paste
 * - `batch`: A to J
 * - `cask`: a to c, labels reused in every batch: cask a of batch A is not cask a of batch B
 * - `sample`: batch and cask, A:a to J:c
 */
export const Pastes: Dataset<PastesRow> = /* @__PURE__ */ rows<PastesRow>(
  {
    // biome-ignore format: a table
    strength: [62.8, 62.6, 60.1, 62.3, 62.7, 63.1, 60, 61.4, 57.5, 56.9, 61.1, 58.9, 58.7, 57.5, 63.9, 63.1, 65.4, 63.7, 57.1, 56.4, 56.9, 58.6, 64.7, 64.5, 55.1, 55.1, 54.7, 54.2, 58.8, 57.5, 63.4, 64.9, 59.3, 58.1, 60.5, 60, 62.5, 62.6, 61, 58.7, 56.9, 57.7, 59.2, 59.4, 65.2, 66, 64.8, 64.1, 54.8, 54.8, 64, 64, 57.7, 56.8, 58.3, 59.3, 59.2, 59.2, 58.9, 56.6],
    // biome-ignore format: a table
    batch: "A A A A A A B B B B B B C C C C C C D D D D D D E E E E E E F F F F F F G G G G G G H H H H H H I I I I I I J J J J J J",
    // biome-ignore format: a table
    cask: "a a b b c c a a b b c c a a b b c c a a b b c c a a b b c c a a b b c c a a b b c c a a b b c c a a b b c c a a b b c c",
    // biome-ignore format: a table
    sample: "A:a A:a A:b A:b A:c A:c B:a B:a B:b B:b B:c B:c C:a C:a C:b C:b C:c C:c D:a D:a D:b D:b D:c D:c E:a E:a E:b E:b E:c E:c F:a F:a F:b F:b F:c F:c G:a G:a G:b G:b G:c G:c H:a H:a H:b H:b H:c H:c I:a I:a I:b I:b I:c I:c J:a J:a J:b J:b J:c J:c",
  },
  {
    source:
      "Davies and Goldsmith (1972), Statistical Methods in Research and Production; Pastes of the R package lme4",
  },
);
