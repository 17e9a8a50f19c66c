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
  firstStage(re, im, n);
  for (let size = 4; size <= n; size *= 2) {
    const half = size / 2;
    // The factors of this stage lie together: e^(−2πi j/size) at half + j.
    for (let start = 0; start < n; start += size) {
      for (let j = 0; j < half; j++) {
        const a = start + j;
        const b = a + half;
        const c = cos[half + j];
        const s = sin[half + j];
        const x = re[b];
        const y = im[b];
        const real = x * c + y * s;
        const imaginary = y * c - x * s;
        const u = re[a];
        const v = im[a];
        re[b] = u - real;
        im[b] = v - imaginary;
        re[a] = u + real;
        im[a] = v + imaginary;
      }
    }
  }
}

function firstStage(re: Float64Array, im: Float64Array, n: number): void {
  for (let a = 0; a + 1 < n; a += 2) {
    const x = re[a + 1];
    const y = im[a + 1];
    re[a + 1] = re[a] - x;
    im[a + 1] = im[a] - y;
    re[a] += x;
    im[a] += y;
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
  const cos = new Float64Array(n);
  const sin = new Float64Array(n);
  for (let half = 1; half < n; half *= 2) {
    for (let j = 0; j < half; j++) {
      cos[half + j] = Math.cos((Math.PI * j) / half);
      sin[half + j] = Math.sin((Math.PI * j) / half);
    }
  }
  if (twiddles.size >= 8) twiddles.clear();
  const made = { cos, sin };
  twiddles.set(n, made);
  return made;
}
