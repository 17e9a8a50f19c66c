import { csvParse } from "d3-dsv";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseCsv } from "../../src/data/csv.ts";
import { factor, labelOf } from "../../src/data/factor.ts";
import { asFactor, type Column, columnOf, type TableLike, toTable } from "../../src/data/table.ts";
import { DataError } from "../../src/errors.ts";

const columnIn = (data: TableLike, name: string): Column => columnOf(toTable(data), name);
const plain = (column: Column): unknown[] =>
  Array.from<unknown>(column.kind === "factor" ? column.codes : column.values);

function codeOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    expect(error).toBeInstanceOf(DataError);
    expect((error as DataError).remedy).not.toBe("");
    return (error as DataError).code;
  }
  return "accepted";
}

describe("toTable()", () => {
  it("reads rows, with columns in order of appearance and absent cells missing", () => {
    const table = toTable([
      { y: 1, g: "a" },
      { y: 2, x: true },
      { y: undefined, g: null },
    ]);
    expect(table.names).toEqual(["y", "g", "x"]);
    expect(plain(columnOf(table, "y"))).toEqual([1, 2, NaN]);
    expect(plain(columnOf(table, "g"))).toEqual(["a", null, null]);
    expect(plain(columnOf(table, "x"))).toEqual([null, true, null]);
  });

  it("reads what d3-dsv returns, as text, since nobody converted it", () => {
    const table = toTable(csvParse("y,g\n1,a\n2,b"));
    expect(table.names).toEqual(["y", "g"]);
    expect(columnOf(table, "y").kind).toBe("text");
  });

  it("reads columns: arrays, typed arrays and factors", () => {
    const g = factor(["b", "a", "b"]);
    const table = toTable({ y: new Float32Array([1, 2, 3]), i: new Int32Array(3), n: [1, null, 3], g });
    expect(table.rowCount).toBe(3);
    expect(plain(columnOf(table, "n"))).toEqual([1, NaN, 3]);
    expect(columnOf(table, "g")).toBe(g);
  });

  it("reads Arquero tables by their methods", () => {
    const data = {
      columnNames: () => ["y", "g"],
      array: (name: string) => (name === "y" ? [1, 2] : ["a", "b"]),
    };
    expect(toTable(data).names).toEqual(["y", "g"]);
    expect(plain(columnIn(data, "g"))).toEqual(["a", "b"]);
  });

  it("reads Arrow tables by their fields, nulls and 64-bit integers included", () => {
    const cells = new Map<string, Iterable<unknown>>([
      ["y", [1.5, null]],
      ["id", [12n, 7n]],
    ]);
    const data = {
      schema: { fields: [{ name: "y" }, { name: "id" }] },
      getChild: (name: string) => cells.get(name) ?? null,
    };
    expect(plain(columnIn(data, "y"))).toEqual([1.5, NaN]);
    expect(plain(columnIn(data, "id"))).toEqual([12, 7]);
  });

  it("keeps every digit of integers beyond 2^53, as labels", () => {
    const column = columnIn({ id: [9007199254740993n, 9007199254740992n, 10n] }, "id");
    expect(column).toMatchObject({ kind: "factor", levels: ["10", "9007199254740992", "9007199254740993"] });
  });

  it("counts dates in days", () => {
    const column = columnIn({ d: [new Date(0), new Date("1970-01-03T12:00Z"), new Date(NaN)] }, "d");
    expect(column.kind).toBe("date");
    expect(plain(column)).toEqual([0, 2.5, NaN]);
  });

  it("labels moments by their own millisecond", () => {
    // As days, 8:56 is a hair before its millisecond.
    const moments = [new Date("2024-01-01T08:56:00Z"), new Date("2024-01-01T09:17:00.001Z")];
    const { levels } = asFactor(columnIn({ d: moments }, "d"));
    expect(levels).toEqual(["2024-01-01T08:56:00.000Z", "2024-01-01T09:17:00.001Z"]);
  });

  it("returns a table as it is", () => {
    const table = toTable({ x: [1] });
    expect(toTable(table)).toBe(table);
  });

  it("takes hostile names for names", () => {
    const rows = JSON.parse('[{"__proto__": 1, "constructor": "a"}, {"toString": 2}]');
    const table = toTable(rows);
    expect(table.names).toEqual(["__proto__", "constructor", "toString"]);
    expect(plain(columnOf(table, "__proto__"))).toEqual([1, NaN]);
    expect(plain(columnOf(table, "constructor"))).toEqual(["a", null]);
    expect(codeOf(() => columnOf(toTable({ x: [1] }), "constructor"))).toBe("unknown-column");
    expect(codeOf(() => columnOf(toTable([{ x: 1 }]), "__proto__"))).toBe("unknown-column");
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.double(), { noNullPrototype: false }), (row) => {
        expect(toTable([row]).names).toEqual(Object.keys(row));
      }),
    );
  });

  it("refuses what is not a table", () => {
    expect(codeOf(() => toTable(5 as never))).toBe("not-a-table");
    expect(codeOf(() => toTable("y,x" as never))).toBe("not-a-table");
    expect(codeOf(() => toTable(null as never))).toBe("not-a-table");
    expect(codeOf(() => toTable([1, 2] as never))).toBe("not-a-table");
    expect(codeOf(() => toTable({ y: 5 } as never))).toBe("unsupported-column");
    expect(codeOf(() => toTable({ y: [{}] }))).toBe("unsupported-column");
  });

  it("refuses columns of unequal length, and of several kinds, naming both places", () => {
    expect(() => toTable({ y: [1, 2], x: [1] })).toThrow('Column "x" has 1 values and column "y" has 2.');
    expect(() => toTable({ y: [null, 1, "NA"] })).toThrow(
      'Column "y" mixes numbers (1 in row 1) and text ("NA" in row 2, counting from 0).',
    );
    expect(codeOf(() => toTable({ y: [1, "2"] }))).toBe("mixed-column");
  });

  it("names the nearest column when one is unknown", () => {
    expect(() => columnIn({ Days: [1], Reaction: [2] }, "Dayz")).toThrow(
      'No column "Dayz" in the data. Did you mean "Days"? Columns: Days, Reaction.',
    );
  });

  it("takes no letter for a slip of another, nor a column without a name for one", () => {
    const find = (name: string) => () => columnOf(parseCsv("y,,X2,G\n1,2,3,a"), name);
    expect(find("z")).toThrow('No column "z" in the data. Columns: y, , X2, G.');
    expect(find("g")).toThrow('Did you mean "G"?');
    expect(find("x1")).toThrow('Did you mean "X2"?');
  });
});

