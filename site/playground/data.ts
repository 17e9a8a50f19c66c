/**
 * Rows for the playground, and a first formula for them.
 *
 * @module
 */

import { parseCsv, type Table, type TableLike, toTable } from "blmm";
import {
  cake,
  clusters,
  Dyestuff,
  Dyestuff2,
  oats,
  Pastes,
  Penicillin,
  sleepstudy,
  tablets,
} from "blmm/datasets";
import type { Column } from "../../src/data/table.ts";
import { quoteName } from "../../src/formula/parser.ts";
import { type DatasetName, EXAMPLES } from "./examples.ts";
import type { ColumnInfo, Source } from "./protocol.ts";

/** Data ready to be modelled. */
export interface Opened {
  readonly source: Source;
  readonly table: Table;
  readonly columns: readonly ColumnInfo[];
  /** To begin with: of a file the first column of numbers by the first column of labels, empty where there is none. */
  readonly formula: string;
}

const DATASETS: Readonly<Record<DatasetName, TableLike>> = {
  ...{ sleepstudy, Dyestuff, Dyestuff2, Penicillin, Pastes },
  ...{ cake, oats, clusters, tablets },
};

/** Opens a data set of the library or the text of a file. @throws as `parseCsv` */
export function open(source: Source): Opened {
  const name = source.name as DatasetName;
  const table = source.kind === "csv" ? parseCsv(source.text) : toTable(DATASETS[name]);
  const columns = table.names.map((label) => {
    const column = table.columns.get(label)!;
    const labels = labelCount(column);
    const kind = column.kind === "number" ? "numbers" : column.kind;
    return { name: label, quoted: quoteName(label), what: labels === undefined ? kind : `${labels} labels` };
  });
  return { source, table, columns, formula: source.kind === "csv" ? guess(table) : EXAMPLES[name] };
}

function labelCount(column: Column): number | undefined {
  if (column.kind === "factor") return column.levels.length;
  return column.kind === "text" ? new Set(column.values).size : undefined;
}

function guess(table: Table): string {
  const response = table.names.find((name) => table.columns.get(name)!.kind === "number");
  const group = table.names.find((name) => {
    const labels = labelCount(table.columns.get(name)!) ?? 0;
    return labels > 1 && labels < table.rowCount;
  });
  if (response === undefined || group === undefined) return "";
  return `${quoteName(response)} ~ 1 + (1 | ${quoteName(group)})`;
}
