import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CsvReader, parseCsv } from "../../src/data/csv.ts";
import type { Table } from "../../src/data/table.ts";
import { BlmmError } from "../../src/errors.ts";

/** The table, or the code and the message of the error, of text that comes in pieces. */
function readPieces(pieces: readonly string[]): Table | string {
  const read = (labels?: ReadonlySet<number>): CsvReader => {
    const reader = new CsvReader(labels);
    for (const piece of pieces) reader.add(piece);
    reader.end();
    return reader;
  };
  return tried(() => {
    const reader = read();
    return (reader.mistaken ? read(reader.labels) : reader).table();
  });
}

function tried(action: () => Table): Table | string {
  try {
    return action();
  } catch (error) {
    expect(error).toBeInstanceOf(BlmmError);
    return `${(error as BlmmError).code}: ${(error as BlmmError).message}`;
  }
}

const cell = fc.oneof(
  fc.constantFrom(
    "1",
    "2.50",
    "-3e5",
    "NA",
    "",
    " 7 ",
    "01",
    "TRUE",
    "FALSE",
    "T",
    "F",
    "Inf",
    "9007199254740993",
  ),
  fc.constantFrom('"a,b"', '"say ""no"""', '"two\nlines"', '"\r\n"', '""', "é😀", "a b", 'a"b', "NaN"),
);
const newline = fc.constantFrom("\n", "\r\n", "\r");
const csv = fc
  .record({
    width: fc.integer({ min: 1, max: 3 }),
    rows: fc.array(fc.array(cell, { minLength: 3, maxLength: 3 }), { maxLength: 8 }),
    newlines: fc.array(newline, { minLength: 12, maxLength: 12 }),
    end: fc.constantFrom("", "\n", "\r\n", "\n\n"),
    mark: fc.constantFrom("", "\uFEFF"),
  })
  .map(({ width, rows, newlines, end, mark }) => {
    const lines = [["x", "y", "z"], ...rows].map((cells) => cells.slice(0, width).join(","));
    return mark + lines.reduce((text, line, i) => text + newlines[i] + line) + end;
  });
/** Well-formed text, and any mess of the characters that matter. */
const anyText = fc.oneof(
  csv,
  fc.string({ unit: fc.constantFrom('"', ",", "\n", "\r", "1", "a", "\uFEFF"), maxLength: 20 }),
);

describe("CsvReader", () => {
  it("gives what parseCsv gives, wherever the text is cut", () => {
    fc.assert(
      fc.property(anyText, fc.array(fc.nat({ max: 80 }), { maxLength: 6 }), (text, at) => {
        const cuts = [
          0,
          ...at.map((place) => Math.min(place, text.length)).sort((a, b) => a - b),
          text.length,
        ];
        const pieces = cuts.slice(1).map((end, i) => text.slice(cuts[i], end));
        expect(readPieces(pieces)).toEqual(tried(() => parseCsv(text)));
      }),
      { numRuns: 3000, seed: 3 },
    );
  });

  it("gives the same for one character at a time", () => {
    fc.assert(
      fc.property(csv, (text) => {
        expect(readPieces(text.split(""))).toEqual(tried(() => parseCsv(text)));
      }),
      { numRuns: 500, seed: 4 },
    );
  });

  it("reads labels verbatim that began like numbers", () => {
    const text = `g,y\n${Array.from({ length: 40 }, (_, i) => `${i}.50,${i}\n`).join("")}x,1\n`;
    const table = parseCsv(text);
    expect(table.columns.get("g")).toMatchObject({ kind: "text" });
    expect(table.columns.get("g")?.kind === "text" && table.columns.get("g")).toHaveProperty(
      "values.3",
      "3.50",
    );
    expect(table.columns.get("y")).toMatchObject({ kind: "number" });
    expect(table.rowCount).toBe(41);
  });

  it("names the line of the file where quotation marks or cells are wrong", () => {
    expect(readPieces(['a,b\n"x\ny', '",1\n2'])).toContain("Line 4 of the CSV text has 1 cell,");
    expect(readPieces(['a,b\r\n1,2\r\n"x', "\r\n3,4\r\n"])).toContain(
      "Line 3 of the CSV text has a quotation mark",
    );
    expect(readPieces(['a,b\n1,2\n"x"y,3\n'])).toContain("Line 3 of the CSV text has text after a closing");
    expect(readPieces(["a,b\n", "\n", "1,2\n"])).toContain("Line 2 of the CSV text is empty");
    expect(readPieces(["\n", "a,b\n"])).toContain("Line 1 of the CSV text is empty");
    expect(readPieces(["A title\na,b\n"])).toContain(
      "Line 2 of the CSV text has 2 cells, but there is 1 column.",
    );
  });
});
