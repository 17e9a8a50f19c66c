/**
 * Labels and variables of two sums as one.
 *
 * @module
 */

import { listOf, ModelError, show } from "../errors.ts";
import type { SummedLabels, SummedVariable } from "./sums.ts";

type Factor = SummedVariable & { readonly kind: "factor" };

/** The factors among variables. */
export function factorsOf(variables: readonly SummedVariable[]): readonly Factor[] {
  return variables.filter((own) => own.kind === "factor");
}

/** The entry of a list with a label. */
export function named<T extends { readonly label: string }>(list: readonly T[], label: string): T {
  return list.find((own) => own.label === label) as T;
}

/** Codes of labels as those of the same labels in another list, −1 where it lacks them. */
export function codesIn(
  codes: Int32Array,
  label: string,
  from: readonly SummedLabels[],
  to: readonly SummedLabels[],
): Int32Array {
  const places = placesIn(named(from, label).levels, named(to, label).levels);
  return codes.map((code) => places[code]);
}

/**
 * A variable of two sums, its labels united.
 *
 * @throws {ModelError} `different-kind`, `different-basis`, `different-option`, `different-levels`
 */
export function uniteVariable(a: SummedVariable, b: SummedVariable): SummedVariable {
  const { label } = a;
  if (a.kind !== b.kind) {
    const factor = a.kind === "factor" ? a : (b as Factor);
    throw new ModelError(
      "different-kind",
      `${label} holds labels (${listOf(factor.levels.map(show))}) in one of the sums and numbers in the other.`,
      "Give both sources numbers, or both labels.",
      { variable: label },
    );
  }
  if (a.kind === "numeric" || b.kind === "numeric") {
    const states = [a, b].map((own) => (own.kind === "numeric" ? own.states : []));
    if (JSON.stringify(states[0]) === JSON.stringify(states[1])) return a;
    throw new ModelError(
      "different-basis",
      `${label} is computed with numbers that each source took from its own rows, so it means something else in each.`,
      "Compute it with the same numbers beforehand, for example as (x - 50) / 10 with constants of the protocol.",
      { variable: label },
    );
  }
  if (a.contrasts !== b.contrasts || a.ordered !== b.ordered) {
    throw new ModelError(
      "different-option",
      `${label} has ${a.contrasts} contrasts in one of the sums and ${b.contrasts} contrasts in the other.`,
      `Give the same "contrasts" for each source.`,
      { variable: label },
    );
  }
  return { ...a, ...uniteLabels(a, b, true) };
}

/**
 * Two lists of labels in one order.
 *
 * @param strict - whether to refuse lists without a common order; those of the first come first otherwise
 * @throws {ModelError} `different-levels`
 */
export function uniteLabels(a: SummedLabels, b: SummedLabels, strict: boolean): SummedLabels {
  const order = commonOrder(a, b);
  if (order === undefined && strict) {
    throw new ModelError(
      "different-levels",
      `${a.label} has the levels ${listOf(listed(a).map(show), 12)} in one of the sums and ${listOf(listed(b).map(show), 12)} ` +
        "in the other, which say nothing of a common order.",
      `Give the same levels: { ${a.label}: […] } for each source, with all labels in the order wanted.`,
      { variable: a.label, levels: [listed(a), listed(b)] },
    );
  }
  const { label, ordered } = a;
  const all = [...new Set([...a.levels, ...b.levels])];
  if (order === "number") all.sort((x, y) => Number(x) - Number(y));
  else if (order === "text") all.sort((x, y) => (x < y ? -1 : x > y ? 1 : 0));
  const list = typeof order === "string" ? undefined : (order ?? [...new Set([...listed(a), ...listed(b)])]);
  const seen = new Set(all);
  return {
    label,
    ordered,
    levels: list?.filter((level) => seen.has(level)) ?? all,
    order: order ?? list ?? "text",
  };
}

/** What orders the labels of both; a list that holds all of them in the order of the other one. */
function commonOrder(a: SummedLabels, b: SummedLabels): SummedLabels["order"] | undefined {
  if (a.order === b.order) return a.order;
  const covers = (own: SummedLabels, other: SummedLabels): boolean => {
    if (typeof own.order === "string") return false;
    const places = placesIn(listed(other), own.order);
    const rising = typeof other.order === "string" || places.every((at, i) => i === 0 || at > places[i - 1]);
    return rising && places.every((at) => at >= 0);
  };
  if (covers(a, b)) return a.order;
  return covers(b, a) ? b.order : undefined;
}

function placesIn(from: readonly string[], to: readonly string[]): Int32Array {
  const places = new Map(to.map((label, i) => [label, i]));
  return Int32Array.from(from, (label) => places.get(label) ?? -1);
}

const listed = ({ levels, order }: SummedLabels): readonly string[] =>
  typeof order === "string" ? levels : order;
