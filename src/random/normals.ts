/**
 * Standard normals by a ziggurat of 256 layers, filled in batches.
 *
 * Marsaglia & Tsang 2000, J. Stat. Softw. 5(8), with 40 random bits for the abscissa in a batch, 53 for a single normal.
 * A batch is proposed in one branch-free pass; a second pass repairs the 1.2% that fell outside the layers' cores.
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

/** 2⁻⁸ and 2⁻²⁴, what 8 or 24 bits more are worth beside a word; 2⁻⁹ sets them symmetric about 0. */
const TWO_8 = 0.00390625;
const TWO_9 = 0.001953125;
const TWO_24 = 5.9604644775390625e-8;

interface Ziggurat {
  /** Right edges, widest first; the base layer is stretched to hold the tail. */
  readonly edge: Float64Array;
  /** The edges over 2³¹, exactly: what a signed word and its fraction are multiplied by. */
  readonly scale: Float64Array;
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
  ziggurat = { edge, scale: edge.map((x) => x * 4.656612873077393e-10), height };
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
  const { edge, scale } = tables();
  let count = 0;
  // The generator of bits.ts with its state in registers. Three words make two normals: one word each, and of the third
  // 8 bits each for the layer and 8 for the abscissa, which has 40 in all.
  let s0 = state[0];
  let s1 = state[1];
  let s2 = state[2];
  let s3 = state[3];
  for (let i = from; i < to; i += 2) {
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
    sum = (s0 + s3) | 0;
    const c = (((sum << 7) | (sum >>> 25)) + s0) | 0;
    t = s1 << 9;
    s2 ^= s0;
    s3 ^= s1;
    s1 ^= s2;
    s0 ^= s3;
    s2 ^= t;
    s3 = (s3 << 11) | (s3 >>> 21);
    const layer = c & 255;
    const x = (a + ((c >>> 8) & 255) * TWO_8 + TWO_9) * scale[layer];
    out[i] = x;
    if (!(Math.abs(x) < edge[layer + 1])) {
      outside[count] = i;
      outsideLayer[count++] = layer;
    }
    if (i + 1 === to) break;
    const other = (c >>> 16) & 255;
    const y = (b + (c >>> 24) * TWO_8 + TWO_9) * scale[other];
    out[i + 1] = y;
    if (!(Math.abs(y) < edge[other + 1])) {
      outside[count] = i + 1;
      outsideLayer[count++] = other;
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
  const { edge, scale } = tables();
  const a = nextWord(state);
  const b = nextWord(state);
  const layer = a & 255;
  const x = (b + (a >>> 8) * TWO_24) * scale[layer];
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
