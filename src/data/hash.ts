/**
 * A number that tells contents apart and shows when one was cut or edited; no protection against a forger.
 *
 * @module
 */

/** Takes words in, one after the other. */
export interface Hash {
  take(words: ArrayLike<number>): void;
  /** What has been taken in, as 64 bits. */
  bits(): readonly [number, number];
  /** The same as 16 hexadecimal digits. */
  text(): string;
}

/** 64 bits by two multiplicative hashes: whoever changes one word changes the first of them. */
export function hash(): Hash {
  let a = 0x811c9dc5;
  let b = 0x9e3779b9;
  const bits = (): [number, number] => [a >>> 0, b >>> 0];
  return {
    take(words) {
      for (let i = 0; i < words.length; i++) {
        a = Math.imul(a ^ words[i], 0x01000193);
        b = Math.imul((b ^ words[i]) + (b >>> 15), 0x85ebca6b);
      }
    },
    bits,
    text: () =>
      bits()
        .map((word) => word.toString(16).padStart(8, "0"))
        .join(""),
  };
}
