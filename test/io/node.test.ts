import { mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parseCsv } from "../../src/data/csv.ts";
import { Dyestuff } from "../../src/datasets/index.ts";
import {
  drawsToCsv,
  readSave,
  readTable,
  toJson,
  toSVG,
  writeDrawsCsv,
  writeJson,
  writeSave,
  writeSVG,
} from "../../src/io/node.ts";
import { lmm } from "../../src/model/lmm.ts";
import { trace } from "../../src/plot/index.ts";
import { drawsFrom } from "../../src/posterior/drawsFrom.ts";
import { reml } from "../../src/reml/fit.ts";

const draws = drawsFrom({
  'r_g[a "1",x]': [
    [0.1, 2],
    [1 / 3, Number.NaN],
  ],
  "<script>": [
    [1, 2],
    [3, 4],
  ],
});

describe("drawsToCsv", () => {
  it("writes every draw with digits that read back to the same double", () => {
    const text = drawsToCsv(draws);
    expect(text.split("\n")[0]).toBe('chain,iteration,draw,"r_g[a ""1"",x]",<script>');
    expect(text.split("\n")[3]).toBe("1,0,2,0.3333333333333333,3");
    const column = parseCsv(text).columns.get('r_g[a "1",x]');
    expect(column?.kind === "number" && [...column.values]).toEqual([0.1, 2, 1 / 3, Number.NaN]);
  });
});

describe("toSVG", () => {
  it("is a document of its own, with title, legend and caption inside and every name escaped", () => {
    const svg = toSVG({ ...trace(draws), title: "A & B", caption: "<note>" });
    expect(svg).toMatch(/^<svg xmlns="http:\/\/www.w3.org\/2000\/svg"/);
    expect(svg).toContain("A &amp; B");
    expect(svg).toContain("&lt;note&gt;");
    expect(svg).toContain(">chain 1</text>");
    expect(svg).not.toMatch(/<script|<figure|<div/);
  });

  it("is the same text every time", () => {
    expect(toSVG(trace(draws))).toBe(toSVG(trace(draws)));
  });
});

describe("files", () => {
  it("are written with their folders and read back", async () => {
    const folder = join(await mkdtemp(join(tmpdir(), "blmm-")), "out", "deep");
    await writeDrawsCsv(join(folder, "draws.csv"), draws);
    await writeJson(join(folder, "fit.json"), { sigma: Number.NaN, theta: Float64Array.of(1, 2) });
    await writeSVG(join(folder, "trace.svg"), trace(draws));
    expect(JSON.parse(await readFile(join(folder, "fit.json"), "utf8"))).toEqual({
      sigma: "NaN",
      theta: [1, 2],
    });
    expect(await readFile(join(folder, "trace.svg"), "utf8")).toBe(toSVG(trace(draws)));
    const table = await readTable(join(folder, "draws.csv"));
    expect(table.rowCount).toBe(4);
    expect(toJson(Number.NEGATIVE_INFINITY)).toBe('"-Inf"');
  });

  it("hold fits and posteriors", async () => {
    const path = join(await mkdtemp(join(tmpdir(), "blmm-")), "deep", "fit.blmm");
    const fit = reml(lmm("Yield ~ 1 + (1 | Batch)", Dyestuff));
    await writeSave(path, fit);
    expect(String(await readSave(path))).toBe(String(fit));
    await writeFile(path, (await readFile(path)).subarray(0, -1));
    await expect(readSave(path)).rejects.toMatchObject({ code: "invalid-save" });
  });

  it("that are missing are named", async () => {
    await expect(readTable("/no/such/file.csv")).rejects.toMatchObject({ code: "no-such-file" });
    await expect(readSave("/no/such/fit.blmm")).rejects.toMatchObject({ code: "no-such-file" });
    const bad = join(await mkdtemp(join(tmpdir(), "blmm-")), "bad.csv");
    await writeFile(bad, "a,b\n1");
    await expect(readTable(bad)).rejects.toMatchObject({ code: "bad-csv" });
  });

  it("that the system does not let us write are named", async () => {
    const folder = await mkdtemp(join(tmpdir(), "blmm-"));
    const file = join(folder, "file");
    await writeFile(file, "");
    for (const path of [folder, join(file, "below")])
      await expect(writeJson(path, {})).rejects.toMatchObject({
        name: "DataError",
        code: "no-access",
        message: expect.stringContaining(path),
      });
  });
});
