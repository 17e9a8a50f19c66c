/**
 * Radix-2 fast Fourier transform in place, with the twiddle factors of the last sizes kept.
 *
 * @module
 */

const twiddles = new Map<number, { cos: Float64Array; sin: Float64Array }>();

/** The smallest power of two that is at least `n`. */
export function powerOfTwo(n: number): number {
  let size = 1;
  while (size < n) size *= 2;
  return size;
}

/**
 * Replaces (re, im) by their transform X_k = Σ_j x_j e^(−2πi jk/N), N = `re.length`, a power of two.
 * The inverse without the factor 1/N is the same call with re and im exchanged.
 */
export function fftInPlace(re: Float64Array, im: Float64Array): void {
  const n = re.length;
  reverseBits(re, im, n);
  const { cos, sin } = twiddlesOf(n);
  for (let size = 2; size <= n; size *= 2) {
    const half = size / 2;
    const stride = n / size;
    for (let start = 0; start < n; start += size) {
      for (let j = 0, w = 0; j < half; j++, w += stride) {
        const a = start + j;
        const b = a + half;
        const real = re[b] * cos[w] + im[b] * sin[w];
        const imaginary = im[b] * cos[w] - re[b] * sin[w];
        re[b] = re[a] - real;
        im[b] = im[a] - imaginary;
        re[a] += real;
        im[a] += imaginary;
      }
    }
  }
}

function reverseBits(re: Float64Array, im: Float64Array, n: number): void {
  for (let i = 1, j = 0; i < n; i++) {
    let bit = n >> 1;
    for (; j & bit; bit >>= 1) j ^= bit;
    j ^= bit;
    if (i < j) {
      let swap = re[i];
      re[i] = re[j];
      re[j] = swap;
      swap = im[i];
      im[i] = im[j];
      im[j] = swap;
    }
  }
}

function twiddlesOf(n: number): { cos: Float64Array; sin: Float64Array } {
  const known = twiddles.get(n);
  if (known !== undefined) return known;
  const cos = new Float64Array(n / 2);
  const sin = new Float64Array(n / 2);
  for (let k = 0; k < n / 2; k++) {
    cos[k] = Math.cos((2 * Math.PI * k) / n);
    sin[k] = Math.sin((2 * Math.PI * k) / n);
  }
  if (twiddles.size >= 8) twiddles.clear();
  const made = { cos, sin };
  twiddles.set(n, made);
  return made;
}
