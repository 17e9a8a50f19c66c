/** Reference fits by lme4, with the models they belong to. */

import { readdirSync, readFileSync } from "node:fs";
import { parseCsv } from "../../src/data/csv.ts";
import { factor } from "../../src/data/factor.ts";
import type { Column, Table, TableLike } from "../../src/data/table.ts";
import * as datasets from "../../src/datasets/index.ts";
import type { Method } from "../../src/reml/criterion.ts";
import { readShared, type SharedFiles, sharedFiles } from "../shared.ts";

type Numbers = Readonly<Record<string, number>>;

/** One fit of a reference file. */
export interface ReferenceFit {
  readonly n: number;
  readonly npar: number;
  readonly df_residual: number;
  readonly groups: Numbers;
  readonly theta: readonly number[];
  readonly isSingular: boolean;
  readonly beta: Numbers;
  readonly se: Numbers;
  readonly t: Numbers;
  readonly vcov_beta: readonly (readonly number[])[];
  readonly cor_beta: readonly (readonly number[])[];
  readonly sigma: number;
  readonly sdcor: Numbers;
  readonly varcorr: readonly {
    readonly group: string;
    readonly names: readonly string[];
    readonly sd: Numbers;
    readonly vcov: readonly (readonly number[])[];
    readonly cor: readonly (readonly (number | null)[])[];
  }[];
  readonly criterion: number;
  readonly logLik: number;
  readonly AIC: number;
  readonly BIC: number;
  readonly fitted_first20: readonly number[];
  readonly fitted_sumsq: number;
  readonly fitted_sum: number;
  readonly resid_first20: readonly number[];
  readonly resid_sumsq: number;
  readonly scaled_residual_quantiles: Numbers;
  readonly criterion_at: readonly { readonly theta: readonly number[]; readonly criterion: number }[];
  readonly ranef: Readonly<Record<string, ReferenceModes>>;
  readonly coef?: Readonly<Record<string, Pick<ReferenceModes, "levels" | "names" | "values">>>;
  readonly confint_wald: Readonly<Record<string, readonly [number, number]>>;
}

/** Conditional modes of one group. */
export interface ReferenceModes {
  readonly levels: readonly string[];
  readonly names: readonly string[];
  readonly values: readonly (readonly number[])[];
  readonly sumsq: Numbers;
  /** Sum of the conditional SDs over all levels and columns. */
  readonly condSD_sum?: number;
  /** One number per level, one matrix per level, or by column when the group has several terms. */
  readonly condVar?: readonly number[] | readonly number[][][] | Record<string, readonly number[][][]>;
}

/** A reference file. */
export interface Reference {
  readonly id: string;
  readonly data: string;
  readonly formula: string;
  readonly fixed_names: readonly string[];
  readonly REML: ReferenceFit;
  readonly ML: ReferenceFit;
}

/** A reference file and where its data come from. */
export interface ReferenceCase {
  readonly id: string;
  readonly files: SharedFiles;
  reference(): Reference;
  data(): TableLike;
}

export const METHODS: readonly Method[] = ["REML", "ML"];

const golden = new URL("../golden/models/", import.meta.url);
const bundled = new Map<string, readonly object[]>([
  ...Object.entries(datasets),
  ["tablets_missing", datasets.tabletsMissing],
]);

/** A CSV file of the reference folder as a table, with some columns of numbers made factors. */
export function sharedTable(path: string, factors: readonly string[] = []): Table {
  const table = parseCsv(readShared(path));
  const columns = new Map<string, Column>(table.columns);
  for (const name of factors) {
    const column = columns.get(name);
    if (column?.kind === "number") columns.set(name, factor(column.values));
  }
  return { ...table, columns };
}

function fromShared(id: string, csv: string, factors: readonly string[]): ReferenceCase {
  const json = `reference/${id}.json`;
  return {
    id,
    files: sharedFiles(json, csv),
    reference: () => JSON.parse(readShared(json)),
    data: () => sharedTable(csv, factors),
  };
}

/** Every reference model except the large ones. */
export const referenceCases: readonly ReferenceCase[] = [
  ...readdirSync(golden).map((file): ReferenceCase => {
    const reference: Reference = JSON.parse(readFileSync(new URL(file, golden), "utf8"));
    return {
      id: file.replace(".json", ""),
      files: sharedFiles(),
      reference: () => reference,
      data: () => bundled.get(reference.data.replace(".csv", "")) as readonly object[] as TableLike,
    };
  }),
  fromShared("music", "data/music.csv", []),
  fromShared("planks", "data/planks.csv", ["width", "depth"]),
  fromShared("planks-nested", "data/planks.csv", ["width", "depth"]),
];

/** The reference models of InstEval, 73 421 rows. */
export const instEvalCases: readonly ReferenceCase[] = [
  "InstEval-add",
  "InstEval-fixed",
  "InstEval-service-dept",
].map((id) => fromShared(id, "data/InstEval.csv.gz", ["s", "d", "dept", "service"]));
