/**
 * Fits and posteriors as bytes, for a file or a database: with their model as sums, without the data.
 *
 * @module
 */

import { ArgumentError, BlmmError, checkKind, ModelError, show, type Warning, warning } from "./errors.ts";
import { type SavedPosterior, savedPosterior } from "./gibbs/finish.ts";
import type { Posterior } from "./gibbs/posterior.ts";
import { type ModelSums, modelOfSums, sumsOf } from "./model/sums.ts";
import { type SavedFit, savedFit } from "./reml/fit.ts";
import type { LmmFit } from "./reml/lmmFit.ts";
import { bytesOf, invalidSave, treeOf } from "./save/tree.ts";
import { VERSION } from "./save/version.ts";

/** What a save holds. */
interface Content {
  /** Of the library that saved it. */
  readonly version: string;
  readonly model: ModelSums;
  readonly result: SavedFit | SavedPosterior;
}

/**
 * Writes a fit or a posterior down, with all that it needs to go on without the data; R: `saveRDS(fit)`.
 *
 * The model is kept as its sums, so the size depends on groups and draws, not on rows: 8 bytes for each kept draw, and some
 * kB. Labels of groups and levels are in it; rows are not.
 *
 * @param result - of `reml`, `ml` or `gibbs`
 * @throws {ArgumentError} `invalid-argument` for anything else
 * @throws {ModelError} `needs-rows` for Student-t residuals, which weigh every row anew
 * @example
 * await writeFile("run.blmm", save(posterior));
 */
export function save(result: LmmFit | Posterior): Uint8Array {
  checkKind(
    "save()",
    result,
    ["model", "saved"],
    "a fit or a posterior",
    "Pass what reml(), ml() or gibbs() returned.",
  );
  const { model } = result;
  if (model.student !== null && model.student.residuals !== null) {
    throw new ModelError(
      "needs-rows",
      "Student-t residuals weigh every row anew, so a save, which holds no rows, could not go on.",
      "Keep the data and posterior.checkpoint(), and go on by resume().",
    );
  }
  const content: Content = { version: VERSION, model: sumsOf(model), result: result.saved() };
  return bytesOf(content);
}

/**
 * Reads back what {@link save} wrote: a fit with the same numbers, a posterior with the same draws, bit for bit. It
 * predicts, is tested, plotted and compared, and `extend()` goes on with the bits of one long run. What reads rows (fitted
 * values, residuals, `loo()`, `update()`, …) refuses with `needs-rows`.
 *
 * A save of another version of the library is taken with the warning `saved-elsewhere`.
 *
 * @throws {ArgumentError} `unknown-format` for other bytes and formats of the future, `invalid-save` for a save that was
 *   cut or edited, `invalid-argument` for what is no bytes
 * @example
 * const posterior = load(await readFile("run.blmm"));
 * posterior.predict([{ Days: 10, Subject: "308" }]);
 */
export function load(bytes: Uint8Array | ArrayBuffer): LmmFit | Posterior {
  const given: unknown = bytes;
  if (!(given instanceof Uint8Array || given instanceof ArrayBuffer)) {
    throw new ArgumentError(
      "invalid-argument",
      `load() takes bytes, got ${show(given)}.`,
      "Pass the Uint8Array of save(), or the content of its file.",
    );
  }
  try {
    return resultOf(treeOf(given instanceof Uint8Array ? given : new Uint8Array(given)) as Content);
  } catch (error) {
    if (error instanceof BlmmError) throw error;
    // With a right checksum, and yet not written by save().
    throw invalidSave("what it holds is no fit and no posterior");
  }
}

function resultOf({ version, model: sums, result }: Content): LmmFit | Posterior {
  const foreign = version === VERSION ? [] : [savedBy(version)];
  const model = modelOfSums({ ...sums, warnings: [...sums.warnings, ...foreign] });
  return result.kind === "fit" ? savedFit(model, result) : savedPosterior(model, result);
}

function savedBy(version: string): Warning {
  return warning(
    "saved-elsewhere",
    `Saved by blmm ${version}, loaded by ${VERSION}: estimates and draws are kept, defaults may differ.`,
    { saved: version, loaded: VERSION },
  );
}
