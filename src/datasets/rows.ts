/**
 * Rows from columns.
 *
 * @module
 */

/** What a data set says about itself. */
export interface About {
  /** Where the data come from. */
  readonly source: string;
  /** Levels of columns of labels, the reference first. */
  readonly levels?: Readonly<Record<string, readonly string[]>>;
  /** Columns whose levels are ordered. */
  readonly ordered?: readonly string[];
}

/** An array of rows that knows its columns, levels and source. */
export type Dataset<Row> = readonly Readonly<Row>[] & About & { readonly columns: readonly string[] };

/**
 * Turns columns of equal length into rows.
 *
 * @param columns by name; a column of text may be one string with blanks between its values, which leaves no
 * call inside the arguments, so that bundlers can drop a data set nobody uses
 */
export function rows<Row extends object>(
  columns: { readonly [Name in keyof Row]: readonly Row[Name][] | string },
  about: About,
): Dataset<Row> {
  const names = Object.keys(columns) as (keyof Row & string)[];
  const cells: (readonly unknown[])[] = names.map((name) => {
    const column: readonly unknown[] | string = columns[name];
    return typeof column === "string" ? column.split(" ") : column;
  });
  const table = cells[0].map(
    (_, i) => Object.fromEntries(names.map((name, j) => [name, cells[j][i]])) as Row,
  );
  return Object.assign(table, { columns: names, ...about });
}
