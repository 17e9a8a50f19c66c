/**
 * Writes src/linalg/kernels/: the loops over the levels of one grouping factor, unrolled for k = 1 … 4 columns and,
 * where the sums fit into registers and models are likely, for k < q ≤ 4 columns of [X y]. Run with `npm run kernels`;
 * a test compares the files with what this script writes, and every kernel with the blocked factor.
 */

import { writeFileSync } from "node:fs";

export const range = (n: number, from = 0): number[] => Array.from({ length: n }, (_, i) => from + i);
/** Widths q of [X y] that kernels for k columns are unrolled for: what varies by group is a column of X as a rule. */
export const widths = (k: number): number[] => range(Math.max(0, 4 - k), k + 1);
const sum = (terms: readonly string[]): string => (terms.length === 0 ? "0" : terms.join(" + "));

/** `const l10 = lambda[1];` … for the lower triangle of a k × k matrix. */
export function loadLambda(k: number): string[] {
  return range(k).flatMap((j) => range(k - j, j).map((i) => `const l${i}${j} = lambda[${i + j * k}];`));
}

/** Entry (i, j) of the symmetric A: read where it stands in the lower triangle. */
const entryOfA = (i: number, j: number): string => `z${Math.max(i, j)}${Math.min(i, j)}`;

/**
 * M = Λ′AΛ + I, its Cholesky factor c, and B = Λ c⁻ᵀ, all in scalars.
 */
export function factorLevel(k: number): string[] {
  const lines: string[] = [];
  for (const j of range(k)) {
    for (const i of range(k - j, j)) lines.push(`const ${entryOfA(i, j)} = ztz[A + ${i + j * k}];`);
  }
  for (const j of range(k)) {
    for (const i of range(k - j, j)) {
      lines.push(`const a${i}${j} = ${sum(range(k - j, j).map((r) => `${entryOfA(i, r)} * l${r}${j}`))};`);
    }
  }
  for (const j of range(k)) {
    for (const i of range(k - j, j)) {
      const own = sum(range(k - i, i).map((r) => `l${r}${i} * a${r}${j}`));
      const less = range(j).map((r) => ` - c${i}${r} * c${j}${r}`);
      if (i === j) {
        lines.push(
          `const c${j}${j} = Math.sqrt(1 + ${own}${less.join("")});`,
          `const v${j} = 1 / c${j}${j};`,
        );
      } else lines.push(`const c${i}${j} = (${own}${less.join("")}) * v${j};`);
    }
  }
  for (const i of range(k)) {
    for (const j of range(k)) {
      const less = range(j).map((r) => `b${i}${r} * c${j}${r}`);
      const head = j <= i ? `l${i}${j}` : "";
      const body = head === "" ? `-(${sum(less)})` : [head, ...less.map((term) => `- ${term}`)].join(" ");
      lines.push(
        `const b${i}${j} = ${less.length === 0 && head !== "" ? `${head} * v${j}` : `(${body}) * v${j}`};`,
      );
    }
  }
  for (const j of range(k)) for (const i of range(k)) lines.push(`B[A + ${i + j * k}] = b${i}${j};`);
  return lines;
}

/** |L| of a level. */
export const diagonal = (k: number): string =>
  range(k)
    .map((i) => `c${i}${i}`)
    .join(" * ");

const keepProduct = (k: number): string[] => [
  `product *= ${diagonal(k)};`,
  "if (product > 1e150) {",
  "  log += ln(product);",
  "  product = 1;",
  "}",
];

/** Pairs c ≤ d of q columns. */
export const upperPairs = (q: number): (readonly [number, number])[] =>
  range(q).flatMap((d) => range(d + 1).map((c) => [c, d] as const));

/** What a level with a block of its own takes off S, summed in s00, s01, … */
export function levelSums(k: number, q: number): string[] {
  const lines: string[] = [];
  for (const c of range(q)) {
    for (const i of range(k)) lines.push(`const w${i}${c} = ztx[W + ${i + c * k}];`);
    for (const j of range(k))
      lines.push(`const C${j}${c} = ${sum(range(k).map((i) => `b${i}${j} * w${i}${c}`))};`);
  }
  for (const [c, d] of upperPairs(q))
    lines.push(`s${c}${d} += ${sum(range(k).map((j) => `C${j}${c} * C${j}${d}`))};`);
  return lines;
}

