import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";

// scripts/bundle.ts draws @stdlib and d3-dsv into their doors without what serves old engines: nobody must notice.
type Numeric = (...numbers: number[]) => number;

const root = join(import.meta.dirname, "../..");
const load = (path: string): Promise<Record<string, unknown>> =>
  import(/* @vite-ignore */ pathToFileURL(join(root, path)).href);

/** Arguments of every function, from tiny to huge, which reach all branches of @stdlib's incomplete gamma and beta. */
const SIZES = [1e-12, 1e-3, 0.3, 0.5, 0.97, 1, 1.5, 2, 3.7, 10, 33.5, 80, 171, 400, 1e4];
const PROBABILITIES = [0, 1e-20, 1e-5, 0.021, 0.3, 0.5, 0.77, 0.99, 1];

/** Every first argument with as many sizes as a function still takes. */
function combinations(name: string, count: number): number[][] {
  const first = name.endsWith("Quantile") ? PROBABILITIES : [0, ...SIZES, Number.POSITIVE_INFINITY];
  let all = first.map((value) => [value]);
  for (let i = 1; i < count; i++) all = all.flatMap((values) => SIZES.map((size) => [...values, size]));
  return all;
}

describe.each(["normal", "gamma", "distributions"])("stats/%s as built", async (door) => {
  const source = (await load(`src/stats/${door}.ts`)) as Record<string, Numeric>;
  const built = (await load(`dist/stats/${door}.js`)) as Record<string, Numeric>;
  it.each(Object.keys(source))("%s gives the bits of its source", (name) => {
    for (const args of combinations(name, source[name].length)) {
      expect(built[name](...args), `${name}(${args})`).toBe(source[name](...args));
    }
  });
});

it("parseCsv as built reads what its source reads", async () => {
  const text = 'y,"the ""group"""\r\n1.5,"a,\nb"\r\nNA,c\r\n';
  const [source, built] = (await Promise.all([load("src/data/csv.ts"), load("dist/data/csv.js")])) as {
    parseCsv(text: string): unknown;
  }[];
  expect(built.parseCsv(text)).toEqual(source.parseCsv(text));
});
