/**
 * What is said between a page and a worker. One program serves fits and samples; a page starts it twice, so that a fit
 * never waits for a sampler.
 *
 * @module
 */

import type { Priors } from "blmm";

/** Where the rows come from: a data set of the library, or the text of a CSV file. */
export type Source =
  | { readonly kind: "dataset"; readonly name: string }
  | { readonly kind: "csv"; readonly name: string; readonly text: string };

/** To the worker. `id` comes back with every answer, so that what is out of date can be told. */
export type Request =
  | { readonly kind: "data"; readonly id: number; readonly source: Source }
  | { readonly kind: "fit"; readonly id: number; readonly formula: string }
  | { readonly kind: "code"; readonly id: number; readonly formula: string; readonly target: string }
  | {
      readonly kind: "sample";
      readonly id: number;
      readonly formula: string;
      readonly draws: number | "auto";
      readonly priors?: Priors;
    }
  | { readonly kind: "cancel" }
  | { readonly kind: "draws"; readonly id: number };

/** A column of the data. */
export interface ColumnInfo {
  readonly name: string;
  /** As in a formula: back-quoted where it has to be. */
  readonly quoted: string;
  readonly what: string;
}

/** One parameter of a growing posterior. */
export interface Parameter {
  readonly variable: string;
  readonly mean: number;
  readonly median: number;
  readonly sd: number;
  readonly low: number;
  readonly high: number;
  readonly rhat: number;
  readonly essBulk: number;
  readonly essTail: number;
  /** Draws of each chain in their order, every `step`-th. */
  readonly chains: readonly Float32Array[];
}

/** A posterior as far as it has come. */
export interface Sampled {
  readonly kind: "sampled";
  readonly id: number;
  readonly status: string;
  /** Kept draws per chain, and which of them are in `chains`. */
  readonly iterations: number;
  readonly step: number;
  readonly seconds: number;
  readonly parameters: readonly Parameter[];
  /** As text, once the run is over: the summary, and the posterior beside REML. */
  readonly summary?: string;
  readonly comparison?: string;
}

/** From the worker. */
export type Reply =
  | {
      readonly kind: "data";
      readonly id: number;
      readonly rows: number;
      readonly columns: readonly ColumnInfo[];
      /** A formula that these data can answer; empty if none was found. */
      readonly formula: string;
    }
  | { readonly kind: "fit"; readonly id: number; readonly text: string; readonly milliseconds: number }
  | { readonly kind: "code"; readonly id: number; readonly text: string }
  | Sampled
  | { readonly kind: "draws"; readonly id: number; readonly csv: string }
  | { readonly kind: "fault"; readonly id: number; readonly of: Request["kind"]; readonly text: string };