function levelSumsOfAnyWidth(k: number): string[] {
  return [
    "for (let c = 0; c < q; c++) {",
    ...range(k).map((i) => `  const w${i} = ztx[W + ${i} + c * ${k}];`),
    ...range(k).map((j) => `  C[${j} + c * ${k}] = ${sum(range(k).map((i) => `b${i}${j} * w${i}`))};`),
    "  for (let d = 0; d <= c; d++) {",
    `    S[d + c * q] -= ${sum(range(k).map((j) => `C[${j} + c * ${k}] * C[${j} + d * ${k}]`))};`,
    "  }",
    "}",
  ];
}

function distinct(k: number, q: number | undefined): string {
  const name = `distinct${k}${q === undefined ? "" : `x${q}`}`;
  const pairs = q === undefined ? [] : upperPairs(q);
  const lines = q === undefined ? levelSumsOfAnyWidth(k) : levelSums(k, q);
  return [
    `/** S −= Σ_j C_j′C_j with k = ${k}${q === undefined ? "" : `, q = ${q}`}, every level with a block of its own, every other level first; returns Σ log|L_j|. */`,
    `export function ${name}(`,
    "  lambda: Float64Array,",
    "  levels: number,",
    "  ztz: Float64Array,",
    "  ztx: Float64Array,",
    "  q: number,",
    "  S: Float64Array,",
    "  B: Float64Array,",
    `  ${q === undefined ? "C" : "_C"}: Float64Array,`,
    "  ln: (x: number) => number,",
    "): number {",
    ...loadLambda(k).map((line) => `  ${line}`),
    "  let total = 0;",
    "  for (let first = 0; first < 2; first++) {",
    "    let log = 0;",
    "    let product = 1;",
    ...pairs.map(([c, d]) => `    let s${c}${d} = 0;`),
    "    for (let level = first; level < levels; level += 2) {",
    `      const A = level * ${k * k};`,
    `      const W = level * ${k} * ${q ?? "q"};`,
    ...[...factorLevel(k), ...keepProduct(k), ...lines].map((line) => `      ${line}`),
    "    }",
    ...pairs.map(([c, d]) => `    S[${c} + ${d} * q] -= s${c}${d};`),
    "    total += log + ln(product);",
    "  }",
    "  return total;",
    "}",
  ].join("\n");
}

function shared(k: number, q: number | undefined): string {
  const name = `shared${k}${q === undefined ? "" : `x${q}`}`;
  const pairs = range(k).flatMap((j) => range(k - j, j).map((i) => [i, j] as const));
  const size = q === undefined ? undefined : (q * (q + 1)) / 2;
  // Where the entry of pair x stands, after those of the entry at hand.
  const place = (x: number, entry: number): string => {
    const offset = size === undefined ? (x === 0 ? "" : ` + ${x} * size`) : ` + ${entry + x * size}`;
    return `K[at${offset}]`;
  };
  const less = (entry: number): string => sum(pairs.map(([i, j], x) => `g${i}${j} * ${place(x, entry)}`));
  const entries = q === undefined ? [] : range(q).flatMap((d) => range(d + 1).map((c) => c + d * q));
  return [
    `/** S −= Σ_u Σ_ab (BB′)_ab K_u,ab with k = ${k}${q === undefined ? "" : `, q = ${q}`}: levels with equal Z′WZ together; \`roots\` takes |L| of each pattern. */`,
    `export function ${name}(`,
    "  lambda: Float64Array,",
    "  patterns: number,",
    "  ztz: Float64Array,",
    "  K: Float64Array,",
    `  ${q === undefined ? "q" : "_q"}: number,`,
    "  S: Float64Array,",
    "  B: Float64Array,",
    "  roots: Float64Array,",
    "): void {",
    ...loadLambda(k).map((line) => `  ${line}`),
    ...(q === undefined ? ["  const size = (q * (q + 1)) / 2;"] : []),
    "  for (let u = 0; u < patterns; u++) {",
    `    const A = u * ${k * k};`,
    ...factorLevel(k).map((line) => `    ${line}`),
    `    roots[u] = ${diagonal(k)};`,
    ...pairs.map(([i, j]) => `    const g${i}${j} = ${sum(range(k).map((r) => `b${i}${r} * b${j}${r}`))};`),
    ...(size === undefined
      ? [
          `    let at = u * ${pairs.length} * size;`,
          "    for (let d = 0; d < q; d++) {",
          "      for (let c = 0; c <= d; c++, at++) {",
          `        S[c + d * q] -= ${less(0)};`,
          "      }",
          "    }",
        ]
      : [
          `    const at = u * ${pairs.length * size};`,
          ...entries.map((place, entry) => `    S[${place}] -= ${less(entry)};`),
        ]),
    "  }",
    "}",
  ].join("\n");
}

