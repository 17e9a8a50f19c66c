import { type Dataset, rows } from "./rows.ts";

/** A row of {@link Penicillin}. */
export type PenicillinRow = { diameter: number; plate: string; sample: string };

/**
 * Six samples of penicillin tested on each of 24 plates, fully crossed: 144 rows.
 *
 * - `diameter`: diameter of the zone where growth is inhibited, mm
 * - `plate`: a to x
 * - `sample`: A to F
 */
export const Penicillin: Dataset<PenicillinRow> = /* @__PURE__ */ rows<PenicillinRow>(
  {
    // biome-ignore format: a table
    diameter: [27, 23, 26, 23, 23, 21, 27, 23, 26, 23, 23, 21, 25, 21, 25, 24, 24, 20, 26, 23, 25, 23, 23, 20, 25, 22, 26, 22, 23, 20, 24, 22, 25, 23, 22, 19, 24, 20, 23, 21, 22, 19, 26, 22, 26, 24, 24, 21, 24, 21, 24, 22, 22, 20, 24, 21, 24, 23, 22, 19, 26, 23, 26, 24, 24, 21, 25, 22, 26, 24, 24, 20, 26, 24, 26, 24, 25, 22, 26, 23, 26, 23, 23, 20, 26, 23, 25, 24, 24, 22, 25, 22, 25, 23, 23, 20, 25, 21, 24, 23, 23, 20, 25, 22, 24, 23, 23, 19, 24, 21, 23, 21, 21, 19, 26, 23, 26, 24, 24, 21, 25, 21, 24, 22, 22, 18, 25, 22, 25, 22, 22, 20, 24, 21, 24, 22, 24, 19, 24, 21, 24, 22, 21, 18],
    // biome-ignore format: a table
    plate: "a a a a a a b b b b b b c c c c c c d d d d d d e e e e e e f f f f f f g g g g g g h h h h h h i i i i i i j j j j j j k k k k k k l l l l l l m m m m m m n n n n n n o o o o o o p p p p p p q q q q q q r r r r r r s s s s s s t t t t t t u u u u u u v v v v v v w w w w w w x x x x x x",
    // biome-ignore format: a table
    sample: "A B C D E F A B C D E F A B C D E F A B C D E F A B C D E F A B C D E F A B C D E F A B C D E F A B C D E F A B C D E F A B C D E F A B C D E F A B C D E F A B C D E F A B C D E F A B C D E F A B C D E F A B C D E F A B C D E F A B C D E F A B C D E F A B C D E F A B C D E F A B C D E F",
  },
  {
    source:
      "Davies and Goldsmith (1972), Statistical Methods in Research and Production; Penicillin of the R package lme4",
  },
);
