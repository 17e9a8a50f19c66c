/**
 * The parameter that holds a run up, and what it moves together with.
 *
 * @module
 */

import { significant } from "../data/format.ts";
import { type Warning, warning } from "../errors.ts";
import { shortName } from "../model/variables.ts";
import type { Draws } from "../posterior/draws.ts";
import { correlation } from "../stats/descriptive.ts";
import type { RunSettings } from "./checkpoint.ts";
import { ASKED_FOR } from "./choose.ts";
import type { Standing } from "./until.ts";

/**
 * ESS per draw below which a parameter lags. On the bundled data every one has a quarter and more under the scheme that
 * `"auto"` takes; drawn given what it moves together with, the slowest has a twentieth and less.
 */
const LAG = 0.1;
/** Least correlation, by two standard errors of Fisher's z, that counts as moving together. */
const TOGETHER = 0.5;

const LEAVE =
  "Leave scheme out: the one that suits the design draws coefficients and effects together, or integrates them out.";
const MORE = "More draws per chain make up for it; extend() makes them.";

/**
 * `slow-mixing`: the slowest parameter falls far short of an ESS that others reach, with what it moves together with:
 * another parameter, or mean or spread of the random effects of a column. Nothing is switched: the draws are valid, but
 * worth little.
 *
 * @param watched - how the parameters stand that are not fixed
 */
export function mixingWarnings(
  draws: Draws,
  watched: readonly Standing[],
  { until, scheme }: RunSettings,
): Warning[] {
  const told = watched.filter(({ ess }) => !Number.isNaN(ess)).sort((a, b) => a.ess - b.ess);
  if (told.length < 2) return [];
  const [slow, best] = [told[0], told[told.length - 1]];
  // In a run too short even for the best one nobody can tell; in one long enough for all nobody needs to.
  if (slow.ess >= Math.min(LAG * draws.size, until.ess) || best.ess < until.ess) return [];
  const own = draws.get(slow.name);
  const others = told.slice(1).map(({ name }): [string, Float64Array] => [name, draws.get(name)]);
  const [nearest] = [...others, ...effectMoments(draws)]
    .map(([partner, values]) => ({ partner, correlation: correlation(own, values) }))
    .sort((a, b) => Math.abs(b.correlation) - Math.abs(a.correlation));
  const certain = Math.atanh(Math.abs(nearest.correlation)) - 2 / Math.sqrt(Math.max(1, slow.ess - 3));
  const together = certain > Math.atanh(TOGETHER);
  const asked = scheme.reason === ASKED_FOR;
  const parts = [
    `${slow.name} lags: ESS ${Math.floor(slow.ess)} of ${draws.size} draws, where ${best.name} has ${Math.floor(best.ess)}.`,
    ...(together
      ? [`It moves together with ${nearest.partner} (correlation ${significant(nearest.correlation, 2)}).`]
      : []),
    asked ? LEAVE : MORE,
  ];
  const details = { variable: slow.name, ess: slow.ess, ...(together ? nearest : {}) };
  // Another scheme is another run, with options that only its caller knows: no call to paste.
  const fix = asked ? undefined : `await posterior.extend(${draws.iterations})`;
  return [warning("slow-mixing", parts.join(" "), details, fix)];
}

/** Mean and root mean square of the random effects of every column, at every draw; none where effects are not kept. */
function effectMoments(draws: Draws): [string, Float64Array][] {
  const columns = new Map<string, string[]>();
  for (const { name, kind, group, term = "" } of draws.info) {
    if (kind !== "group") continue;
    const column = `r_${group}[…,${shortName(term)}]`;
    const names = columns.get(column);
    if (names === undefined) columns.set(column, [name]);
    else names.push(name);
  }
  return [...columns].flatMap(([column, names]): [string, Float64Array][] => {
    const sums = new Float64Array(draws.size);
    const squares = new Float64Array(draws.size);
    for (const name of names) {
      draws.get(name).forEach((value, d) => {
        sums[d] += value;
        squares[d] += value * value;
      });
    }
    return [
      [`the mean of ${column}`, sums],
      [`the spread of ${column}`, squares.map(Math.sqrt)],
    ];
  });
}