describe("toTable() of what only looks like a table", () => {
  const unreadable = {
    get y(): number[] {
      throw new Error("the sensor is off");
    },
  };
  const codes = new Int32Array([0, 1]);
  const cases: readonly (readonly [code: string, data: unknown])[] = [
    ["unreadable-data", unreadable],
    ["not-a-table", Object.assign([{ y: 1 }], { columns: [3] })],
    [
      "not-a-table",
      { rowCount: 2, names: ["y"], columns: new Map([["y", { kind: "number", values: [1] }]]) },
    ],
    ["bad-factor", { g: { kind: "factor", levels: ["a"], codes, ordered: false } }],
    ["bad-factor", { g: { kind: "factor", levels: ["a", "a"], codes, ordered: false } }],
  ];
  it.each(cases)("%s", (code, data) => {
    expect(codeOf(() => toTable(data as TableLike))).toBe(code);
  });
});

describe("factor()", () => {
  it("sorts numbers numerically, text by code units, false before true", () => {
    expect(factor([10, 9, 100, -1]).levels).toEqual(["-1", "9", "10", "100"]);
    expect(factor(["b", "B", "a", "10", "9"]).levels).toEqual(["10", "9", "B", "a", "b"]);
    expect(factor([true, false]).levels).toEqual(["FALSE", "TRUE"]);
  });

  it("gives every row the code of its own label, in whatever order labels and kinds come", () => {
    const label = fc.oneof(fc.integer({ min: -20, max: 20 }), fc.double({ noNaN: true }), fc.bigInt());
    const columns = fc.oneof(fc.array(label), fc.array(fc.string()), fc.array(fc.boolean()));
    fc.assert(
      fc.property(columns, (values: unknown[]) => {
        const { levels, codes } = factor(values);
        expect(Array.from(codes, (code) => levels[code])).toEqual(values.map((v) => labelOf(v)));
        expect(new Set(levels).size).toBe(levels.length);
      }),
    );
    expect([...factor([4, 1, 2, 4]).codes]).toEqual([2, 0, 1, 2]);
  });

  it("takes levels as given, unused ones included, and keeps missing values missing", () => {
    const column = factor(["lo", null, "hi"], { levels: ["lo", "mid", "hi"], ordered: true });
    expect(column.levels).toEqual(["lo", "mid", "hi"]);
    expect([...column.codes]).toEqual([0, -1, 2]);
    expect(column.ordered).toBe(true);
  });

  it("refuses labels outside the levels given, levels given twice, and objects", () => {
    expect(() => factor(["a", "b"], { levels: ["a"] })).toThrow(
      'The labels "b" are not among the levels "a".',
    );
    expect(codeOf(() => factor(["a"], { levels: ["a", "a"] }))).toBe("duplicate-level");
    expect(codeOf(() => factor([{}]))).toBe("not-a-label");
  });
});

