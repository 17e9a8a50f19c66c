/**
 * Results as JSON text.
 *
 * @module
 */

/** JSON text, indented by one blank, with typed arrays as arrays and non-finite numbers as words. */
export function toJson(value: unknown): string {
  return JSON.stringify(
    value,
    (_, part: unknown) => {
      if (typeof part === "number" && !Number.isFinite(part)) {
        return Number.isNaN(part) ? "NaN" : part > 0 ? "Inf" : "-Inf";
      }
      if (part instanceof Map) return [...part];
      return ArrayBuffer.isView(part) && !(part instanceof DataView)
        ? Array.from(part as Float64Array)
        : part;
    },
    1,
  );
}
