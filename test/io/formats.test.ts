import { join } from "node:path";
import { build } from "esbuild";
import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { BlmmError } from "../../src/errors.ts";
import { gibbsSync } from "../../src/gibbs/gibbs.ts";
import {
  drawsFromArrow,
  drawsFromCsv,
  drawsFromStanCsv,
  drawsToArrow,
  drawsToCsv,
  drawsToStanCsv,
  fromInferenceData,
  toInferenceData,
} from "../../src/io/formats.ts";
import { lmm } from "../../src/model/lmm.ts";
import { Draws, type VariableInfo } from "../../src/posterior/draws.ts";
import { drawsFrom, infoOf } from "../../src/posterior/drawsFrom.ts";

/** Every double: what prints long, what JSON lacks, both zeros. */
const double = fc.oneof(
  fc.double(),
  fc.constantFrom(Number.NaN, Infinity, -Infinity, -0, 5e-324, 1e21, 1 / 3),
);
const label = fc.oneof(
  fc.string({ unit: "binary", maxLength: 6 }),
  fc.constantFrom("a,b", 'q"q', "line\nbreak", "__proto__", "1", "é", "#", "a__b", " "),
);
const info: fc.Arbitrary<VariableInfo> = fc.oneof(
  label.map((name) => infoOf(name)),
  fc.record({ term: label }).map(({ term }) => ({ name: `b_${term}`, kind: "fixed" as const, term })),
  fc.record({ group: label, level: label, term: label }).map((parts) => ({
    ...parts,
    name: `r_${parts.group}[${parts.level},${parts.term}]`,
    kind: "group" as const,
  })),
);
const anyDraws: fc.Arbitrary<Draws> = fc
  .record({
    info: fc.uniqueArray(info, { selector: ({ name }) => name, minLength: 1, maxLength: 6 }),
    chains: fc.integer({ min: 1, max: 3 }),
    iterations: fc.integer({ min: 1, max: 4 }),
  })
  .filter((parts) => parts.info.every(({ name }) => !["", "chain", "iteration", "draw"].includes(name)))
  .chain((parts) => {
    const size = parts.info.length * parts.chains * parts.iterations;
    return fc
      .array(double, { minLength: size, maxLength: size })
      .map((values) => new Draws({ ...parts, values: Float64Array.from(values) }));
  });

/** The same bits, names and sizes; `info` too unless said otherwise. */
function expectSame(read: Draws, written: Draws, described = true): void {
  expect(read.variables).toEqual(written.variables);
  expect([read.chains, read.iterations]).toEqual([written.chains, written.iterations]);
  // Object.is for every number: NaN is NaN, −0 is not 0.
  expect(read.values.every((value, k) => Object.is(value, written.values[k]))).toBe(true);
  if (described) expect(read.info).toEqual(written.info);
}

async function codeOf(action: () => unknown): Promise<string> {
  try {
    await action();
  } catch (error) {
    expect(error).toBeInstanceOf(BlmmError);
    expect((error as BlmmError).remedy).not.toBe("");
    return `${(error as BlmmError).code}: ${(error as BlmmError).reason}`;
  }
  return "accepted";
}

const data = Array.from({ length: 24 }, (_, i) => ({ y: Math.sin(i * i), x: i % 4, g: `g,${i % 6}` }));
const posterior = gibbsSync(lmm("y ~ x + (x | g)", data), { seed: 1, draws: 20, warmup: 50, chains: 2 });
const draws = drawsFrom({
  sigma: [
    [1, 2, 3],
    [4, 5, 6],
  ],
  "theta[a]": [
    [0.1, 0.2, 0.3],
    [0.4, 0.5, 0.6],
  ],
});

describe("draws", () => {
  it("come back from every format bit for bit, whatever the names", async () => {
    await fc.assert(
      fc.asyncProperty(anyDraws, async (written) => {
        expectSame(drawsFromStanCsv(drawsToStanCsv(written)), written);
        expectSame(await drawsFromArrow(await drawsToArrow(written)), written);
        expectSame(fromInferenceData(toInferenceData(written)), written);
        expectSame(drawsFromCsv(drawsToCsv(written)), written, false);
      }),
      { numRuns: 100, seed: 7 },
    );
  });

  it("of a posterior come back with what each variable is, in their order", async () => {
    expect(posterior.draws.describe("r_g[g,3,x]")).toMatchObject({ level: "g,3", term: "x" });
    expectSame(drawsFromStanCsv(drawsToStanCsv(posterior)), posterior.draws);
    expectSame(await drawsFromArrow(await drawsToArrow(posterior)), posterior.draws);
    // What fetch() hands out, and a byte order mark, as editors write it.
    const buffer = Uint8Array.from(await drawsToArrow(posterior)).buffer;
    expectSame(await drawsFromArrow(buffer), posterior.draws);
    const json = JSON.stringify(toInferenceData(posterior));
    expect(fromInferenceData(`\uFEFF${json}`)).toEqual(fromInferenceData(json));
    expectSame(fromInferenceData(JSON.stringify(toInferenceData(posterior))), posterior.draws);
    expectSame(drawsFromCsv(drawsToCsv(posterior)), posterior.draws);
  });
});

