/**
 * What the program ends with.
 *
 * @module
 */

/** Exit codes. */
export const exitCodes = {
  fine: 0,
  /** Data, formula, options or files are not as they should be. */
  mistake: 1,
  /** The line cannot be understood. */
  usage: 2,
  /** The result is printed, but has not converged. */
  notConverged: 3,
  /** A fault of this program. */
  internal: 70,
  /** Ctrl-C. */
  interrupted: 130,
} as const;