function draw(k: number, p: number | undefined): string {
  const name = `draw${k}${p === undefined ? "" : `x${p}`}`;
  const width = p === undefined ? "(p + 1)" : String(p + 1);
  const residual = (i: number): string[] =>
    p === undefined
      ? [
          `let e${i} = ztx[W + ${i} + p * ${k}];`,
          `for (let c = 0; c < p; c++) e${i} -= ztx[W + ${i} + c * ${k}] * beta[c];`,
        ]
      : [
          `const e${i} = ztx[W + ${i + p * k}]${range(p)
            .map((c) => ` - ztx[W + ${i + c * k}] * beta${c}`)
            .join("")};`,
        ];
  return [
    `/** b_j = B(B′(Z_j′Wỹ − Z_j′WQβ) + σz) with k = ${k}${p === undefined ? "" : `, p = ${p}`}; \`pattern\` says which B a level uses, \`normals\` start at level \`from\`. */`,
    `export function ${name}(`,
    "  b: Float64Array,",
    "  from: number,",
    "  to: number,",
    "  pattern: Int32Array,",
    "  ztx: Float64Array,",
    `  ${p === undefined ? "p" : "_p"}: number,`,
    "  beta: Float64Array,",
    "  B: Float64Array,",
    "  sigma: number,",
    "  normals: Float64Array,",
    "): void {",
    ...(p === undefined ? [] : range(p).map((c) => `  const beta${c} = beta[${c}];`)),
    `  for (let level = from, n = 0; level < to; level++, n += ${k}) {`,
    `    const at = level * ${k};`,
    `    const W = at * ${width};`,
    `    const A = pattern[level] * ${k * k};`,
    ...range(k)
      .flatMap(residual)
      .map((line) => `    ${line}`),
    ...range(k).flatMap((j) => range(k).map((i) => `    const b${i}${j} = B[A + ${i + j * k}];`)),
    ...range(k).map(
      (j) =>
        `    const t${j} = ${sum(range(k).map((i) => `b${i}${j} * e${i}`))} + sigma * normals[n + ${j}];`,
    ),
    ...range(k).map((i) => `    b[at + ${i}] = ${sum(range(k).map((j) => `b${i}${j} * t${j}`))};`),
    "  }",
    "}",
  ].join("\n");
}

/** The text of one kernel file. */
export function kernelFile(k: number): string {
  const header = [
    `/** Generated by scripts/kernels.ts for k = ${k}. Do not edit. @module */`,
    "",
    "// biome-ignore-all lint: generated",
    "// biome-ignore-all format: generated",
    "",
  ];
  const unrolled = widths(k);
  return `${[
    ...header,
    [
      ...unrolled.map((q) => shared(k, q)),
      shared(k, undefined),
      ...unrolled.map((q) => distinct(k, q)),
      distinct(k, undefined),
      ...unrolled.map((q) => draw(k, q - 1)),
      draw(k, undefined),
    ].join("\n\n"),
  ].join("\n")}\n`;
}

/** The kernel files by name. */
export function kernelFiles(): Map<string, string> {
  return new Map(range(4, 1).map((k) => [`oneFactor${k}.ts`, kernelFile(k)]));
}

if (process.argv[1]?.endsWith("kernels.ts")) {
  for (const [name, text] of kernelFiles()) {
    writeFileSync(new URL(`../src/linalg/kernels/${name}`, import.meta.url), text);
  }
}
