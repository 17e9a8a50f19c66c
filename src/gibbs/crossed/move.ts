/**
 * One block of the crossed scheme: Σ, effects and core of a big factor given σ and the other blocks.
 *
 *  1. r_j = Z_j′W(y − other blocks), T′W(y − other blocks), by gathers over the pairs of levels;
 *  2. S, s: the core with b_f integrated out;
 *  3. Σ of each core factor, b_f and the whole core integrated out;
 *  4. the core | Σ, σ;
 *  5. Σ_f | core, b_f integrated out;
 *  6. b_f | Σ_f, core.
 *
 * Steps 3 to 6 follow one another with nothing in between: each integrates out what a later one draws (Papaspiliopoulos,
 * Roberts & Zanella 2020, Biometrika 107(1); van Dyk & Park 2008, J. Am. Stat. Assoc. 103).
 *
 * @module
 */

import { gatherSubtractInto } from "../../linalg/gather.ts";
import { slice } from "../../random/distributions.ts";
import type { RandomStream } from "../../random/stream.ts";
import type { Workspace } from "../conditionals.ts";
import {
  coordinateCount,
  coordinatesFromLambdaInto,
  lambdaFromCoordinatesInto,
  logTermPrior,
} from "../coordinates.ts";
import { factorLambdaInto, type Setup, type State } from "../state.ts";
import type { Block } from "./blocks.ts";
import { coreOf } from "./core.ts";
import { levelsLogDensity } from "./density.ts";
import { interweave } from "./interweave.ts";
import { quadraticOf } from "./layout.ts";
import {
  drawLevelsInto,
  factorPatternsInto,
  levelsQuadratic,
  patternSquaresInto,
  shrinkInto,
  subtractAcross,
  subtractCore,
} from "./levels.ts";
import { subtractSquare } from "./square.ts";

/** What the blocks of one chain know of each other. */
export interface Exchange {
  /** Effects of each factor in the state. */
  readonly own: readonly Float64Array[];
  /** The same as the gathers of other blocks take them, those of merged core factors added. */
  readonly effects: readonly Float64Array[];
  /** Q′WZ_hb_h of each factor, p. */
  readonly fixed: readonly Float64Array[];
}

/** Where the slice widths of each term start, and how many there are. */
export function widthStarts({ cross }: Pick<Setup, "cross">): { starts: number[]; count: number } {
  let count = 0;
  const starts = cross.places.map(({ k }) => {
    count += coordinateCount(k);
    return count - coordinateCount(k);
  });
  return { starts, count };
}

/** Buffers for what a chain's blocks tell each other; {@link BlockMove.publish} fills them. */
export function exchangeOf({ cross, starts }: Setup, { b }: State, blocks: readonly Block[]): Exchange {
  const merged = blocks.filter((block) => block.merged.some((up) => up !== null));
  const own = cross.factors.map(({ levels, k }, f) => b.subarray(starts[f], starts[f] + levels * k));
  return {
    own,
    effects: own.map((effects, f) => (merged.some(({ factor }) => factor === f) ? effects.slice() : effects)),
    fixed: cross.factors.map(() => new Float64Array(cross.p)),
  };
}

/** Moves one block of a chain. */
export interface BlockMove {
  /** Steps 1 to 6; returns by how much the residual sum of squares grew. */
  move(state: State, stream: RandomStream): number;
  /** Tells the other blocks where this one stands, from the state alone. */
  publish(): void;
  /** Steps 1 and 2. */
  reduce(state: State): void;
  /** After `reduce`: log density of the Λ of all core factors, as step 3 takes it, at the state without the prior. */
  logCore(state: State): number;
  /** After `reduce`: takes the core c (m) off what b_f is drawn from. */
  condition(c: Float64Array): void;
  /** After `condition`: log density of the big factor's Λ, as step 5 takes it, at the state without the prior. */
  logLevels(state: State): number;
}

