import { readdirSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { describe, expect, it } from "vitest";

const src = join(import.meta.dirname, "../src");

/** Rooms by floor; a file may import from its own room and from floors below. */
const floors: readonly (readonly string[])[] = [
  ["errors", "pause"],
  ["linalg", "random", "stats"],
  ["data", "formula"],
  ["posterior"],
  ["model"],
  ["reml", "gibbs"],
  ["compare", "save", "teaching"],
  ["plot", "datasets", "testing", "workers", "check"],
  ["io", "sql"],
  ["index"],
  ["cli"],
];
/** The one way sideways: random variates need triangular solves and portable logarithms. */
const sideways = { from: "random", to: /^(linalg\/|stats\/special$)/ };
/** npm packages and the only files that may load them; `import type` is free. */
const doors: readonly (readonly [npm: RegExp, door: RegExp])[] = [
  [/^@stdlib\/random/, /^random\/stream$/],
  [/^@stdlib\/stats-base-dists-normal/, /^stats\/normal$/],
  [/^@stdlib\/stats-base-dists-(t|f|chisquare)-/, /^stats\/distributions$/],
  [/^@stdlib\/math-base-special-gammaln$/, /^stats\/gamma$/],
  [/^ml-matrix$/, /^linalg\/matrix$/],
  [/^d3-dsv$/, /^data\/csv$/],
  [/^apache-arrow$/, /^io\/arrow$/],
  [/^@duckdb\/node-api$/, /^io\/parquet$/],
  [/^@observablehq\/plot$/, /^(plot\/|io\/svg$)/],
  [/^linkedom$/, /^io\/svg$/],
  [/^vitest$/, /^testing\//],
  [/^node:/, /^(io|cli)\//],
];
const samplingPath =
  /^(random\/|linalg\/|stats\/(special|optimize)$|gibbs\/(?!checks|print|priors$|gibbs$|posterior|checkpoint$|finish$|memory$|run$|session$|until$))/;

const files = readdirSync(src, { recursive: true, encoding: "utf8" })
  .filter((path) => path.endsWith(".ts"))
  .map((path) => {
    const text = readFileSync(join(src, path), "utf8");
    const name = path.replaceAll("\\", "/").replace(/\.ts$/, "");
    const code = text.replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, "");
    const imports = [
      ...code.matchAll(/^(?:import|export)\s+(type\s)?(?:\{[^}]*\}|\*(?: as \w+)?|\w+)\s+from\s+"([^"]+)"/gm),
      ...code.matchAll(/\bimport(\s+|\()"([^"]+)"/g),
    ].map(([, word = "", from]) => ({ from, typeOnly: word.startsWith("type") }));
    return { name, text, code, imports };
  });

const roomOf = (name: string): string => name.split("/")[0];
const floorOf = (name: string): number => floors.findIndex((rooms) => rooms.includes(roomOf(name)));

describe("the source", () => {
  it("is read: its imports are seen, and every room has a floor", () => {
    expect(files.flatMap(({ imports }) => imports).length).toBeGreaterThan(200);
    expect(files.filter(({ name }) => floorOf(name) < 0).map(({ name }) => name)).toEqual([]);
  });

  it("imports downwards only", () => {
    const wrong = files.flatMap(({ name, imports }) =>
      imports
        .filter(({ from }) => from.startsWith("."))
        .map(({ from }) => posix.join(posix.dirname(name), from).replace(/\.ts$/, ""))
        .filter((to) => roomOf(to) !== roomOf(name) && floorOf(to) >= floorOf(name))
        .filter((to) => !(roomOf(name) === sideways.from && sideways.to.test(to)))
        .map((to) => `${name} imports ${to}`),
    );
    expect(wrong).toEqual([]);
  });

  it("imports with the extension, and nothing as a default from itself", () => {
    const bare = files.flatMap(({ name, imports }) =>
      imports
        .filter(({ from }) => from.startsWith(".") && !from.endsWith(".ts"))
        .map(({ from }) => [name, from]),
    );
    expect(bare).toEqual([]);
    expect(files.filter(({ code }) => /^export default\b/m.test(code)).map(({ name }) => name)).toEqual([]);
  });

  it("has one door for each npm package", () => {
    const wrong = files.flatMap(({ name, imports }) =>
      imports
        .filter(({ from, typeOnly }) => !from.startsWith(".") && !typeOnly)
        .filter(({ from }) => !doors.some(([npm, door]) => npm.test(from) && door.test(name)))
        .map(({ from }) => `${name} imports ${from}`),
    );
    expect(wrong).toEqual([]);
  });

  it("uses no engine-dependent functions on the sampling path", () => {
    const wrong = files
      .filter(
        ({ name, code }) =>
          samplingPath.test(name) && /Math\.(log|exp|pow|tanh|hypot|sin|cos)|\*\*/.test(code),
      )
      .map(({ name }) => name);
    expect(wrong).toEqual([]);
  });

  it("has no file above 500 lines but the generated kernels", () => {
    const written = files.filter(({ name }) => !name.startsWith("linalg/kernels/oneFactor"));
    expect(written.filter(({ text }) => text.split("\n").length > 501).map(({ name }) => name)).toEqual([]);
  });
});