describe("parseCsv()", () => {
  const kindOf = (cells: string[]): string => columnOf(parseCsv(["x", ...cells].join("\n")), "x").kind;

  it("makes numbers of plain decimal numbers, with NA, NaN and empty cells missing", () => {
    const table = parseCsv("y,g\n1.5,a\nNA,\n,b\r\n-2e-3,NA\nInf,c\n");
    expect(plain(columnOf(table, "y"))).toEqual([1.5, NaN, NaN, -0.002, Infinity]);
    expect(plain(columnOf(table, "g"))).toEqual(["a", null, "b", null, "c"]);
  });

  it("keeps codes that look like numbers as text", () => {
    expect(kindOf(["01", "02"])).toBe("text");
    expect(kindOf(["0x1F"])).toBe("text");
    expect(kindOf(["1,5"].map((cell) => `"${cell}"`))).toBe("text");
    expect(kindOf(["1", "2", "three"])).toBe("text");
    expect(kindOf(["9007199254740993"])).toBe("text");
    expect(kindOf(["1", "0.5", "+3", ".5", "7."])).toBe("number");
  });

  it("makes true/false of TRUE/FALSE and T/F, but not of a lone T", () => {
    expect(plain(columnOf(parseCsv("x\nTRUE\nNA\nFALSE"), "x"))).toEqual([true, null, false]);
    expect(kindOf(["true", "true"])).toBe("boolean");
    expect(kindOf(["T", "F"])).toBe("boolean");
    expect(kindOf(["T", "T"])).toBe("text");
    expect(kindOf(["TRUE", "no"])).toBe("text");
  });

  it("reads quoted cells, blanks around cells, a byte order mark and final blank lines", () => {
    const table = parseCsv('\uFEFFa, b \n"x, ""y""\nz", 2 \n\n');
    expect(table.names).toEqual(["a", "b"]);
    expect(plain(columnOf(table, "a"))).toEqual(['x, "y"\nz']);
    expect(plain(columnOf(table, "b"))).toEqual([2]);
  });

  it("refuses ragged lines and repeated names", () => {
    expect(() => parseCsv("a,b\n1,2\n3")).toThrow(
      "Line 3 of the CSV text has 1 cell, but there are 2 columns.",
    );
    expect(codeOf(() => parseCsv("a,a\n1,2"))).toBe("bad-csv");
    expect(() => parseCsv("A title,,\na,b,c\n1,2,3")).toThrow("Two columns have no name.");
  });

  it("refuses semicolons and tabs between cells, with a remedy that reads them", () => {
    const text = "y;g\n1,5;a\n2;b";
    expect(() => parseCsv(text)).toThrow("semicolons");
    expect(() => parseCsv(text)).toThrow('parseCsv(text.replaceAll(",", ".").replaceAll(";", ","))');
    const table = parseCsv(text.replaceAll(",", ".").replaceAll(";", ","));
    expect(plain(columnOf(table, "y"))).toEqual([1.5, 2]);
    expect(() => parseCsv("y\tg\n1.5\ta")).toThrow('replaceAll("\\t", ",")');
  });
});
