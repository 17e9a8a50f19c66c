import { describe, expect, it } from "vitest";
import { drawsFrom } from "../../src/posterior/drawsFrom.ts";
import { hypothesis } from "../../src/posterior/hypothesis.ts";
import { RandomStream } from "../../src/random/stream.ts";

const stream = new RandomStream(1);
const normals = (mean: number, sd: number): number[][] =>
  Array.from({ length: 2 }, () => Array.from({ length: 1000 }, () => mean + sd * stream.normal()));
const draws = drawsFrom({
  b_Intercept: normals(1, 1),
  "b_Days:x": normals(0, 1),
  b_Days: normals(10, 2),
  sd_g__Intercept: normals(3, 0.1),
  sigma: normals(6, 0.1),
  "r_g[a,Intercept]": normals(0, 1),
});
const at = (name: string): Float64Array => draws.get(name);
const share = (holds: (d: number) => boolean): number =>
  Array.from({ length: 2000 }, (_, d) => holds(d)).filter(Boolean).length / 2000;

describe("hypothesis", () => {
  it("counts the draws for which a statement holds", () => {
    const above = hypothesis(draws, "Days > 12");
    expect(above.probability).toBe(share((d) => at("b_Days")[d] > 12));
    expect(above.evidenceRatio).toBeCloseTo(above.probability / (1 - above.probability), 12);
    expect(hypothesis({ draws }, "b_Days <= 12").probability).toBe(share((d) => at("b_Days")[d] < 12));
    // 90%, as brms has it for one-sided statements: 1.645 sds of 2 around −2, with 2000 draws.
    expect(above.estimate).toBeCloseTo(-2, 0);
    expect(Math.abs(above.upper - above.lower - 2 * 1.645 * 2)).toBeLessThan(0.5);
    // Binomial: sd √(p(1 − p)/2000) for independent draws.
    const { probability: p } = above;
    expect(above.mcse / Math.sqrt((p * (1 - p)) / 2000)).toBeGreaterThan(0.8);
    expect(above.mcse / Math.sqrt((p * (1 - p)) / 2000)).toBeLessThan(1.25);
  });

  it("takes arithmetic, functions, names in back-quotes, and both sides", () => {
    const value = (text: string): number => hypothesis(draws, text).draws[7];
    expect(value("sd_g__Intercept^2 / (sd_g__Intercept^2 + sigma^2) < 0.3")).toBeCloseTo(
      at("sd_g__Intercept")[7] ** 2 / (at("sd_g__Intercept")[7] ** 2 + at("sigma")[7] ** 2) - 0.3,
      12,
    );
    expect(value("Intercept + 2 * Days > -`Days:x`")).toBeCloseTo(
      at("b_Intercept")[7] + 2 * at("b_Days")[7] + at("b_Days:x")[7],
      12,
    );
    expect(value("abs(`r_g[a,Intercept]`) >= log(sigma)")).toBeCloseTo(
      Math.abs(at("r_g[a,Intercept]")[7]) - Math.log(at("sigma")[7]),
      12,
    );
  });

  it("gives an equality its interval, and no probability", () => {
    const equal = hypothesis(draws, "Days = 10");
    expect(equal.probability).toBeNaN();
    expect(Math.abs(equal.upper - equal.lower - 2 * 1.96 * 2)).toBeLessThan(0.5);
  });

  it("takes any function of a draw", () => {
    const own = hypothesis(draws, (get) => Math.max(get("b_Days"), get("sigma")) - 9);
    expect(own.probability).toBe(share((d) => Math.max(at("b_Days")[d], at("sigma")[d]) > 9));
  });

  it("tells at least from above where draws can be equal, as those of a fixed parameter are", () => {
    const held = drawsFrom({ sigma: [[25, 25], [25, 25]], k: [[1, 2], [2, 3]] }); // biome-ignore format: chains
    const share = (text: string): number => hypothesis(held, text).probability;
    expect(["sigma >= 25", "25 <= sigma", "sigma > 25", "sigma < 25"].map(share)).toEqual([1, 1, 0, 0]);
    expect(["k >= 2", "k > 2", "k <= 2", "k < 2"].map(share)).toEqual([0.75, 0.25, 0.75, 0.25]);
    expect(hypothesis(held, "k == 2").probability).toBeNaN();
  });

  it("says infinite odds where no draw contradicts, and prints itself", () => {
    const sure = hypothesis(draws, "sigma > 1");
    expect(sure.probability).toBe(1);
    expect(sure.evidenceRatio).toBe(Number.POSITIVE_INFINITY);
    const show = (sure as unknown as Record<symbol, () => string>)[Symbol.for("nodejs.util.inspect.custom")];
    expect(show()).toMatch(/^sigma > 1: difference 5.*90% interval.*probability 1 .*evidence ratio Inf$/);
  });

  it.each<[string, () => unknown, string, RegExp]>([
    ["no comparison", () => hypothesis(draws, "Days + 1"), "formula-syntax", /no sign of comparison/],
    ["two comparisons", () => hypothesis(draws, "1 < Days < 2"), "formula-syntax", /2 of them/],
    ["an empty side", () => hypothesis(draws, "> 2"), "formula-syntax", /left side is empty/],
    [
      "an open parenthesis",
      () => hypothesis(draws, "(Days > 2"),
      "formula-syntax",
      /hypothesis at position 6[^~]*\(Days > 2\n/,
    ],
    ["another sign", () => hypothesis(draws, "Days != 2"), "formula-syntax", /position 5[^~]*Days != 2\n/],
    [
      "draws without a value",
      () => hypothesis(draws, "log(Days - 10) > 0"),
      "invalid-argument",
      /at \d+ of 2000 draws/,
    ],
    [
      "an unknown variable",
      () => hypothesis(draws, "Dayz > 2"),
      "unknown-variable",
      /Did you mean "Days"[\s\S]*\^/,
    ],
    ["a hostile name", () => hypothesis(draws, "__proto__ > 2"), "unknown-variable", /__proto__/],
    ["an unknown function", () => hypothesis(draws, "eval(Days) > 2"), "unknown-function", /eval/],
    ["random terms", () => hypothesis(draws, "(1 | Days) > 2"), "formula-syntax", /no meaning/],
    ["a number", () => hypothesis(draws, 5 as never), "invalid-argument", /got 5/],
    [
      "a function without a value",
      () => hypothesis(draws, (() => undefined) as never),
      "invalid-argument",
      /draw 0/,
    ],
    ["a level of 90", () => hypothesis(draws, "Days > 2", { level: 90 }), "invalid-argument", /"level"/],
    [
      "an unknown option",
      () => hypothesis(draws, "Days > 2", { alpha: 0.1 } as object),
      "unknown-option",
      /alpha/,
    ],
  ])("refuses %s", (_, call, code, text) => {
    let thrown: unknown;
    try {
      call();
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({ code });
    expect((thrown as Error).message).toMatch(text);
  });
});
