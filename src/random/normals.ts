/**
 * Standard normals by a ziggurat of 256 layers, filled in batches.
 *
 * Marsaglia & Tsang 2000, J. Stat. Softw. 5(8), with 53 random bits for the abscissa. A batch is proposed in
 * one branch-free pass; a second pass repairs the 1.2% that fell outside the layers' cores.
 *
 * @module
 */

import { exp, ln } from "../stats/special.ts";
import { type BitState, nextUniform, nextWord } from "./bits.ts";

/** Layers of equal area. */
export const LAYERS = 256;
/** Where the tail begins, and the area of each layer. */
export const TAIL = 3.6541528853610088;
export const AREA = 0.00492867323399;

interface Ziggurat {
  /** Right edges, widest first; the base layer is stretched to hold the tail. */
  readonly edge: Float64Array;
  /** exp(−x²/2) at the edges. */
  readonly height: Float64Array;
}

let ziggurat: Ziggurat | undefined;

function tables(): Ziggurat {
  if (ziggurat !== undefined) return ziggurat;
  const edge = new Float64Array(LAYERS + 1);
  const height = new Float64Array(LAYERS + 1);
  edge[0] = AREA / exp(-0.5 * TAIL * TAIL);
  edge[1] = TAIL;
  for (let i = 2; i < LAYERS; i++) {
    edge[i] = Math.sqrt(-2 * ln(AREA / edge[i - 1] + exp(-0.5 * edge[i - 1] * edge[i - 1])));
  }
  edge[LAYERS] = 0;
  for (let i = 0; i <= LAYERS; i++) height[i] = exp(-0.5 * edge[i] * edge[i]);
  ziggurat = { edge, height };
  return ziggurat;
}

/** Proposals of a batch that fell outside, and their layers. */
const OUTSIDE = 1024;
const outside = new Int32Array(OUTSIDE);
const outsideLayer = new Int32Array(OUTSIDE);

/** Fills `out[from … to)` with independent standard normals. */
export function fillNormals(out: Float64Array, state: BitState, from = 0, to: number = out.length): void {
  // Batches no longer than the list of rejected proposals, which is shared: nothing else runs in between.
  for (let start = from; start < to; start += OUTSIDE)
    fillBatch(out, state, start, Math.min(start + OUTSIDE, to));
}

function fillBatch(out: Float64Array, state: BitState, from: number, to: number): void {
  const { edge } = tables();
  let count = 0;
  // The generator of bits.ts with its state in registers.
  let s0 = state[0];
  let s1 = state[1];
  let s2 = state[2];
  let s3 = state[3];
  for (let i = from; i < to; i++) {
    let sum = (s0 + s3) | 0;
    const a = (((sum << 7) | (sum >>> 25)) + s0) | 0;
    let t = s1 << 9;
    s2 ^= s0;
    s3 ^= s1;
    s1 ^= s2;
    s0 ^= s3;
    s2 ^= t;
    s3 = (s3 << 11) | (s3 >>> 21);
    sum = (s0 + s3) | 0;
    const b = (((sum << 7) | (sum >>> 25)) + s0) | 0;
    t = s1 << 9;
    s2 ^= s0;
    s3 ^= s1;
    s1 ^= s2;
    s0 ^= s3;
    s2 ^= t;
    s3 = (s3 << 11) | (s3 >>> 21);
    const layer = a & 255;
    const x = (b * 4.656612873077393e-10 + (a >>> 8) * 2.7755575615628914e-17) * edge[layer];
    out[i] = x;
    if (!(Math.abs(x) < edge[layer + 1])) {
      outside[count] = i;
      outsideLayer[count++] = layer;
    }
  }
  state[0] = s0;
  state[1] = s1;
  state[2] = s2;
  state[3] = s3;
  for (let r = 0; r < count; r++) out[outside[r]] = repair(out[outside[r]], outsideLayer[r], state);
}

/** One standard normal. */
export function nextNormal(state: BitState): number {
  const { edge } = tables();
  const a = nextWord(state);
  const b = nextWord(state);
  const layer = a & 255;
  const x = (b * 4.656612873077393e-10 + (a >>> 8) * 2.7755575615628914e-17) * edge[layer];
  return Math.abs(x) < edge[layer + 1] ? x : repair(x, layer, state);
}

/** Decides on a proposal outside the core of its layer: tail, wedge, or a fresh start. */
function repair(x: number, layer: number, state: BitState): number {
  if (layer === 0) return fromTail(x < 0, state);
  const { height } = tables();
  const y = height[layer] + nextUniform(state) * (height[layer + 1] - height[layer]);
  return y < exp(-0.5 * x * x) ? x : nextNormal(state);
}

/** A normal beyond ±TAIL; Marsaglia 1964. */
function fromTail(negative: boolean, state: BitState): number {
  for (;;) {
    const x = -ln(1 - nextUniform(state)) / TAIL;
    const y = -ln(1 - nextUniform(state));
    if (2 * y > x * x) return negative ? -(TAIL + x) : TAIL + x;
  }
}
