/** Tables: of any shape, with any names and cells; and what is estimated from those that are tables. */

import fc from "fast-check";
import { CsvReader } from "../../src/data/csv.ts";
import { quoteName } from "../../src/formula/parser.ts";
import {
  factor,
  gibbsSync,
  type LmmFit,
  lmm,
  parseCsv,
  reml,
  type TableLike,
  toTable,
} from "../../src/index.ts";
import { cell, name, number, oddity } from "./hostile.ts";
import { checkFinite, outcome, type Trial, trial } from "./trial.ts";

/** Objects that answer with errors, with something else, or not at all. */
const traps: readonly (() => unknown)[] = [
  () => {
    const { proxy, revoke } = Proxy.revocable([], {});
    revoke();
    return proxy;
  },
  () => new Proxy({}, { ownKeys: () => refuse(new TypeError("keys are private")) }),
  () => new Proxy([], { get: () => refuse(new RangeError("too much")) }),
  () => Object.defineProperty({}, "y", { enumerable: true, get: () => refuse(new Error("no y")) }),
  () => [Object.defineProperty({}, "y", { enumerable: true, get: () => refuse(null) })],
  () => ({ columnNames: () => ["y", 3, null], array: () => refuse("a text") }),
  () => ({ columnNames: () => 7, array: () => [] }),
  () => ({ schema: { fields: [{ name: "y" }, {}, null] }, getChild: () => [] }),
  () => ({ schema: { fields: [{ name: "y" }] }, getChild: () => 3 }),
  () => ({ rowCount: 3, names: ["y"], columns: new Map([["y", { kind: "number" }]]) }),
  () => ({ rowCount: 3, names: ["y"], columns: new Map([["x", { kind: "number", values: [1, 2] }]]) }),
  () => ({ rowCount: 1e15, names: [], columns: new Map() }),
  () => Object.assign([{ y: 1 }], { columns: 3 }),
  () => Object.assign([{ y: 1 }], { columns: ["y", "y", {}] }),
  () => Object.assign([{ y: 1 }], { levels: { y: 3 } }),
  () => Object.assign([{ y: 1 }], { levels: { y: [{}, Symbol("s")] }, ordered: [0] }),
  () => ({ y: { kind: "factor", levels: ["a"], codes: new Int32Array([0, 7, -5]), ordered: false } }),
  () => ({ y: { kind: "factor", levels: [1, {}], codes: new Int32Array([0, 1]) } }),
  () => ({ y: new DataView(new ArrayBuffer(8)), x: new BigInt64Array(2) }),
  () => ({ y: { length: 3, 0: 1 } }),
  () => ({ y: Object.defineProperty([1, 2, 3], 1, { get: () => refuse(Symbol("s")) }) }),
];

function refuse(what: unknown): never {
  throw what;
}

const cells: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 4, arbitrary: fc.array(number, { maxLength: 12 }) },
  { weight: 2, arbitrary: fc.array(cell, { maxLength: 6 }) },
  fc.array(name, { maxLength: 12 }),
  fc.float64Array({ maxLength: 12 }),
  fc.float32Array({ maxLength: 12 }),
  fc.int8Array({ maxLength: 12 }),
  fc.bigInt64Array({ maxLength: 12 }),
  fc.sparseArray(number, { maxLength: 12, noTrailingHole: false }),
  fc.array(name, { maxLength: 12 }).map((labels) => factor(labels)),
  oddity,
);

const columns = fc
  .array(fc.tuple(name, cells), { maxLength: 5 })
  .map((entries) => Object.fromEntries(entries));
const rows = fc.array(
  fc.oneof(
    {
      weight: 8,
      arbitrary: fc.array(fc.tuple(name, cell), { maxLength: 4 }).map((row) => Object.fromEntries(row)),
    },
    { weight: 1, arbitrary: oddity },
  ),
  { maxLength: 8 },
);

const anything: fc.Arbitrary<TableLike> = fc
  .oneof({ weight: 4, arbitrary: columns }, { weight: 4, arbitrary: rows }, oddity)
  .map((data) => data as TableLike);

/** A table has what it says, and a model of it stands or is refused. */
function read(data: TableLike): void {
  const table = outcome(() => toTable(data));
  if (table === undefined) return;
  if (table.names.length !== table.columns.size) throw new Error("names and columns differ");
  for (const own of table.names) {
    const column = table.columns.get(own);
    const length = column?.kind === "factor" ? column.codes.length : column?.values.length;
    if (length !== table.rowCount) throw new Error(`column ${JSON.stringify(own)}`);
  }
  if (table.names.some((own) => own === "")) return;
  const [y = "y", x = "x", g = y] = table.names.map(quoteName);
  for (const formula of [`${y} ~ ${x} + (1 | ${g})`, `${y} ~ scale(${x}) + poly(${x}, 2) + (${x} | ${g})`])
    outcome(() => String(lmm(formula, data)));
}