/** Allocates the buffers of a block for one chain. */
export function blockMove(
  setup: Setup,
  block: Block,
  exchange: Exchange,
  widths: Float64Array,
  work: Workspace,
): BlockMove {
  const { cross, priors } = setup;
  const { factor: f, core: small, levels, k, layout, first, patterns } = block;
  const { m } = layout;
  const { p } = cross;
  const { starts: widthAt } = widthStarts(setup);
  const own = exchange.own[f];
  const outside = cross.factors.map((_, h) => h).filter((h) => h !== f && !small.includes(h));
  const core = coreOf(setup, block);
  const before = new Float64Array(m);
  const after = new Float64Array(m);
  const ty = new Float64Array(m);
  // −T′WZ_fb_f of the present b_f.
  const across = new Float64Array(m);
  const r = new Float64Array(levels * k);
  const z = new Float64Array(levels * k);
  const C = new Float64Array(patterns.count * k * k);
  const R = new Float64Array(patterns.count * k * k);
  const relative = cross.factors.map((each) => new Float64Array(each.k * each.k));
  const widest = cross.factors.reduce((most, each) => Math.max(most, each.k), 1);
  const scratch = new Float64Array(2 * widest * widest);
  const inner = new Float64Array(widest * widest);
  const G = new Float64Array(patterns.count * coordinateCount(k));
  const coordinates = new Float64Array(coordinateCount(widest));
  const free = cross.places.flatMap(({ factor }, t) =>
    priors.terms[t].kind === "fixed" ? [] : [{ t, factor }],
  );
  const coreTerms = free.filter(({ factor }) => small.includes(factor)).map(({ t }) => t);
  const ownTerms = free.filter(({ factor }) => factor === f).map(({ t }) => t);
  // The parts of vectors over T that belong to each core factor, and the gathers that fill them.
  const segmentsOf = (whole: Float64Array): Float64Array[] =>
    small.map((h, c) => whole.subarray(first[c], first[c] + exchange.own[h].length));
  const ofTy = segmentsOf(ty);
  const ofS = segmentsOf(core.s);
  const ofAfter = segmentsOf(after);
  const ofAcross = segmentsOf(across);
  let unmerged = 1;
  const segmentGathers = block.merged.map((up) => (up === null ? block.gathers[unmerged++] : []));
  const interweaving = block.interwoven ? interweave(setup, block, widths, widthAt, work) : undefined;
  let now: State;

  /** Λ of term t at the coordinates, in the state and relative to σ. */
  function place(t: number): void {
    const { factor, offset, k: size } = cross.places[t];
    const L = now.lambda[t];
    lambdaFromCoordinatesInto(L, coordinates, size);
    const whole = relative[factor];
    const order = cross.factors[factor].k;
    for (let j = 0; j < size; j++) {
      for (let i = j; i < size; i++) whole[offset + i + (offset + j) * order] = L[i + j * size] / now.sigma;
    }
  }

  const coreLikelihood = (): number => core.logDensity(relative, now.sigma);
  const levelsLikelihood = (): number =>
    levelsLogDensity(patterns, R, relative[f], k, now.sigma * now.sigma, scratch);

  /** One log density per coordinate of a term, so that none is made while sampling. */
  const densities = cross.places.map(({ k: size, factor }, t) =>
    Array.from({ length: coordinateCount(size) }, (_, c) => (value: number): number => {
      coordinates[c] = value;
      place(t);
      const likelihood = factor === f ? levelsLikelihood() : coreLikelihood();
      return likelihood + logTermPrior(priors.terms[t], coordinates, now.lambda[t], size, inner);
    }),
  );

  /** One slice per coordinate of term t. */
  function sliceTerm(t: number, stream: RandomStream): void {
    coordinatesFromLambdaInto(coordinates, now.lambda[t], cross.places[t].k);
    for (let c = 0; c < densities[t].length; c++) {
      coordinates[c] = slice(stream, coordinates[c], widths[widthAt[t] + c], densities[t][c]);
    }
    place(t);
  }

  /** Step 1. */
  function gather(): void {
    r.set(block.zy);
    for (const { from, gather } of block.gathers[0]) gatherSubtractInto(r, gather, exchange.effects[from]);
    ty.set(block.ty);
    for (const h of outside) for (let c = 0; c < p; c++) ty[c] -= exchange.fixed[h][c];
    for (let c = 0; c < small.length; c++) {
      const up = block.merged[c];
      const segment = ofTy[c];
      if (up === null) {
        for (const { from, gather } of segmentGathers[c])
          gatherSubtractInto(segment, gather, exchange.effects[from]);
      } else {
        segment.fill(0);
        for (let j = 0; j < levels; j++) segment[up[j]] += r[j];
      }
    }
  }

  /** The residual sum of squares as it is, less what this block cannot change. */
  function presentQuadratic(state: State): number {
    before.set(state.beta);
    for (let c = 0; c < small.length; c++) before.set(exchange.own[small[c]], first[c]);
    let sum = quadraticOf(layout, block.tt, before, ty) + levelsQuadratic(block, r, own);
    for (let j = 0; j < m; j++) sum -= 2 * before[j] * across[j];
    return sum;
  }

  function reduce(state: State): void {
    now = state;
    gather();
    factorLambdaInto(relative, cross.places, state.lambda, cross, 1 / state.sigma);
    factorPatternsInto(C, patterns, relative[f], k, scratch);
    core.S.set(block.tt);
    core.s.set(ty);
    shrinkInto(z, block, C, r);
    subtractAcross(core.s, block, p, ofS, z);
    subtractSquare(core.S, block.square, patterns, C, k, layout, G);
  }

  /** `after` is the core; r ← what b_f is drawn from. */
  function condition(): void {
    subtractCore(r, block, p, after, ofAfter);
    if (interweaving === undefined && ownTerms.length > 0) patternSquaresInto(R, block, r);
  }

  return {
    reduce,
    logCore(state) {
      now = state;
      factorLambdaInto(relative, cross.places, state.lambda, cross, 1 / state.sigma);
      return coreLikelihood();
    },
    condition(c) {
      after.set(c);
      condition();
    },
    logLevels(state) {
      now = state;
      factorLambdaInto(relative, cross.places, state.lambda, cross, 1 / state.sigma);
      return levelsLikelihood();
    },
    move(state, stream) {
      const { sigma } = state;
      reduce(state);
      const quadratic = presentQuadratic(state);
      for (const t of coreTerms) sliceTerm(t, stream);
      core.drawInto(after, relative, sigma, stream);
      condition();
      if (interweaving === undefined && ownTerms.length > 0) {
        for (const t of ownTerms) sliceTerm(t, stream);
        factorPatternsInto(C, patterns, relative[f], k, scratch);
      }
      stream.normalsInto(z);
      let drawn = drawLevelsInto(own, block, C, r, z, sigma);
      for (let c = 0; c < p; c++) state.beta[c] = after[c];
      for (let c = 0; c < small.length; c++) exchange.own[small[c]].set(ofAfter[c]);
      if (interweaving !== undefined) {
        interweaving(state, own, r, stream);
        drawn = levelsQuadratic(block, r, own);
      }
      return quadraticOf(layout, block.tt, after, ty) + drawn - quadratic;
    },
    publish() {
      const told = exchange.effects[f];
      if (told !== own) told.set(own);
      for (let c = 0; c < small.length; c++) {
        const up = block.merged[c];
        const above = exchange.own[small[c]];
        if (up !== null) for (let j = 0; j < levels; j++) told[j] += above[up[j]];
        fixedProductsInto(exchange.fixed[small[c]], block, c, above);
      }
      across.fill(0);
      subtractAcross(across, block, p, ofAcross, own);
      for (let c = 0; c < p; c++) exchange.fixed[f][c] = -across[c];
    },
  };
}

/** out ← Q′WZ_hb_h of core factor c, from the rows of T′WT. */
function fixedProductsInto(
  out: Float64Array,
  { tt, layout, first }: Block,
  c: number,
  effects: Float64Array,
): void {
  const { dense, k } = layout;
  const start = first[c];
  for (let j = 0; j < out.length; j++) {
    let sum = 0;
    if (start < dense) {
      for (let i = 0; i < effects.length; i++) sum += tt[start + i + j * dense] * effects[i];
    } else {
      const step = k * (dense + k);
      for (let i = 0, at = dense * dense + j * k; i < effects.length; i += k, at += step) {
        for (let a = 0; a < k; a++) sum += tt[at + a] * effects[i + a];
      }
    }
    out[j] = sum;
  }
}
