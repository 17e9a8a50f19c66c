/** A row of {@link base}. */
export interface Sample {
  readonly y: number;
  readonly x: number;
  readonly z: number;
  readonly f: string;
  readonly g: string;
  readonly h: number;
  readonly w: number;
}

/** 24 rows, 6 groups of 4; nothing in it is degenerate. */
export const base: readonly Sample[] = Array.from({ length: 24 }, (_, i) => ({
  y: Math.sin(i * 1.7) * 3 + i / 5,
  x: Math.cos(i * 2.3),
  z: Math.floor(i / 4) - 2.5,
  f: ["lo", "mid", "hi"][i % 3],
  g: `g${Math.floor(i / 4)}`,
  h: i % 8,
  w: 1 + (i % 2),
}));

export type Row = Record<string, unknown>;
/** The rows with columns changed or added. */
export const withColumn = (change: (row: Sample, i: number) => Row): Row[] =>
  base.map((row, i) => ({ ...row, ...change(row, i) }));

/** The rows with one of them changed. */
export const atRow = (row: number, change: Row): Row[] => withColumn((_, i) => (i === row ? change : {}));
