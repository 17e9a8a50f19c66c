import { execFileSync } from "node:child_process";
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";
import { DuckDBInstance } from "@duckdb/node-api";
import { tableFromArrays, tableToIPC } from "apache-arrow";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { parseCsv } from "../../src/data/csv.ts";
import { columnOf } from "../../src/data/table.ts";
import { readTable } from "../../src/io/node.ts";
import { lmm } from "../../src/model/lmm.ts";
import { reml } from "../../src/reml/fit.ts";
import { duckdb, lmmFromSql } from "../../src/sql/index.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "blmm-"));
});

async function written(name: string, content: string | Uint8Array): Promise<string> {
  await writeFile(join(folder, name), content);
  return join(folder, name);
}

describe("readTable()", () => {
  // Some 400 kB, so that characters of several bytes, quotes and line ends fall on borders of Node's 64-kB pieces.
  const text = `\uFEFFname,y\r\n${Array.from({ length: 9973 }, (_, i) => `"é😀 ""${i % 100}""\r\n${"ü".repeat(i % 7)}",${i / 7}\r\n`).join("")}`;

  it("reads CSV in pieces, plain and compressed, from paths and addresses", async () => {
    const table = parseCsv(text);
    expect(table.rowCount).toBe(9973);
    expect(await readTable(await written("a.csv", text))).toEqual(table);
    expect(await readTable(await written("a.csv.gz", gzipSync(text)))).toEqual(table);
    expect(await readTable(pathToFileURL(join(folder, "a.csv")))).toEqual(table);
  });

  it("reads once more what began like numbers", async () => {
    const path = await written("b.csv", `g\n${"1.0\n".repeat(1000)}x\n`);
    expect(columnOf(await readTable(path), "g")).toMatchObject({
      kind: "text",
      values: { 7: "1.0", 1000: "x" },
    });
  });

  it("reads JSON, rows or columns, with or without a byte order mark", async () => {
    const rows = [{ y: 1.5, g: "b" }, { y: null, g: "a" }, { g: "é" }];
    const columns = { y: [1.5, null, null], g: ["b", "a", "é"] };
    for (const [name, content] of [
      ["rows.json", JSON.stringify(rows)],
      ["columns.JSON", `\uFEFF${JSON.stringify(columns, null, 1)}`],
    ]) {
      const table = await readTable(await written(name, content));
      expect(columnOf(table, "y")).toMatchObject({
        kind: "number",
        values: Float64Array.of(1.5, Number.NaN, Number.NaN),
      });
      expect(columnOf(table, "g")).toMatchObject({ kind: "text", values: ["b", "a", "é"] });
    }
    for (const [content, code] of [
      ["[{]", "bad-json"],
      [Uint8Array.of(0x22, 0xff, 0x22), "bad-json"],
      ["3", "not-a-table"],
      ['{"a": [1], "b": [1, 2]}', "unequal-lengths"],
    ] as const)
      await expect(readTable(await written("odd.json", content))).rejects.toMatchObject({ code });
  });

  it("reads Arrow files", async () => {
    const bytes = tableToIPC(tableFromArrays({ y: Float64Array.of(1, 2), g: ["b", "a"] }), "file");
    for (const name of ["a.arrow", "a.feather"]) {
      const table = await readTable(await written(name, bytes));
      expect(columnOf(table, "y")).toEqual({ kind: "number", values: Float64Array.of(1, 2) });
      expect(columnOf(table, "g")).toMatchObject({ kind: "factor", levels: ["a", "b"] });
    }
  });

  it("says how to write Arrow files that it cannot read: compressed, as pyarrow and R do by default", async () => {
    const path = join(import.meta.dirname, "../golden/files/lz4.feather");
    await expect(readTable(path)).rejects.toMatchObject({
      code: "bad-arrow",
      remedy: expect.stringContaining("without compression"),
    });
  });

  it("reads Parquet files", async () => {
    const path = join(folder, "it's.parquet");
    const connection = await (await DuckDBInstance.create(":memory:")).connect();
    await connection.run(
      `COPY (SELECT i / 4 AS y, i AS n, i::HUGEINT AS h, (i / 8)::DECIMAL(9, 3) AS p, CASE WHEN i = 2 THEN NULL ELSE 'g' || i END AS g,
         DATE '1970-01-02' AS d, i > 1 AS b FROM range(4) AS r(i)) TO '${path.replaceAll("'", "''")}'`,
    );
    const table = await readTable(path);
    expect(columnOf(table, "y")).toEqual({ kind: "number", values: Float64Array.of(0, 0.25, 0.5, 0.75) });
    for (const name of ["n", "h"])
      expect(columnOf(table, name)).toEqual({ kind: "number", values: Float64Array.of(0, 1, 2, 3) });
    expect(columnOf(table, "p")).toEqual({ kind: "number", values: Float64Array.of(0, 0.125, 0.25, 0.375) });
    expect(columnOf(table, "g")).toEqual({ kind: "text", values: ["g0", "g1", null, "g3"] });
    expect(columnOf(table, "d")).toEqual({ kind: "date", values: Float64Array.of(1, 1, 1, 1) });
    expect(columnOf(table, "b")).toEqual({ kind: "boolean", values: [false, false, true, true] });
  });

  it("reads of Parquet files the one named, and every column or none", async () => {
    const connection = await (await DuckDBInstance.create(":memory:")).connect();
    const write = (query: string, name: string) =>
      connection.run(`COPY (${query}) TO '${join(folder, name)}'`);
    await write("SELECT 1 AS y", "a1.parquet");
    await write(`SELECT 2 AS y, 3 AS "__proto__"`, "a[1].parquet");
    const table = await readTable(join(folder, "a[1].parquet"));
    expect(table.names).toEqual(["y", "__proto__"]);
    expect(columnOf(table, "y")).toEqual({ kind: "number", values: Float64Array.of(2) });
    await write("SELECT 1 AS y, [1, 2] AS list", "nested.parquet");
    await expect(readTable(join(folder, "nested.parquet"))).rejects.toMatchObject({
      code: "unsupported-column",
      remedy: expect.stringContaining("lmmFromSql()"),
    });
  });

  it("gives the model that DuckDB's sums of the same Parquet file give", async () => {
    const path = join(folder, "visits.parquet");
    const connection = await (await DuckDBInstance.create(":memory:")).connect();
    await connection.run(
      `COPY (SELECT 'p' || (i % 9) AS patient, i // 9 AS week, 50 + (i % 7) + 0.4 * (i // 9) AS score FROM range(90) AS r(i))
         TO '${path}'`,
    );
    const formula = "score ~ week + (1 | patient)";
    const asked = reml(await lmmFromSql(formula, duckdb(connection, `SELECT * FROM '${path}'`)));
    const read = reml(lmm(formula, await readTable(path)));
    // Sums differ by rounding only, and the search stops far below this.
    expect(Math.abs(asked.criterion - read.criterion)).toBeLessThan(1e-9 * read.criterion);
    expect(asked.sigma).toBeCloseTo(read.sigma, 8);
  });

  it("refuses files that are missing, broken or not what their names say", async () => {
    for (const name of ["no.csv", "no.arrow", "no.parquet"])
      await expect(readTable(join(folder, name))).rejects.toMatchObject({ code: "no-such-file" });
    await expect(readTable(folder)).rejects.toMatchObject({ code: "no-such-file" });
    for (const address of ["https://example.com/a.csv", new URL("https://example.com/a.csv")])
      await expect(readTable(address)).rejects.toMatchObject({
        code: "no-such-file",
        remedy: expect.stringContaining("fetch(address)"),
      });
    const bad: [string, Uint8Array, string][] = [
      ["cut.csv.gz", gzipSync(text).subarray(0, 2000), "bad-csv"],
      ["plain.csv.gz", Buffer.from("y\n1\n"), "bad-csv"],
      ["latin1.csv", Buffer.from("g\nM\u00fcller\n", "latin1"), "bad-csv"],
      ["cut-letter.csv", Buffer.from("g\n\u00fc").subarray(0, 3), "bad-csv"],
      ["text.arrow", Buffer.from("y\n1\n"), "bad-arrow"],
      ["text.parquet", Buffer.from("y\n1\n"), "bad-parquet"],
    ];
    for (const [name, bytes, code] of bad)
      await expect(readTable(await written(name, bytes))).rejects.toMatchObject({ code });
  });

  it.skipIf(process.platform === "win32")("reads pipes, and refuses what is no UTF-8 there too", async () => {
    for (const [name, content] of [
      ["text", Buffer.from("g\nMüller\n")],
      ["latin1", Buffer.from("g\nMüller\nMöller\n", "latin1")],
    ] as const) {
      const pipe = join(folder, name);
      execFileSync("mkfifo", [pipe]);
      const [read] = await Promise.allSettled([readTable(pipe), writeFile(pipe, content)]);
      expect(read).toMatchObject(
        name === "text" ? { value: { rowCount: 1 } } : { reason: { code: "bad-csv" } },
      );
    }
  });

  it.runIf(process.platform === "linux")(
    "does not blame the text of a file that the system does not hand out",
    async () => {
      await expect(readTable("/proc/self/mem")).rejects.toMatchObject({ code: "no-such-file" });
    },
  );

  it("says of a file what parseCsv() says of its text", async () => {
    const broken = "y,g\n1,a\n2\n";
    const fault = { code: "bad-csv", reason: "Line 3 of the CSV text has 1 cell, but there are 2 columns." };
    await expect(readTable(await written("broken.csv", Buffer.from(broken)))).rejects.toMatchObject(fault);
    await expect(readTable(await written("broken.csv.gz", gzipSync(broken)))).rejects.toMatchObject(fault);
  });

  it("reads what spreadsheets save: a byte order mark, Windows line ends, empty rows", async () => {
    const bytes = Buffer.from("\ufeffy,g\r\n1.5,a\r\n,b\r\n,\r\n");
    const table = await readTable(await written("sheet.csv", bytes));
    expect(columnOf(table, "y")).toEqual({ kind: "number", values: Float64Array.of(1.5, NaN, NaN) });
    expect(columnOf(table, "g")).toEqual({ kind: "text", values: ["a", "b", null] });
  });

  it("says what to install where a package is missing", async () => {
    const missing = () => {
      throw new Error("not there");
    };
    vi.doMock("apache-arrow", missing);
    vi.doMock("@duckdb/node-api", missing);
    for (const [name, install] of [
      ["c.arrow", "npm install apache-arrow"],
      ["c.parquet", "npm install @duckdb/node-api"],
    ]) {
      await expect(readTable(await written(name, ""))).rejects.toMatchObject({
        code: "missing-package",
        remedy: expect.stringContaining(install),
      });
    }
    vi.doUnmock("apache-arrow");
    vi.doUnmock("@duckdb/node-api");
  });
});
