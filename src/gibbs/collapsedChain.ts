/**
 * One chain of the collapsed scheme: what `collapsed.ts` describes, step by step.
 *
 * Nothing of a try depends on where the chain stands, so that tries are drawn, evaluated and weighed many at a time; the
 * chain itself only compares weights.
 *
 * @module
 */

import type { RandomStream } from "../random/stream.ts";
import { exp, ln, lnInto } from "../stats/special.ts";
import type { Marginal, Slot } from "./marginal.ts";
import { type Proposal, Proposer } from "./proposal.ts";
import { coordinatesOfStateInto, type Layout, relativeLambdaInto } from "./relative.ts";
import type { Chain } from "./scheme.ts";
import { type Setup, type State, termMatrices } from "./state.ts";
import { conjugateExtra, sigmaShape, Target } from "./target.ts";
import { type TermPart, termPartInto, termParts } from "./termPart.ts";

/**
 * Tries that are made together where slots are light: the arithmetic of one goes on while another waits for a root or a
 * logarithm.
 */
const TOGETHER = 16;
/** Numbers that `save` puts before x. */
const SAVED = 7;

/** A point that the chain may stand at, and all that has been computed there. */
interface Point<S extends Slot> {
  readonly x: Float64Array;
  readonly lambda: readonly Float64Array[];
  readonly ones: readonly Float64Array[];
  readonly parts: readonly TermPart[];
  readonly slot: S;
  /** The proposal's density at x. */
  density: number;
  /** ρ(t), twice the scale of the inverse-gamma that σ² is proposed from; NaN where σ is a coordinate or fixed. */
  rho: number;
  /** ρ/(2σ²); 1 where σ is a coordinate or fixed. */
  g: number;
  sigma: number;
  /** log of target over proposal at (x, σ). */
  weight: number;
}

/** A chain of the collapsed scheme. A class, whose compiled code outlives the chain: the next one starts with it. */
export class CollapsedChain<S extends Slot> implements Chain {
  readonly state: State;
  readonly #setup: Setup;
  readonly #marginal: Marginal<S>;
  readonly #layout: Layout;
  readonly #stream: RandomStream;
  readonly #propose: Proposer;
  readonly #target: Target;
  readonly #gamma: boolean;
  /** a₀. */
  readonly #shape: number;
  readonly #tries: Point<S>[];
  /** x of every try. */
  readonly #points: Float64Array[];
  readonly #densities: Float64Array;
  readonly #chances: Float64Array;
  readonly #logs: Float64Array;
  readonly #scratch: Float64Array;
  /** The stream before these tries were drawn, and how many of them are used up. */
  #origin: readonly number[] = [0, 0, 0, 0];
  #used: number;
  #current: Point<S>;
  #accepted = 0;
  #firstWeight = Number.NaN;

