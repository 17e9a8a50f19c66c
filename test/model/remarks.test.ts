import { describe, expect, it } from "vitest";
import type { TableLike } from "../../src/data/table.ts";
import * as datasets from "../../src/datasets/index.ts";
import { type LmmOptions, lmm } from "../../src/model/lmm.ts";
import { lmmFromSums } from "../../src/model/takeSums.ts";
import { type Row, split, total } from "./parts.ts";

const { cake, clusters, Dyestuff, oats, Pastes, Penicillin, sleepstudy, tablets } = datasets;
const NEW = ["slope-around-zero", "dates-as-days", "repeated-rows", "unconnected-blocks"];
const remarksOf = (formula: string, data: TableLike, options?: LmmOptions): string[] =>
  lmm(formula, data, options)
    .warnings.map(({ code }) => code)
    .filter((code) => NEW.includes(code));

/** What the sums of the odd and of the even rows tell together. */
const remarksOfSums = (formula: string, rows: readonly Row[], options?: LmmOptions): string[] => {
  const parts = split(rows, (_, i) => i % 2);
  return lmmFromSums(total(formula, parts, options))
    .warnings.map(({ code }) => code)
    .filter((code) => NEW.includes(code));
};

it.each<[string, TableLike]>([
  ["Reaction ~ Days + (Days | Subject)", sleepstudy],
  ["Reaction ~ poly(Days, 2) + (Days || Subject)", sleepstudy],
  ["Reaction ~ offset(10 * Days) + (0 + Days | Subject)", sleepstudy],
  ["Yield ~ 1 + (1 | Batch)", Dyestuff],
  ["strength ~ 1 + (1 | batch/cask)", Pastes],
  ["diameter ~ 1 + (1 | plate) + (1 | sample)", Penicillin],
  ["yield ~ nitrogen + (1 | block/variety)", oats],
  ["yield ~ 1 + (variety | block)", oats],
  ["angle ~ recipe * temperature + (1 | recipe:replicate)", cake],
  ["y ~ x + (x | clus)", clusters],
  ["y ~ method + (1 | tablet)", tablets],
])("nothing is remarked on data in order: %s", (formula, data) => {
  expect(remarksOf(formula, data)).toEqual([]);
});

describe("slope-around-zero", () => {
  it.each([
    ["Reaction ~ 1 + (Days | Subject)", "Days", ". ~ . + Days"],
    [
      "Reaction ~ 1 + (1 | Subject) + (0 + log(Days + 1) | Subject)",
      "log(Days + 1)",
      ". ~ . + log(Days + 1)",
    ],
  ])("%s", (formula, term, change) => {
    const [{ code, details, fix }, ...rest] = lmm(formula, sleepstudy).warnings;
    expect([code, details["term"], rest]).toEqual(["slope-around-zero", term, []]);
    expect(fix).toBe(`model.update("${change}")`);
    expect(lmm(formula, sleepstudy).update(change).warnings).toEqual([]);
  });
});

describe("dates-as-days", () => {
  const dated = sleepstudy.map((row, i) => ({
    ...row,
    visit: i === 0 ? null : new Date(Date.UTC(2023, 11, 30 + row.Days)),
  }));

  it("names the days of the rows used", () => {
    const { warnings } = lmm("Reaction ~ visit + (1 | Subject)", dated.slice(0, 60));
    const { details } = warnings.find(({ code }) => code === "dates-as-days") ?? {};
    expect(details).toEqual({ column: "visit", first: "2023-12-30", last: "2024-01-08" });
  });

  it("names those of all sums added", () => {
    const formula = "Reaction ~ visit + (1 | Subject)";
    const rows = dated.slice(0, 60);
    const { warnings } = lmmFromSums(
      total(
        formula,
        split(rows, (row) => Number(row.Days) < 5),
      ),
    );
    const whole = lmm(formula, rows).warnings;
    expect(warnings[0]).toEqual(whole.find(({ code }) => code === "dates-as-days"));
    expect(remarksOfSums("Reaction ~ factor(visit) + (1 | Subject)", rows)).toEqual([]);
  });

  it("is silent where the days are centred, labels or not used", () => {
    for (const formula of [
      "Reaction ~ center(visit) + (1 | Subject)",
      "Reaction ~ factor(visit) + (1 | Subject)",
      "Reaction ~ Days + (1 | Subject)",
    ])
      expect(remarksOf(formula, dated)).toEqual([]);
  });
});

