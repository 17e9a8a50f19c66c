import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { factor } from "../../src/data/factor.ts";
import { type Table, toTable } from "../../src/data/table.ts";
import { parseFormula } from "../../src/formula/terms.ts";
import { designColumns } from "../../src/model/design.ts";
import { modelFrame } from "../../src/model/modelFrame.ts";
import { randomTerms } from "../../src/model/randomTerms.ts";

interface Golden {
  data: Record<string, (string | number | boolean | null)[]>;
  ordered: string[];
  levels: Record<string, string[]>;
  fixed: {
    formula: string;
    contrasts: Record<string, string> | null;
    term_labels: string[];
    intercept: number;
    names: string[];
    assign: number[];
    values: number[][];
    rows: number[];
    offset: number[] | null;
  }[];
  random: {
    formula: string;
    groups: string[];
    cnms: string[][];
    flist: Record<string, { levels: string[]; codes: number[] }>;
    assign: number[];
    Zt: number[][][];
    rows: number[];
  }[];
}

const golden: Golden = JSON.parse(
  readFileSync(new URL("../golden/design/design.json", import.meta.url), "utf8"),
);

const table: Table = toTable(
  Object.fromEntries(
    Object.entries(golden.data).map(([name, values]) => {
      if (name in golden.levels) return [name, factor(values, { levels: golden.levels[name] })];
      return [name, golden.ordered.includes(name) ? factor(values, { ordered: true }) : values];
    }),
  ),
);

describe("designColumns() makes the columns of R's model.matrix()", () => {
  for (const reference of golden.fixed) {
    const contrasts = reference.contrasts;
    it(`${reference.formula}${contrasts === null ? "" : ` with ${JSON.stringify(contrasts)}`}`, () => {
      const formula = parseFormula(reference.formula);
      const frame = modelFrame(formula, table, contrasts === null ? {} : { contrasts });
      const design = designColumns(formula.fixed, frame.variables, frame.rows.length);
      expect(formula.fixed.terms.map((term) => term.label)).toEqual(reference.term_labels);
      expect(formula.fixed.intercept).toBe(reference.intercept === 1);
      expect([...frame.rows]).toEqual(reference.rows);
      expect(design.names).toEqual(reference.names);
      expect([...design.assign]).toEqual(reference.assign);
      // poly() goes through a QR decomposition in R and a recurrence here; all else is the same arithmetic.
      const within = reference.formula.includes("poly") ? 1e-10 : 1e-12;
      design.columns.forEach((column, j) => {
        const expected = reference.values.map((row) => row[j]);
        const size = Math.max(...expected.map(Math.abs));
        column.forEach((value, i) => {
          expect(Math.abs(value - expected[i])).toBeLessThanOrEqual(within * size);
        });
      });
      if (reference.offset === null) expect(frame.offset).toBeNull();
      else {
        const { offset } = frame;
        reference.offset.forEach((value, i) => {
          expect(offset?.[i]).toBeCloseTo(value, 12);
        });
      }
    });
  }
});

describe("randomTerms() makes the groups and columns of lme4's lFormula()", () => {
  for (const reference of golden.random) {
    it(reference.formula, () => {
      const formula = parseFormula(reference.formula);
      const frame = modelFrame(formula, table);
      const n = frame.rows.length;
      const { terms } = randomTerms(formula.random, frame.variables, frame.groups, n);
      expect([...frame.rows]).toEqual(reference.rows);
      expect(terms.length).toBe(reference.cnms.length);
      // lme4 turns the order of terms with equally many levels around, so terms are matched by what they hold.
      for (const term of terms) {
        const t = reference.cnms.findIndex(
          (columns, index) =>
            reference.groups[index] === term.group && columns.join() === term.columns.join(),
        );
        expect(t).toBeGreaterThanOrEqual(0);
        const list = Object.values(reference.flist)[reference.assign[t]];
        expect(term.levels).toEqual(list.levels);
        expect([...term.codes]).toEqual(list.codes);
        const k = term.columns.length;
        reference.Zt[t].forEach((row, r) => {
          row.forEach((value, i) => {
            const own = term.codes[i] === Math.floor(r / k) ? term.z[(r % k) * n + i] : 0;
            expect(own).toBeCloseTo(value, 10);
          });
        });
      }
      const counts = terms.map((term) => term.levels.length);
      expect(counts).toEqual([...counts].sort((a, b) => b - a));
    });
  }
});
