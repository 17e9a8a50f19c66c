/**
 * Seeds.
 *
 * @module
 */

import { integerIn } from "../errors.ts";

/** The seed given, an integer from 0 to 2³² − 1, or one drawn. @throws {ArgumentError} `invalid-argument` */
export function seedOf(seed: number | undefined): number {
  return integerIn("seed", seed ?? Math.floor(Math.random() * 4294967296), 0, 4294967295);
}