describe("blmm/formats", () => {
  it("needs no file system and no package but d3-dsv, which pages have", async () => {
    const { metafile } = await build({
      entryPoints: [join(import.meta.dirname, "../../src/io/formats.ts")],
      bundle: true,
      write: false,
      format: "esm",
      platform: "browser",
      metafile: true,
      external: ["apache-arrow"],
    });
    const packages = Object.keys(metafile.inputs).filter((path) => path.includes("node_modules"));
    expect(packages.filter((path) => !path.includes("d3-dsv"))).toEqual([]);
  });

  it("says what to install where a package is missing", async () => {
    vi.doMock("apache-arrow", () => {
      throw new Error("not there");
    });
    expect(await codeOf(() => drawsToArrow(draws))).toMatch(/^missing-package: .*"apache-arrow"/);
    vi.doUnmock("apache-arrow");
  });
});

describe("Stan CSV", () => {
  const [first, second] = drawsToStanCsv(draws);
  const lines = first.split("\n");

  it("is written as CmdStan writes it", () => {
    const [text] = drawsToStanCsv(posterior);
    const [, header] = /^([^#].*)$/m.exec(text) as RegExpExecArray;
    expect(header.split(",").slice(0, 3)).toEqual(["b_Intercept", "b_x", "sd_g__Intercept"]);
    expect(header).toContain(",r_g.1.1,r_g.1.2,r_g.2.1,");
    for (const line of [
      "# model = y ~ x + (x | g)",
      "#   num_samples = 20",
      "#   num_warmup = 50",
      "#   seed = 1",
    ])
      expect(text.split("\n")).toContain(line);
    expect(text).toContain('# column r_g.4.2 = {"name":"r_g[g,3,x]"');
    expect(lines.slice(-5)).toEqual(["sigma,theta_a_", "1,0.1", "2,0.2", "3,0.3", ""]);
  });

  it("of CmdStan is read: diagnostics, warm-up and comments left out, indices as Stan prints them", () => {
    const text = `# stan_version_major = 2
# method = sample (Default)
#   sample
#     num_samples = 4
#     save_warmup = true
#     thin = 2
lp__,accept_stat__,divergent__,mu,theta.1.2
-9,1,0,9,9
# Adaptation terminated
# Step size = 0.9
-7.5,0.99,0,0.5,1e-05
-inf,0.98,0,nan,-2.5E+3
#  Elapsed Time: 0.01 seconds (Warm-up)
`;
    const read = drawsFromStanCsv([text.replace("-7.5", "-7").replaceAll("\n", "\r\n"), text]);
    expect(read.variables).toEqual(["lp__", "mu", "theta[1,2]"]);
    expect([...read.chain("theta[1,2]", 1)]).toEqual([1e-5, -2500]);
    expect([...read.chain("mu", 0)]).toEqual([0.5, Number.NaN]);
    expect(read.get("lp__")[1]).toBe(-Infinity);
  });

  it("that is malformed, cut short or edited is refused, naming the line", async () => {
    const read = (...texts: string[]) => codeOf(() => drawsFromStanCsv(texts));
    const at = lines.indexOf("2,0.2") + 1;
    expect(await read(first, second.replace("5,0.5", "5"))).toBe(
      `bad-csv: There are 1 cells in line ${at} of chain 1, but 2 columns.`,
    );
    expect(await read(first, second.replace("5,0.5", "5,x"))).toBe(
      `not-a-number: There is "x" where a draw should be, in column "theta_a_" of line ${at} of chain 1.`,
    );
    for (const cell of ["", "NA", "0x1F", "1_0", "1.2.3"])
      expect(await read(first.replace("2,0.2", `2,${cell}`))).toContain("not-a-number");
    expect(await read(first, second.replace("sigma,", "tau,"))).toBe(
      'different-variables: Column 1 of chain 1 is "tau", of chain 0 "sigma".',
    );
    expect(await read(first, second.replace("sigma,theta_a_\n", "sigma\n"))).toMatch(/^bad-csv/);
    expect(await read(first.slice(0, -2))).toMatch(/^bad-csv: The text of chain 0 ends within line/);
    expect(await read(first.replace("2,0.2\n", ""))).toBe(
      "bad-csv: There are 2 draws in the text of chain 0, but its comments announce 3.",
    );
    const bare = (text: string) => text.replace(/^#.*\n/gm, "");
    expect(await read(bare(first), bare(second).replace("5,0.5\n", ""))).toBe(
      "unequal-chains: Chain 1 has 2 iterations, chain 0 has 3.",
    );
    expect(await read(first.replace('{"name":"sigma"', '{"name":5'))).toMatch(
      /^bad-draws: The comment in line \d+ of chain 0 does not describe variables/,
    );
    expect(await read(bare(first).replace("theta_a_", "sigma"))).toMatch(/^duplicate-variable/);
    expect(await read("# nothing\n")).toMatch(/^no-draws/);
    expect(await read(first, second, first)).toBe(
      "repeated-chain: Chains 0 and 2 hold the same draws, number by number.",
    );
    expect(await codeOf(() => drawsFromStanCsv(first as never))).toMatch(/^invalid-argument/);
    expect(await codeOf(() => drawsFromStanCsv([5 as never]))).toMatch(/^invalid-argument/);
  });
});

describe("tidy CSV", () => {
  const text = drawsToCsv(draws);

  it("that is malformed, cut short or edited is refused, naming the line", async () => {
    const read = (edited: string) => codeOf(() => drawsFromCsv(edited));
    expect(text.split("\n")[2]).toBe("0,1,1,2,0.2");
    expect(await read(text.replace("0,1,1,2,0.2", "0,1,1,2"))).toBe(
      "bad-csv: There are 4 cells in line 3, but 5 columns.",
    );
    expect(await read(text.replace("0,1,1,2,0.2", "0,1,1,NA,0.2"))).toBe(
      'not-a-number: There is "NA" where a draw should be, in column "sigma" of line 3.',
    );
    expect(await read(text.replace("0,1,1,2,0.2\n", ""))).toBe(
      "bad-draws: In line 3 there is iteration 2 of chain 0, after iteration 0 of chain 0.",
    );
    expect(await read(text.replace("1,2,5,6,0.6\n", ""))).toBe(
      "unequal-chains: Chain 1 has 2 iterations, chain 0 has 3.",
    );
    expect(await read(text.slice(0, -1))).toMatch(/^bad-csv: The text ends within line 7,/);
    expect(await read(text.replace("iteration", "Iteration"))).toMatch(/^bad-draws: The first columns/);
    expect(await read(text.split("\n")[0])).toMatch(/^bad-csv/);
    expect(await read(`${text.split("\n")[0]}\n`)).toMatch(/^no-draws/);
    expect(await read(5 as never)).toMatch(/^invalid-argument/);
  });

  it("counts lines as editors do, whatever the names", async () => {
    const odd = drawsToCsv(drawsFrom({ "a\nb": [1, 2] }));
    expect(await codeOf(() => drawsFromCsv(odd.replace("0,1,1,2", "0,1,1,?")))).toContain("line 4");
  });
});

describe("InferenceData", () => {
  it("has ArviZ's groups, effects as arrays with coordinates, and the response", () => {
    const content = toInferenceData(posterior, { logLik: true });
    const at = (nested: unknown, ...path: number[]): unknown =>
      path.reduce((part, i) => (part as readonly unknown[])[i], nested);
    expect(Object.keys(content)).toEqual([
      "posterior",
      "observed_data",
      "log_likelihood",
      "coords",
      "dims",
      "attrs",
    ]);
    expect(content.dims).toEqual({ r_g: ["g__level", "g__term"], y: ["row"] });
    expect(content.coords?.["g__level"]).toEqual(["g,0", "g,1", "g,2", "g,3", "g,4", "g,5"]);
    expect(content.coords?.["g__term"]).toEqual(["Intercept", "x"]);
    expect(at(content.posterior["r_g"], 1, 7, 4, 1)).toBe(posterior.draws.chain("r_g[g,4,x]", 1)[7]);
    expect(at(content.posterior["sigma"], 1, 7)).toBe(posterior.draws.chain("sigma", 1)[7]);
    expect(at(content.log_likelihood?.["y"], 1, 7, 5)).toBe(posterior.logLik()[27][5]);
    expect(at(content.observed_data?.["y"], 5)).toBe(data[5].y);
    expect(content.attrs).toMatchObject({ inference_library: "blmm", seed: 1, tuning_steps: 50, thin: 1 });
    expect(toInferenceData(draws)).not.toHaveProperty("observed_data");
  });

  it("of ArviZ is read: bare NaN, arrays with and without coordinates", () => {
    const read = fromInferenceData(`{"posterior": {"mu": [[1, NaN]], "NaN": [[-Infinity, 2]],
      "theta": [[[[1], [2]], [[3], [4]]]]}, "coords": {"school": ["Choate", "NaN"]},
      "dims": {"theta": ["school"]}, "sample_stats": {"lp": [[0, 0]]}}`);
    expect(read.variables).toEqual(["mu", "NaN", "theta[Choate,0]", "theta[NaN,0]"]);
    expect([...read.values]).toEqual([1, Number.NaN, -Infinity, 2, 1, 3, 2, 4]);
  });

  it("that is malformed, cut short or edited is refused, naming the place", async () => {
    const read = (content: unknown) => codeOf(() => fromInferenceData(content as string));
    const text = JSON.stringify(toInferenceData(draws));
    expect(await read(text.slice(0, 40))).toMatch(
      /^bad-json: Line 1 of the JSON text cannot be read after ".*"/,
    );
    expect(await read("[]")).toMatch(/^bad-draws: There is no group "posterior"/);
    expect(await read(null)).toMatch(/^bad-draws/);
    expect(await read({ posterior: {} })).toMatch(/^no-draws/);
    expect(await read({ posterior: { mu: [[]] } })).toMatch(/^no-draws/);
    expect(await read({ posterior: { mu: 3 } })).toMatch(/^bad-draws: "mu" is not nested/);
    expect(await read({ posterior: { mu: [[1, 2]], s: [[1], [2]] } })).toMatch(
      /^unequal-chains: "s" has 2 chains of 1, "mu" has 1 of 2/,
    );
    expect(await read({ posterior: { mu: [[1, 2], [3]] } })).toBe(
      "unequal-chains: posterior.mu[1] has 1 entries, others beside it have 2.",
    );
    expect(await read({ posterior: { mu: [[1, null]] } })).toMatch(
      /^not-a-number: There is "null" where a draw should be, in posterior.mu\[0\]\[1\]/,
    );
    expect(await read({ posterior: { mu: [[1, [2]]] } })).toMatch(/^unequal-chains/);
    expect(await read(text.replace('blmm_variables":"[', 'blmm_variables":"{['))).toMatch(/^bad-draws/);
    expect(await codeOf(() => toInferenceData(draws, { logLik: true }))).toMatch(/^invalid-argument/);
    expect(await codeOf(() => toInferenceData(draws, { loglik: true } as object))).toMatch(/^unknown-option/);
  });
});

describe("Arrow", () => {
  it("files and streams that are cut short anywhere are refused", async () => {
    const { tableFromIPC, tableToIPC } = await import("apache-arrow");
    const table = tableFromIPC(await drawsToArrow(draws));
    // Chain by chain, so that a cut may fall between two batches.
    const batches = table.slice(0, 3).concat(table.slice(3));
    for (const kind of ["file", "stream"] as const) {
      const bytes = tableToIPC(batches, kind);
      expectSame(await drawsFromArrow(bytes), draws);
      // Batches end at multiples of 8.
      for (let length = 0; length < bytes.length; length += 4)
        await expect(drawsFromArrow(bytes.slice(0, length))).rejects.toMatchObject({ code: "bad-arrow" });
    }
  });

  it("files whose batch is not where they say are refused", async () => {
    const bytes = await drawsToArrow(draws);
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    // Where the one batch is and how long its description, in the footer: 8 and what the file says at 12, and 8 more.
    const length = 8 + view.getInt32(12, true);
    let at = bytes.length - 10 - view.getInt32(bytes.length - 10, true);
    while (view.getBigInt64(at, true) !== 8n || view.getInt32(at + 8, true) !== length) at++;
    view.setBigInt64(at, BigInt(bytes.length), true);
    await expect(drawsFromArrow(bytes)).rejects.toMatchObject({
      code: "bad-arrow",
      message: expect.stringContaining("batch 0 is missing"),
    });
  });

  it("files that are something else or edited are refused", async () => {
    const { tableFromIPC, tableFromJSON, tableToIPC } = await import("apache-arrow");
    const table = tableFromIPC(await drawsToArrow(draws));
    const read = (content: Uint8Array) => codeOf(() => drawsFromArrow(content));
    expect(await read(new TextEncoder().encode("chain,iteration\n0,0\n"))).toMatch(/^bad-arrow/);
    expect(await read(tableToIPC(table.select(["chain", "sigma"]), "file"))).toMatch(/^bad-draws: The first/);
    expect(await read(tableToIPC(table.slice(1), "file"))).toMatch(/^bad-draws: In row 0/);
    expect(await read(tableToIPC(table.slice(0, 5), "file"))).toMatch(/^unequal-chains/);
    const holes = [0, 1].map((i) => ({ chain: 0, iteration: i, draw: i, sigma: i === 0 ? 1.5 : null }));
    expect(await read(tableToIPC(tableFromJSON(holes), "file"))).toMatch(/^not-a-number: Column "/);
  });
});