  /**
   * Starts a chain, or goes on with one.
   *
   * @param from - from `save`, or a state to stand at
   */
  constructor(
    setup: Setup,
    marginal: Marginal<S>,
    layout: Layout,
    proposal: Proposal,
    stream: RandomStream,
    from?: Float64Array | State,
  ) {
    const { cross, priors, effects } = setup;
    const { places } = cross;
    const most = marginal.light ? TOGETHER : 1;
    const k = places.reduce((widest, place) => Math.max(widest, place.k), 1);
    this.#setup = setup;
    this.#marginal = marginal;
    this.#layout = layout;
    this.#stream = stream;
    this.#propose = new Proposer(proposal, most);
    this.#gamma = layout.sigma === "gamma";
    this.#shape = sigmaShape(cross.n, cross.p, priors);
    // σ² ~ IG(a₀, ρ/2) has density ∝ ρ^a₀ σ^(−2a₀−1) e^(−ρ/(2σ²)) in σ; log σ as a coordinate a Jacobian σ.
    const power = this.#gamma ? 2 * this.#shape + 1 : layout.sigma === "coordinate" ? 1 : 0;
    this.#target = new Target(cross.n, cross.p, priors, power);
    this.#tries = Array.from({ length: most }, () => this.#point());
    this.#points = Array.from(this.#tries, ({ x }) => x);
    this.#densities = new Float64Array(most);
    this.#chances = new Float64Array(most);
    this.#logs = new Float64Array(3 * most);
    this.#scratch = new Float64Array(k * k);
    this.#used = most;
    this.#current = this.#point();
    this.state = {
      beta: new Float64Array(cross.p),
      lambda: termMatrices(places),
      sigma: 0,
      b: new Float64Array(effects),
    };
    if (from instanceof Float64Array) this.#goOn(from);
    else if (from !== undefined) this.#standAt(from);
    // The first point: a try that the target does not exclude.
    else for (let n = 0; !Number.isFinite(this.#current.weight) && n < 100; n++) this.#take(this.#next());
  }

  #point(): Point<S> {
    const { places } = this.#setup.cross;
    return {
      x: new Float64Array(this.#layout.length),
      lambda: termMatrices(places),
      ones: termMatrices(places),
      parts: termParts(places),
      slot: this.#marginal.slot(),
      density: Number.NaN,
      rho: Number.NaN,
      g: 1,
      sigma: Number.NaN,
      weight: Number.NEGATIVE_INFINITY,
    };
  }

  #goOn(from: Float64Array): void {
    const current = this.#current;
    const stream = this.#stream;
    current.g = from[0];
    current.density = from[1];
    current.x.set(from.subarray(SAVED));
    this.#evaluate([current]);
    if (from[2] < this.#tries.length) {
      const here = stream.snapshot();
      stream.restore(Array.from(from.subarray(3, SAVED)));
      this.#lookAhead();
      stream.restore(here);
    }
    this.#used = from[2];
  }

  #standAt(state: State): void {
    const current = this.#current;
    coordinatesOfStateInto(current.x, state, this.#setup, this.#layout);
    current.density = this.#propose.density(current.x);
    this.#evaluate([current]);
    if (!this.#gamma) return;
    current.g = (0.5 * current.rho) / (state.sigma * state.sigma);
    this.#evaluate([current]);
  }

  /** What x, its density and g make of the data and the priors; σ where x holds it. Step by step for all of them. */
  #evaluate(some: readonly Point<S>[]): void {
    const setup = this.#setup;
    const { priors, cross } = setup;
    const { places } = cross;
    const layout = this.#layout;
    const marginal = this.#marginal;
    const gamma = this.#gamma;
    const logs = this.#logs;
    const scratch = this.#scratch;
    const count = some.length;
    for (let s = 0; s < count; s++) {
      const { x, lambda, ones } = some[s];
      some[s].sigma = relativeLambdaInto(lambda, setup, layout, x, ones);
    }
    for (let s = 0; s < count; s++) marginal.evaluate(some[s].slot, some[s].lambda);
    for (let s = 0; s < count; s++) {
      const { x, lambda, ones, parts } = some[s];
      for (let t = 0; t < places.length; t++) {
        termPartInto(parts[t], priors.terms[t], x, layout.at[t], lambda[t], places[t].k, scratch, ones[t]);
      }
    }
    for (let s = 0; s < count; s++) {
      const point = some[s];
      if (gamma) {
        point.rho = point.slot.data.pwrss + conjugateExtra(priors, point.parts);
        point.sigma = Math.sqrt((0.5 * point.rho) / point.g);
      }
      logs[3 * s] = point.density;
      logs[3 * s + 1] = gamma ? 0.5 * point.rho : point.sigma;
      logs[3 * s + 2] = point.g;
    }
    lnInto(logs, 0, 3 * count);
    for (let s = 0; s < count; s++) {
      const { slot, parts, sigma, g } = some[s];
      const log = logs[3 * s + 1];
      let weight = -logs[3 * s];
      if (gamma) weight += g - this.#shape * log;
      weight += this.#target.logDensity(slot.data, parts, sigma, gamma ? 0.5 * (log - logs[3 * s + 2]) : log);
      // Where rounding took over, far out in the tails, the posterior is taken to be 0.
      some[s].weight = Number.isNaN(weight) ? Number.NEGATIVE_INFINITY : weight;
    }
  }

  #lookAhead(): void {
    const tries = this.#tries;
    const stream = this.#stream;
    this.#origin = stream.snapshot();
    this.#propose.drawInto(this.#points, this.#densities, stream);
    stream.uniformsInto(this.#chances);
    for (let s = 0; s < tries.length; s++) {
      tries[s].density = this.#densities[s];
      if (this.#gamma) tries[s].g = stream.gamma(this.#shape, 1);
    }
    this.#evaluate(tries);
    this.#used = 0;
  }

  #next(): number {
    if (this.#used === this.#tries.length) this.#lookAhead();
    return this.#used++;
  }

  #take(index: number): void {
    const left = this.#current;
    this.#current = this.#tries[index];
    this.#tries[index] = left;
    this.#points[index] = left.x;
  }

  /** Step 1 alone. */
  move(): void {
    const chances = this.#chances;
    const first = this.#next();
    const weight = this.#tries[first].weight;
    const gain = weight - this.#current.weight;
    this.#firstWeight = weight;
    if (gain >= 0 || gain > ln(1 - chances[first])) {
      this.#take(first);
      this.#accepted++;
      return;
    }
    // A second try of the same kind. 1 − min(1, w₁/w) has to be the same seen from t₂: (w₂ − w₁)⁺/(w − w₁).
    const second = this.#next();
    const refused = exp(gain);
    const ratio = exp(this.#tries[second].weight - this.#current.weight);
    if (chances[second] * (1 - refused) < ratio - refused) this.#take(second);
  }

  step(): void {
    this.move();
    const { lambda, sigma, slot } = this.#current;
    const { state } = this;
    state.sigma = sigma;
    for (let t = 0; t < lambda.length; t++) {
      const prior = this.#setup.priors.terms[t];
      const L = state.lambda[t];
      // What a prior fixes stays what it is to the last bit.
      if (prior.kind === "fixed") L.set(prior.lambda);
      else for (let i = 0; i < L.length; i++) L[i] = sigma * lambda[t][i];
    }
    this.#marginal.draw(slot, sigma, state, this.#stream);
  }

  save(): Float64Array {
    const { g, density, x } = this.#current;
    return Float64Array.of(g, density, this.#used, ...this.#origin, ...x);
  }

  /** The coordinates that the chain stands at. */
  get position(): Float64Array {
    return this.#current.x;
  }

  /** log weight of the last first try. */
  get tried(): number {
    return this.#firstWeight;
  }

  /** First tries that were accepted. */
  get accepted(): number {
    return this.#accepted;
  }
}