describe("repeated-rows", () => {
  const formula = "Reaction ~ Days + (1 | Subject)";

  it.each([2, 3])("a table read %d times, in whatever order", (times) => {
    const rows = Array.from({ length: times }, () => sleepstudy).flat();
    const [{ code, details }] = lmm(
      formula,
      rows.toSorted((a, b) => a.Reaction - b.Reaction),
    ).warnings;
    expect(code).toBe("repeated-rows");
    expect(details).toEqual({ times, different: 180, rows: 180 * times });
  });

  it("is silent when only some rows have copies, in a column that differs, or by rounding", () => {
    expect(remarksOf(formula, [...sleepstudy, ...sleepstudy.slice(0, 100)])).toEqual([]);
    const numbered = [...sleepstudy, ...sleepstudy].map((row, id) => ({ ...row, id }));
    expect(remarksOf(formula, numbered)).toEqual([]);
    // Ratings from 1 to 3 of 4 items by 15 raters, asked twice: rows agree, but not each with as many.
    const ratings = Array.from({ length: 120 }, (_, i) => ({
      y: 1 + ((i * i * 7 + (i >> 3)) % 3),
      item: i % 4,
      rater: (i >> 2) % 15,
    }));
    expect(remarksOf("y ~ factor(item) + (1 | rater)", ratings)).toEqual([]);
  });
});

describe("unconnected-blocks", () => {
  /** Three labs with days and kits of their own, every day with every kit of the lab. */
  const labs = Array.from({ length: 54 }, (_, i) => ({
    y: Math.sin(i * i),
    lab: "uvw"[Math.floor(i / 18)],
    day: `${Math.floor(i / 18)}${Math.floor(i / 6) % 3}`,
    kit: `${Math.floor(i / 18)}${i % 3}`,
  }));

  it("crossed within labs, and the lab left out", () => {
    const formula = "y ~ 1 + (1 | day) + (1 | kit)";
    const [first] = lmm(formula, labs).warnings;
    expect(first.details).toEqual({ groups: ["day", "kit"], blocks: 3 });
    const added = total(
      formula,
      split(labs, (_, i) => i % 2),
    );
    expect(lmmFromSums(added).warnings).toEqual([first]);
  });

  it.each<[string, LmmOptions?]>([
    ["y ~ lab + (1 | day) + (1 | kit)"],
    ["y ~ 1 + (1 | lab) + (1 | day) + (1 | kit)"],
    ["y ~ 0 + lab + x + (1 | kit) + (x + 1 | day)", { weights: "w", contrasts: { lab: "sum" } }],
  ])("is silent where the model has the blocks: %s", (formula, options) => {
    const rows = labs.map((row, i) => ({ ...row, w: 1 + (i % 5), x: (i * i) % 7 }));
    expect(remarksOf(formula, rows, options)).toEqual([]);
    expect(remarksOfSums(formula, rows, options)).toEqual([]);
  });

  it("reads the pairs of sums either way round", () => {
    // Two labs, of 2 days and 4 kits and of 4 days and 2 kits; of groups alike in size the first named comes first.
    const rows = Array.from({ length: 64 }, (_, i) => {
      const [lab, at] = [i % 2, i >> 1];
      const [day, kit] = lab === 0 ? [at % 2, (at >> 1) % 4] : [at % 4, (at >> 2) % 2];
      return { y: Math.sin(i * i), x: (i * i) % 7, lab: "uv"[lab], day: `${lab}${day}`, kit: `${lab}${kit}` };
    });
    const random = "(0 + x | day) + (1 | kit) + (1 | day)";
    expect(remarksOfSums(`y ~ x + lab + ${random}`, rows)).toEqual([]);
    expect(remarksOfSums(`y ~ x + ${random}`, rows)).toEqual(["unconnected-blocks"]);
  });

  it("counts a single row as a connection", () => {
    const bridged = [...labs, { ...labs[0], kit: "10" }, { ...labs[20], kit: "20" }];
    expect(remarksOf("y ~ 1 + (1 | day) + (1 | kit)", bridged)).toEqual([]);
    expect(remarksOfSums("y ~ 1 + (1 | day) + (1 | kit)", bridged)).toEqual([]);
    const oneMissing = [...labs, { ...labs[0], kit: "10" }];
    const [{ details }] = lmm("y ~ 1 + (1 | day) + (1 | kit)", oneMissing).warnings;
    expect(details["blocks"]).toBe(2);
  });

  it("names them where another factor does not tell all blocks apart", () => {
    const half = labs.map((row) => ({ ...row, half: row.lab === "u" ? "a" : "b" }));
    const formula = "y ~ half + (1 | day) + (1 | kit)";
    expect(remarksOf(formula, half)).toEqual(["unconnected-blocks"]);
    expect(remarksOfSums(formula, half)).toEqual(["unconnected-blocks"]);
  });
});
