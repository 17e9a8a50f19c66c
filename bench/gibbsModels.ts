/** The models of bench/gibbs.ts and how one of them is measured. */

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { factor, type GibbsOptions, gibbsSync, type LinearMixedModel, lmm, parseCsv } from "blmm";
import { Dyestuff, Dyestuff2, Pastes, Penicillin, sleepstudy } from "blmm/datasets";
import { RandomStream } from "../src/random/stream.ts";
import { cpuOf, median, slopes } from "./measure.ts";

/** A model ready to be measured. */
interface Measure {
  /** CPU µs per iteration: a long run less a short one, through the public function; best of five, as the yardstick. */
  iteration(): number;
  /** Smallest bulk-ESS of 1000 draws among β, SDs, correlations and σ, over four chains: median of the seeds. */
  ess(): number;
}

function measureOf(
  model: LinearMixedModel,
  iterations: number,
  options: GibbsOptions = {},
  seeds: readonly number[] = [1, 2, 3, 4, 5],
): Measure {
  const short = Math.ceil(iterations / 50);
  const run = (draws: number): number =>
    cpuOf(() => gibbsSync(model, { seed: 1, ...options, chains: 1, draws }));
  const once = (): number => (1e6 * (run(short + iterations) - run(short))) / iterations;
  return {
    iteration: () => Math.min(once(), once(), once(), once(), once()),
    ess: () =>
      median(
        seeds.map((seed) => {
          const rows = gibbsSync(model, { ...options, chains: 4, draws: 1000, seed }).summary();
          return Math.min(...rows.map(({ essBulk }) => essBulk / 4));
        }),
      ),
  };
}

/** 8 rows in each of 200 groups, three columns with effects that vary. */
function three(): LinearMixedModel {
  const stream = new RandomStream(30, 0);
  const rows = Array.from({ length: 200 }, (_, group) => {
    const [a, b, c] = [stream.normal(), 0.7 * stream.normal(), 0.5 * stream.normal()];
    return Array.from({ length: 8 }, () => {
      const [u, v, w] = [stream.normal(), stream.normal(), stream.normal()];
      const y = 1 + a + (0.5 + b + 0.3 * a) * u + (c - 0.2) * v + 0.1 * w + stream.normal();
      return { y, u, v, w, g: `g${group}` };
    });
  });
  return lmm("y ~ u + v + w + (u + v | g)", rows.flat());
}

/** InstEval from the reference folder. */
export function instEval(): LinearMixedModel {
  const shared = process.env["BLMM_REFERENCE"] ?? fileURLToPath(new URL("../../shared", import.meta.url));
  const packed = join(shared, "data/InstEval.csv.gz");
  const plain = join(shared, "data/InstEval.csv");
  if (!existsSync(packed) && !existsSync(plain)) throw new Error(`InstEval is not in ${shared}.`);
  const table = parseCsv(
    existsSync(packed) ? gunzipSync(readFileSync(packed)).toString() : readFileSync(plain, "utf8"),
  );
  const columns = new Map(table.columns);
  for (const name of ["s", "d", "dept", "service"]) {
    const column = columns.get(name);
    if (column?.kind === "number") columns.set(name, factor(column.values));
  }
  return lmm("y ~ service + (1 | s) + (1 | d) + (1 | dept)", { ...table, columns });
}

/** 10⁶ rows, 20 000 × 5000 levels met at random, one covariate. */
export function crossed(): LinearMixedModel {
  const stream = new RandomStream(40, 0);
  const n = 1_000_000;
  const a = Float64Array.from({ length: 20_000 }, () => 0.6 * stream.normal());
  const b = Float64Array.from({ length: 5000 }, () => 0.4 * stream.normal());
  const y = new Float64Array(n);
  const x = new Float64Array(n);
  const g = new Float64Array(n);
  const h = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    g[i] = Math.floor(stream.uniform() * a.length);
    h[i] = Math.floor(stream.uniform() * b.length);
    x[i] = stream.normal();
    y[i] = 1 + 0.3 * x[i] + a[g[i]] + b[h[i]] + stream.normal();
  }
  return lmm("y ~ x + (1 | g) + (1 | h)", { y, x, g: factor(g), h: factor(h) });
}

/** Every row of the bench by its name. */
export const measures: ReadonlyMap<string, () => Measure> = new Map([
  ["sleepstudy", () => measureOf(lmm("Reaction ~ Days + (Days | Subject)", sleepstudy), 80_000)],
  ["slopes", () => measureOf(lmm("y ~ x + (x | g)", slopes()), 4000, { keep: "hyper" }, [1, 2])],
  ["intercepts", () => measureOf(lmm("Reaction ~ Days + (1 | Subject)", sleepstudy), 80_000)],
  ["Dyestuff", () => measureOf(lmm("Yield ~ 1 + (1 | Batch)", Dyestuff), 200_000)],
  ["Dyestuff2", () => measureOf(lmm("Yield ~ 1 + (1 | Batch)", Dyestuff2), 200_000)],
  ["three", () => measureOf(three(), 5000)],
  ["Pastes", () => measureOf(lmm("strength ~ 1 + (1 | batch) + (1 | batch:cask)", Pastes), 50_000)],
  ["Penicillin", () => measureOf(lmm("diameter ~ 1 + (1 | plate) + (1 | sample)", Penicillin), 50_000)],
]);
