/**
 * Packages that users install only when they need them.
 *
 * @module
 */

import { ArgumentError } from "../errors.ts";

/**
 * Loads an optional package.
 *
 * @param name - as npm knows it
 * @param what - what needs it, as the beginning of a sentence
 * @throws `missing-package`
 */
export async function optionalPackage<T>(name: string, what: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (cause) {
    throw new ArgumentError(
      "missing-package",
      `${what} with the package "${name}", which cannot be loaded: ${(cause as Error).message}.`,
      `Install it: npm install ${name}.`,
      { package: name },
    );
  }
}
