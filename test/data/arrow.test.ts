import * as arrow from "apache-arrow";
import * as aq from "arquero";
import { describe, expect, it, vi } from "vitest";
import { columnOf, toTable } from "../../src/data/table.ts";

const x = Float64Array.of(1.5, -2, 3);
const labels = ["b", "a", "b"];
const file = (table: arrow.Table): Uint8Array => arrow.tableToIPC(table, "file");

/** The array that holds a column's numbers. */
function numbers(data: Parameters<typeof toTable>[0], name: string): Float64Array {
  const column = columnOf(toTable(data), name);
  if (column.kind !== "number" && column.kind !== "date") throw new Error(`${name} is ${column.kind}`);
  return column.values;
}

describe("toTable() of Apache Arrow", () => {
  const bytes = file(arrow.tableFromArrays({ x, i: Int32Array.of(3, 2, 1), g: labels }));
  const table = arrow.tableFromIPC(bytes);

  it("keeps doubles where they are in the file", () => {
    const values = numbers(table, "x");
    expect(values.buffer).toBe(bytes.buffer);
    expect([...values]).toEqual([...x]);
    expect([...numbers(table, "i")]).toEqual([3, 2, 1]);
  });

  it("joins batches, takes slices, and reads nulls as missing", () => {
    const joined = table.concat(table.slice(1));
    expect([...numbers(joined, "x")]).toEqual([1.5, -2, 3, -2, 3]);
    expect(columnOf(toTable(joined), "g")).toMatchObject({
      levels: ["a", "b"],
      codes: Int32Array.of(1, 0, 1, 0, 1),
    });
    const holes = arrow.tableFromArrays({ x: [1, null, 3] });
    expect([...numbers(holes, "x")]).toEqual([1, Number.NaN, 3]);
    const cents = [Uint32Array.of(125, 0, 0, 0), Uint32Array.of(~249, ~0, ~0, ~0), null];
    const money = new arrow.Table({ m: arrow.vectorFromArray(cents, new arrow.Decimal(2, 10)) });
    expect([...numbers(money, "m")]).toEqual([1.25, -2.5, Number.NaN]);
    const halves = new arrow.Table({ h: arrow.vectorFromArray([0.5, 2], new arrow.Float16()) });
    expect([...numbers(halves, "h")]).toEqual([0.5, 2]);
  });

  it("makes factors of dictionaries, each label decoded once, levels sorted as those of text", () => {
    const many = arrow.tableFromArrays({
      g: Array.from({ length: 3000 }, (_, i) => `level ${(7 * i) % 30}`),
    });
    const read = arrow.tableFromIPC(file(many));
    const vector = read.getChild("g") as arrow.Vector;
    const byRow = vi.spyOn(vector, Symbol.iterator as never);
    const column = columnOf(toTable({ schema: read.schema, getChild: () => vector }), "g");
    expect(byRow).not.toHaveBeenCalled();
    const rows = Array.from({ length: 3000 }, (_, i) => ({ g: `level ${(7 * i) % 30}` }));
    const text = columnOf(toTable(rows), "g");
    expect(column.kind === "factor" && text.kind === "text").toBe(true);
    if (column.kind !== "factor" || text.kind !== "text") return;
    expect(column.levels).toEqual([...new Set(text.values)].sort());
    expect(Array.from(column.codes, (code) => column.levels[code])).toEqual(text.values);
  });

  it("keeps nulls of dictionaries missing, drops labels that no row has, and the order of ordered ones", () => {
    const dictionary = arrow.vectorFromArray(["low", "high", "never"], new arrow.Utf8());
    const column = (ordered: boolean) => {
      const type = new arrow.Dictionary(new arrow.Utf8(), new arrow.Int8(), 0, ordered);
      const data = arrow.makeData({
        type,
        data: Int8Array.of(1, 0, 0, 1),
        nullBitmap: Uint8Array.of(0b1011),
        nullCount: 1,
        dictionary,
      });
      return columnOf(toTable(new arrow.Table({ g: new arrow.Vector([data]) })), "g");
    };
    expect(column(false)).toEqual({
      kind: "factor",
      levels: ["high", "low"],
      codes: Int32Array.of(0, 1, -1, 0),
      ordered: false,
    });
    expect(column(true)).toEqual({
      kind: "factor",
      levels: ["low", "high", "never"],
      codes: Int32Array.of(1, 0, -1, 1),
      ordered: true,
    });
  });

  it("reads dates, booleans and 64-bit integers", () => {
    const table = arrow.tableFromArrays({
      d: [new Date(0), null, new Date(864e5)],
      b: [true, false, null],
      n: BigInt64Array.of(1n, 2n, 3n),
    });
    expect(columnOf(toTable(table), "d")).toEqual({
      kind: "date",
      values: Float64Array.of(0, Number.NaN, 1),
    });
    expect(columnOf(toTable(table), "b")).toEqual({ kind: "boolean", values: [true, false, null] });
    expect([...numbers(table, "n")]).toEqual([1, 2, 3]);
  });
});

describe("toTable() of Arquero", () => {
  it("keeps typed arrays, and doubles of Arrow files, where they are", () => {
    expect(numbers(aq.table({ x }), "x")).toBe(x);
    const bytes = file(arrow.tableFromArrays({ x, g: labels }));
    expect(numbers(aq.fromArrow(bytes), "x").buffer).toBe(bytes.buffer);
    expect(numbers(aq.fromArrow(arrow.tableFromIPC(bytes) as never), "x").buffer).toBe(bytes.buffer);
  });

  it("takes the rows that filters leave, in the order asked for", () => {
    const table = aq.table({ x, g: labels, d: [new Date(0), null, new Date(864e5)] });
    expect([...numbers(table.filter(aq.escape((row: { x: number }) => row.x > 0)), "x")]).toEqual([1.5, 3]);
    expect([...numbers(table.orderby("x"), "x")]).toEqual([-2, 1.5, 3]);
    expect(columnOf(toTable(table), "g")).toEqual({ kind: "text", values: labels });
    expect([...numbers(table, "d")]).toEqual([0, Number.NaN, 1]);
  });
});
