import { readFileSync } from "node:fs";
import { afterEach, describe, expect, it, vi } from "vitest";
import { widths } from "../../scripts/kernels.ts";
import { moduleFiles } from "../../scripts/modules.ts";
import { distinctLevels } from "../../src/linalg/distinctLevels.ts";
import { oneFactorKernels } from "../../src/linalg/kernels/index.ts";
import { instantiate } from "../../src/linalg/webAssembly.ts";
import { ln } from "../../src/stats/special.ts";
import { numbers, spread } from "./numbers.ts";

describe("the modules", () => {
  it("are what scripts/modules.ts writes", async () => {
    for (const [name, text] of await moduleFiles()) {
      const file = new URL(`../../src/linalg/kernels/${name}`, import.meta.url);
      expect(readFileSync(file, "utf8"), name).toBe(text);
    }
  });
});

describe("the loop over distinct levels", () => {
  const cases = [1, 2, 3].flatMap((k) =>
    widths(k).flatMap((q) => [1, 2, 33, 400].map((levels) => [k, q, levels] as const)),
  );

  it.each(cases)("has the bits of the plain kernel (k = %i, q = %i, %i levels)", (k, q, levels) => {
    const next = numbers(1000 * k + 100 * q + levels);
    const ztz = new Float64Array(levels * k * k);
    for (let level = 0; level < levels; level++) {
      // Z′Z of rows up to 100 in size: |L| passes 1e150 every 30 levels or so, in the two lanes at different ones.
      const root = Float64Array.from({ length: k * k }, () => 100 ** next() * spread(next));
      for (let i = 0; i < k; i++) {
        for (let j = 0; j < k; j++) {
          for (let c = 0; c < k; c++) ztz[level * k * k + i + j * k] += root[i + c * k] * root[j + c * k];
        }
      }
    }
    const ztx = Float64Array.from({ length: levels * k * q }, () => 10 * spread(next));
    const lambda = new Float64Array(k * k);
    for (let j = 0; j < k; j++)
      for (let i = j; i < k; i++) lambda[i + j * k] = spread(next) + (i === j ? 2 : 0);
    const S = Float64Array.from({ length: q * q }, () => 1000 * spread(next));
    const theirs = { S: S.slice(), B: new Float64Array(levels * k * k) };
    const ours = S.slice();
    const { distinct } = oneFactorKernels(k, q);
    const C = new Float64Array(k * q);
    const inLanes = distinctLevels({ levels, k, ztz, ztx }, q, ln, 0);
    // Twice: what the first call leaves must not reach the second.
    for (let turn = 0; turn < 2; turn++) {
      const log = distinct(lambda, levels, ztz, ztx, q, theirs.S, theirs.B, C, ln);
      expect(inLanes.reduceInto(ours, lambda)).toBe(log);
      expect(ours).toEqual(theirs.S);
      expect(inLanes.B).toEqual(theirs.B);
      lambda[0] *= 1.5;
    }
    // Else the plain kernel would have been compared with itself.
    expect(inLanes.B.buffer.byteLength % 65536).toBe(0);
  });

  it("does few levels, and widths without a module, by the plain kernel", () => {
    const zeros = (levels: number, k: number, q: number) => ({
      ...{ levels, k },
      ...{ ztz: new Float64Array(levels * k * k), ztx: new Float64Array(levels * k * q) },
    });
    for (const [levels, k, q] of [
      [31, 2, 3],
      [100, 4, 3],
      [100, 2, 5],
    ]) {
      const { B } = distinctLevels(zeros(levels, k, q), q, ln);
      expect(B.buffer.byteLength).toBe(8 * levels * k * k);
    }
  });
});

describe("where WebAssembly is refused", () => {
  afterEach(() => {
    vi.unstubAllGlobals();
    vi.resetModules();
  });

  it.each(["Module", "Memory"] as const)("no %s: nothing is thrown and the plain loops do", async (part) => {
    class Refused {
      constructor() {
        throw new WebAssembly.CompileError("refused by the page's policy");
      }
    }
    vi.stubGlobal("WebAssembly", {
      Module: WebAssembly.Module,
      Instance: WebAssembly.Instance,
      [part]: Refused,
    });
    vi.resetModules();
    const fresh = await import("../../src/linalg/distinctLevels.ts");
    const factor = { levels: 40, k: 1, ztz: new Float64Array(40), ztx: new Float64Array(80) };
    expect(fresh.distinctLevels(factor, 2, ln).B.buffer.byteLength).toBe(320);
    const { compiledGather } = await import("../../src/linalg/compiledGather.ts");
    const gather = { rows: 1, rowStart: Int32Array.of(0, 1), column: Int32Array.of(0), values: null };
    expect(compiledGather(gather, 1, 0)).toBeUndefined();
  });

  it("and a memory beyond what there is", () => {
    expect(instantiate("", "gather", 2 ** 33)).toBeUndefined();
  });
});
