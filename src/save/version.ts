/**
 * Which version of the library this is.
 *
 * @module
 */

/** The version of the package. */
export const VERSION = "0.1.0";