/** A sample of three groups with two columns of numbers and one of labels. */
const sample = fc
  .tuple(fc.integer({ min: 6, max: 14 }), fc.constantFrom(1, 1e-300, 1e300, 1e-160, 1e160, 1e8))
  .chain(([rowCount, size]) => {
    const some = { minLength: rowCount, maxLength: rowCount };
    const amount = fc.oneof(
      { weight: 8, arbitrary: fc.integer({ min: -1000, max: 1000 }).map((v) => (v / 7) * size) },
      { weight: 1, arbitrary: number },
    );
    return fc.record({
      y: fc.array(amount, some),
      x: fc.array(amount, some),
      f: fc.array(fc.constantFrom("lo", "mid", "hi", null), some),
      g: fc.array(fc.constantFrom("a", "b", "c"), some),
    });
  });
const formula = fc.constantFrom(
  "y ~ x + (1 | g)",
  "y ~ x + (x | g)",
  "y ~ f + (1 | g)",
  "y ~ f * x + (1 | g)",
  "log(y) ~ x + (x || g)",
  "y ~ poly(x, 2) + (1 | g)",
  "y ~ I(x^3) + exp(x) + (1 | g)",
  "y ~ scale(x) + (1 | g) + (1 | f)",
  "y ~ 1/x + offset(x) + (1 | f/g)",
);

function checkFit(fit: LmmFit): void {
  const { theta, sigma, criterion, logLik, aic } = fit;
  checkFinite("theta", theta);
  checkFinite("sigma, criterion, logLik, AIC", [sigma, criterion, logLik, aic]);
  checkFinite("coefficients", Object.values(fit.fixef()));
  checkFinite(
    "standard errors",
    fit.coefTable({ df: "z" }).flatMap(({ estimate, se }) => [estimate, se]),
  );
  checkFinite(
    "modes",
    fit.ranef().map(({ mode }) => mode),
  );
  const fitted = fit.fitted();
  checkFinite(
    "fitted",
    Array.from(fit.model.rows, (row) => fitted[row]),
  );
  // The correlation of effects of which one does not vary is NaN, as in lme4; a note says which.
  const text = String(fit);
  if (/NaN/.test(text) && fit.warnings.length === 0) throw new Error(`NaN in ${text}`);
}

export const tables: readonly Trial[] = [
  trial("traps as a table", [traps.length * 3, 200], fc.constantFrom(...traps), (make) =>
    read(make() as TableLike),
  ),
  trial("anything as a table", [1500, 120_000], anything, read),
  trial(
    "samples of any size are estimated or refused",
    [150, 8000],
    fc.tuple(sample, formula),
    ([data, text]) => {
      const fit = outcome(() => reml(lmm(text, data)));
      if (fit !== undefined) checkFit(fit);
    },
  ),
  trial(
    "samples of any size are drawn from or refused",
    [20, 800],
    fc.tuple(sample, formula),
    ([data, text]) => {
      const posterior = outcome(() =>
        gibbsSync(lmm(text, data), { seed: 1, chains: 1, draws: 20, warmup: 20 }),
      );
      if (posterior !== undefined) checkFinite("draws", posterior.draws.values);
    },
  ),
];

const CSV_PIECES = [
  "a",
  "b",
  "y",
  "1",
  "2.5",
  "01",
  "NA",
  "NaN",
  "Inf",
  "TRUE",
  "F",
  " ",
  ",",
  ",",
  ",",
  "\n",
  "\n",
  "\n",
  "\r\n",
  "\r",
  '"',
  '""',
  "\0",
  "\ufeff",
  "é",
  "😀",
  "\ud800",
  "__proto__",
  "9007199254740993",
  "1e400",
  "-",
  "#",
  ";",
  "\t",
];
const csvText = fc.oneof(
  fc.array(fc.constantFrom(...CSV_PIECES), { maxLength: 60 }).map((pieces) => pieces.join("")),
  fc.string({ unit: "binary", maxLength: 80 }),
);

export const csv: readonly Trial[] = [
  trial(
    "any text as CSV, whole and in pieces",
    [2000, 200_000],
    fc.tuple(csvText, fc.array(fc.nat(80), { maxLength: 4 })),
    ([text, cuts]) => {
      const table = outcome(() => parseCsv(text));
      if (table === undefined) return;
      const places = [0, ...cuts.sort((a, b) => a - b), text.length];
      const readPieces = (labels?: ReadonlySet<number>): CsvReader => {
        const reader = new CsvReader(labels);
        for (const [i, end] of places.slice(1).entries()) reader.add(text.slice(places[i], end));
        reader.end();
        return reader;
      };
      const first = readPieces();
      const pieces = (first.mistaken ? readPieces(first.labels) : first).table();
      const plain = ({ names, columns, rowCount }: typeof table): string =>
        JSON.stringify([
          names,
          rowCount,
          [...columns.values()].map((one) => [
            one.kind,
            one.kind === "factor" ? [] : [...one.values].map(String),
          ]),
        ]);
      if (plain(pieces) !== plain(table))
        throw new Error(`${plain(pieces)} from pieces, not ${plain(table)}`);
      read(table);
    },
  ),
];
