/**
 * Writes the WebAssembly modules in src/linalg/kernels/, in base64. Run with `npm run kernels`; tests compare the
 * files with what this script writes.
 *
 * - gatherModule.ts: scripts/gather.wat;
 * - distinctModules.ts: the loops over levels with blocks of their own, two levels at a time in the two lanes of a
 *   vector, from the same statements that `scripts/kernels.ts` writes as TypeScript.
 */

import { readFileSync, writeFileSync } from "node:fs";
import loadWabt from "wabt";
import { diagonal, factorLevel, levelSums, loadLambda, range, upperPairs, widths } from "./kernels.ts";

const MOST_COLUMNS = 3;

/** An arithmetic expression over scalars and entries `array[X + n]` as instructions on both lanes. */
function lanes(expression: string): string {
  const tokens = expression.match(/Math\.sqrt|\w+|[()[\]+\-*/]/g) ?? [];
  let at = 0;
  const take = (): string => tokens[at++];
  function primary(): string {
    const token = take();
    if (token === "-") return `(f64x2.neg ${primary()})`;
    if (token === "(" || token === "Math.sqrt") {
      if (token !== "(") take();
      const inner = addition();
      take();
      return token === "(" ? inner : `(f64x2.sqrt ${inner})`;
    }
    if (token === "1") return "(local.get $one)";
    if (tokens[at] !== "[") return `(local.get $${token})`;
    const [, , , entry] = [take(), take(), take(), take(), take()];
    return `(v128.load offset=${16 * Number(entry)} (local.get $${token}))`;
  }
  function chain(next: () => string, names: Readonly<Record<string, string>>): string {
    let left = next();
    while (at < tokens.length && tokens[at] in names) left = `(f64x2.${names[take()]} ${left} ${next()})`;
    return left;
  }
  const product = (): string => chain(primary, { "*": "mul", "/": "div" });
  const addition = (): string => chain(product, { "+": "add", "-": "sub" });
  return addition();
}

/** One statement of a kernel; `size` entries of B belong to a level. */
function statement(text: string, size: number): string {
  const [, target, operator, expression] = /^(?:const )?(.+?) ([+*]?)= (.+);$/.exec(text) ?? [];
  const entry = /^B\[A \+ (\d+)\]$/.exec(target)?.[1];
  if (entry !== undefined) {
    return [0, 1]
      .map(
        (lane) =>
          `(v128.store64_lane offset=${8 * (Number(entry) + lane * size)} ${lane} (local.get $B) (local.get $${expression}))`,
      )
      .join(" ");
  }
  return `(local.set $${target} ${lanes(operator === "" ? expression : `${target} ${operator} (${expression})`)})`;
}

function distinctModule(k: number, q: number): string {
  const size = k * k;
  const body = [...factorLevel(k), `product *= ${diagonal(k)};`, ...levelSums(k, q)];
  const lambda = loadLambda(k).map((line) => /const (\w+) = lambda\[(\d+)\]/.exec(line) as RegExpExecArray);
  const sums = upperPairs(q);
  const locals = new Set([
    ...["one", "most", "product", "over"],
    ...lambda.map(([, name]) => name),
    ...body.flatMap((line) => /^(?:const )?(\w+) [+*]?= /.exec(line)?.[1] ?? []),
  ]);
  const lane = (value: string, which: number): string => `(f64x2.extract_lane ${which} ${value})`;
  // |L| of a lane that has grown large enough goes into the logarithm.
  const logs = [0, 1].map(
    (which) => `
      (if (i32x4.extract_lane ${2 * which} (local.get $over)) (then
        (local.set $log${which} (f64.add (local.get $log${which}) (call $ln ${lane("(local.get $product)", which)})))
        (local.set $product (f64x2.replace_lane ${which} (local.get $product) (f64.const 1)))))`,
  );
  return `(module
    (import "distinct" "memory" (memory 1))
    (import "distinct" "ln" (func $ln (param f64) (result f64)))
    (func (export "distinct")
      (param $pairs i32) (param $lambda i32) (param $ztz i32) (param $ztx i32) (param $B i32) (param $S i32)
      (result f64)
      (local $log0 f64) (local $log1 f64)
      ${[...locals].map((name) => `(local $${name} v128)`).join(" ")}
      (local.set $one (v128.const f64x2 1 1))
      (local.set $most (v128.const f64x2 1e150 1e150))
      (local.set $product (local.get $one))
      ${lambda.map(([, name, entry]) => `(local.set $${name} (v128.load64_splat offset=${8 * Number(entry)} (local.get $lambda)))`).join("\n")}
      (loop $level
        ${body.map((line) => statement(line, size)).join("\n")}
        (local.set $over (f64x2.gt (local.get $product) (local.get $most)))
        (if (v128.any_true (local.get $over)) (then ${logs.join("")}))
        (local.set $ztz (i32.add (local.get $ztz) (i32.const ${16 * size})))
        (local.set $ztx (i32.add (local.get $ztx) (i32.const ${16 * k * q})))
        (local.set $B (i32.add (local.get $B) (i32.const ${16 * size})))
        (br_if $level (local.tee $pairs (i32.sub (local.get $pairs) (i32.const 1)))))
      ${[0, 1]
        .flatMap((which) =>
          sums.map(([c, d]) => {
            const at = `offset=${8 * (c + d * q)} (local.get $S)`;
            return `(f64.store ${at} (f64.sub (f64.load ${at}) ${lane(`(local.get $s${c}${d})`, which)}))`;
          }),
        )
        .join("\n")}
      (f64.add
        (f64.add (local.get $log0) (call $ln ${lane("(local.get $product)", 0)}))
        (f64.add (local.get $log1) (call $ln ${lane("(local.get $product)", 1)})))))`;
}

/** The module files by name. */
export async function moduleFiles(): Promise<Map<string, string>> {
  const wabt = await loadWabt();
  const base64 = (name: string, text: string): string => {
    const module = wabt.parseWat(name, text, { simd: true });
    module.validate();
    const { buffer } = module.toBinary({});
    module.destroy();
    return Buffer.from(buffer).toString("base64");
  };
  const file = (...lines: string[]): string =>
    [
      "/** Generated by scripts/modules.ts. Do not edit. @module */",
      "",
      "// biome-ignore-all format: generated",
      "",
      ...lines,
      "",
    ].join("\n");
  const gather = readFileSync(new URL("gather.wat", import.meta.url), "utf8");
  return new Map([
    [
      "gatherModule.ts",
      file("/** scripts/gather.wat */", `export const GATHER_MODULE = "${base64("gather.wat", gather)}";`),
    ],
    [
      "distinctModules.ts",
      file(
        `/** For k = 1 … ${MOST_COLUMNS} columns, and within them q = k + 1 … 4 columns of [X y]. */`,
        "export const DISTINCT_MODULES: readonly (readonly string[])[] = [",
        ...range(MOST_COLUMNS, 1).flatMap((k) => [
          "  [",
          ...widths(k).map((q) => `    "${base64(`distinct${k}x${q}.wat`, distinctModule(k, q))}",`),
          "  ],",
        ]),
        "];",
      ),
    ],
  ]);
}

if (process.argv[1]?.endsWith("modules.ts")) {
  for (const [name, text] of await moduleFiles()) {
    writeFileSync(new URL(`../src/linalg/kernels/${name}`, import.meta.url), text);
  }
}
