/**
 * Priors from JSON.
 *
 * @module
 */

import { knownOptions, PriorError, show } from "../errors.ts";
import {
  exponential,
  fixed,
  flat,
  halfCauchy,
  halfNormal,
  halfT,
  huangWand,
  inverseGamma,
  inverseWishart,
  lkj,
  normal,
  type Priors,
  uniformSd,
} from "../index.ts";

type Constructor = (...values: never[]) => object;

/** The constructors, and their arguments as JSON names them. */
const constructors: Readonly<Record<string, readonly [make: Constructor, ...names: string[]]>> = {
  flat: [flat],
  normal: [normal, "mean", "sd"],
  halfT: [halfT, "df", "scale"],
  halfCauchy: [halfCauchy, "scale"],
  halfNormal: [halfNormal, "scale"],
  exponential: [exponential, "rate"],
  inverseGamma: [inverseGamma, "shape", "scale"],
  inverseWishart: [inverseWishart, "df", "scale"],
  huangWand: [(df: number, scale: number) => huangWand({ df, scale }), "df", "scale"],
  lkj: [lkj, "eta", "sds"],
  fixed: [fixed, "value"],
  uniformSd: [uniformSd],
};

/**
 * Priors as `gibbs` takes them from JSON such as `{ "sigma": { "type": "exponential", "rate": 0.1 } }`. Every prior
 * goes through its constructor, which checks it.
 *
 * @throws {PriorError} `unknown-prior`, `invalid-prior`; {ArgumentError} `unknown-option`
 */
export function priorsFrom(json: unknown): Priors {
  if (!isRecord(json)) throw unknownPrior("priors", json);
  return mapRecord(json, (value, name) =>
    name === "sigma" || isPrior(value) ? priorFrom(value, name) : byName(value, name),
  );
}

function byName(json: unknown, name: string): object {
  if (!isRecord(json)) throw unknownPrior(name, json);
  return mapRecord(json, priorFrom);
}

function priorFrom(json: unknown, name: string): object {
  if (!isPrior(json) || !Object.hasOwn(constructors, json.type)) throw unknownPrior(name, json);
  const { type, ...given } = json;
  const [make, ...names] = constructors[type];
  knownOptions(type, given, names);
  const nested = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(nested);
    return isPrior(value) ? priorFrom(value, name) : value;
  };
  return make(...(names.map((key) => nested(given[key])) as never[]));
}

function unknownPrior(name: string, json: unknown): PriorError {
  return new PriorError(
    "unknown-prior",
    `The prior of ${name} is ${isPrior(json) ? show(json.type) : show(json)}.`,
    `Write { "type": … } with one of ${Object.keys(constructors).join(", ")}.`,
    { name },
  );
}

function isPrior(value: unknown): value is Record<string, unknown> & { readonly type: string } {
  return isRecord(value) && typeof value["type"] === "string";
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function mapRecord(
  record: Record<string, unknown>,
  map: (value: unknown, name: string) => object,
): Record<string, object> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, map(value, name)]));
}
