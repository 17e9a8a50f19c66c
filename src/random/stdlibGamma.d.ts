declare module "@stdlib/random-base-gamma/lib/gamma.js" {
  /**
   * A gamma variate of shape d + 1/3 and rate `rate`, shape ≥ 1.
   *
   * @param uniform - uniform numbers in [0, 1)
   * @param normal - standard normals
   * @param c - 1 / √(9 d)
   */
  export default function marsagliaTsang(
    uniform: () => number,
    normal: () => number,
    rate: number,
    d: number,
    c: number,
  ): number;
}
