import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { describe, expect, it } from "vitest";

const root = join(import.meta.dirname, "..");
const src = join(root, "src");
const page = readFileSync(join(root, "docs/architecture.md"), "utf8");

/** Names of a cell: what stands in its backquotes, notes in parentheses aside. */
const named = (cell: string): string[] =>
  [...cell.replace(/\([^)]*\)/g, "").matchAll(/`([^`]+)`/g)].map(([, name]) => name);

/** The cells of the rows of the table under a heading of docs/architecture.md. */
function tableUnder(heading: string): string[][] {
  const section = page.split(`\n## ${heading}\n`)[1].split("\n## ")[0];
  const rows = section.split("\n").filter((line) => line.startsWith("| "));
  return rows.slice(1).map((line) => line.slice(2, -2).split(" | "));
}

const inRooms = (path: string): string => path.replace(/\.ts$|\/$/, "");

/** Floors by room; a file may import from its own room and from floors below. */
const floors = new Map(
  tableUnder("The floors").flatMap(([floor, rooms]) =>
    named(rooms).map((path) => [inRooms(path), Number(floor)] as const),
  ),
);
/** The one way sideways: random variates need triangular solves and portable logarithms. */
const sideways = { from: "random", to: /^(linalg\/|stats\/special$)/ };
/** npm packages and the only files that may load them, the first that fits; `import type` is free. */
const doors = tableUnder("One door for each package").map(([packages, files]) => ({
  packages: named(packages).map((name) => new RegExp(`^${name.replaceAll("*", "[^/]*")}(/|$)`)),
  optional: packages.includes("(optional)"),
  files: named(files),
}));
const otherDoors = [
  { packages: [/^vitest$/], optional: true, files: ["testing/"] },
  { packages: [/^node:/], optional: false, files: ["io/", "cli/"] },
];
const samplingPath =
  /^(random\/|linalg\/|stats\/(special|optimize|symmetric)$|gibbs\/(?!checks|print|priors$|gibbs$|posterior|checkpoint$|finish$|memory$|run$|session$|until$))/;

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
const floorOf = (name: string): number => floors.get(roomOf(name)) ?? -1;
const isDoor = (path: string, name: string): boolean =>
  path.endsWith("/") ? name.startsWith(path) : `${name}.ts` === path;

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
        .filter(({ from }) => {
          const door = [...doors, ...otherDoors].find(({ packages }) =>
            packages.some((npm) => npm.test(from)),
          );
          return door?.files.some((path) => isDoor(path, name)) !== true;
        })
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

describe("docs/architecture.md", () => {
  it("has every room of src, and no other", () => {
    const there = readdirSync(src).map(inRooms);
    expect([...floors.keys()].sort()).toEqual([...new Set(there)].sort());
    const listed = tableUnder("The floors").flatMap(([, rooms]) => named(rooms));
    expect(listed.filter((path) => !existsSync(join(src, path)))).toEqual([]);
  });

  it("has a door for every package of package.json, and no other", () => {
    const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
    const { dependencies, peerDependencies, devDependencies } = manifest;
    const has = (name: string, optional: boolean): boolean =>
      doors.some((door) => door.optional === optional && door.packages.some((npm) => npm.test(name)));
    expect(Object.keys(dependencies).filter((name) => !has(name, false))).toEqual([]);
    // Connections to these are handed in, and tests of users are vitest's own.
    const handed = ["pg", "postgres", "vitest"];
    expect(Object.keys(peerDependencies).filter((name) => !has(name, true))).toEqual(handed);
    // What is drawn into the published files is a dependency of development only.
    const known = [...Object.keys(dependencies), ...Object.keys(devDependencies)];
    const unknown = doors.filter(
      ({ packages }) => !known.some((name) => packages.some((npm) => npm.test(name))),
    );
    expect(unknown).toEqual([]);
    for (const { files } of doors) expect(files.filter((path) => !existsSync(join(src, path)))).toEqual([]);
  });

  it("names files and folders that exist", () => {
    const tree = ["src", "test", "site", "scripts", "docs"].flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: "utf8" }).map(
        (path) => `${folder}/${path.replaceAll("\\", "/")}`,
      ),
    );
    const paths = [
      ...page.matchAll(/(?<![\w/@-])[\w*/-]+(?:\.\w+)*\.(?:ts|md|wat|css|json)\b|`[\w-]+\/[\w/-]*`/g),
    ];
    const known = [...readdirSync(root), ...tree];
    const missing = paths
      .map(([path]) => path.replaceAll("`", "").replace(/^\/|\/$/g, ""))
      .filter((path) => !/^(dist|out|blmm)\b/.test(path))
      .filter((path) => {
        const end = new RegExp(`(^|/)${path.replaceAll(".", "\\.").replaceAll("*", "\\w*")}$`);
        return !known.some((file) => end.test(file));
      });
    expect(paths.length).toBeGreaterThan(80);
    expect(missing).toEqual([]);
  });
});
