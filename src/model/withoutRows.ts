/**
 * What a model made of sums lacks: everything that has an entry per row.
 *
 * @module
 */

import type { Table } from "../data/table.ts";
import { ModelError } from "../errors.ts";

/** The error of a call that reads rows where the model has only their sums. */
export function needsRows(what: string): ModelError {
  return new ModelError(
    "needs-rows",
    `${what} cannot be had of a model made from sums, which does not hold the rows.`,
    "Load the rows and make the model with lmm().",
    { what },
  );
}

/** The error of a call that reads something of each row on its way. @param what - it, within a sentence */
function readsRows(what: string): ModelError {
  return new ModelError(
    "needs-rows",
    `This needs ${what}, and a model made from sums (a saved one, one of a database) does not hold the rows.`,
    "Load the rows and make the model with lmm().",
    { what },
  );
}

/** The table a model was made of. @throws {ModelError} `needs-rows` */
export function tableOf({ table }: { readonly table: Table | undefined }): Table {
  if (table === undefined) throw readsRows("the data");
  return table;
}

/**
 * An object whose fields with an entry per row refuse to be read, with `needs-rows`. Copies made by spreading lack them.
 *
 * @param fields - name of each field, and what it holds, in words within a sentence
 */
export function withoutRows<T extends object, const K extends string>(
  known: T,
  fields: Readonly<Record<K, string>>,
): T & { readonly [name in K]: never } {
  const out = { ...known };
  for (const [name, what] of Object.entries<string>(fields)) {
    Object.defineProperty(out, name, {
      get: () => {
        throw readsRows(what);
      },
    });
  }
  return out as T & { readonly [name in K]: never };
}
