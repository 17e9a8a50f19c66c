/**
 * Elementary functions whose bits do not depend on the engine.
 *
 * ECMAScript leaves `Math.log`, `Math.exp` and their kin to the implementation; only + − × ÷ √ are exact. The
 * samplers therefore take logarithms and exponentials from here: the algorithms of FreeBSD's msun (fdlibm),
 * error below 1 ulp, tested bit for bit against the same functions of @stdlib.
 *
 * @module
 */

const LN2_HI = 6.931471803691238e-1;
const LN2_LO = 1.9082149292705877e-10;

const float64 = new Float64Array(1);
// Signed, so that the engine keeps what is read in an integer register.
const words = new Int32Array(float64.buffer);
// Which of the two words holds sign and exponent: decided once, without a call.
float64[0] = 1;
const HIGH = words[1] === 0x3ff00000 ? 1 : 0;

/** 2^(i − 1074) for i = 0 … 2097: scaling by a product costs less than writing an exponent into memory. */
const POWERS = powersOfTwo();

function powersOfTwo(): Float64Array {
  const powers = new Float64Array(2098);
  let power = 5e-324;
  for (let i = 0; i < powers.length; i++, power *= 2) powers[i] = power;
  return powers;
}

/**
 * Natural logarithm.
 *
 * x = 2^k (1 + f) with √2/2 < 1 + f < √2; ln(1 + f) = f − s (f − R(z)), s = f / (2 + f), z = s².
 *
 * @returns ln x; −Infinity at 0, NaN below 0
 */
export function ln(x: number): number {
  // Normal numbers alone go on; NaN fails both comparisons.
  return x >= 2.2250738585072014e-308 && x <= 1.7976931348623157e308 ? lnOfNormal(x, 0) : lnOfUnusual(x);
}

/** ln(2^scale x) of a normal number x. */
function lnOfNormal(x: number, scale: number): number {
  float64[0] = x;
  const high = words[HIGH];
  const hx = high & 0x000fffff;
  const shift = (hx + 0x95f64) & 0x100000;
  const own = (high >> 20) - 1023 + (shift >> 20);
  const f = x * POWERS[1074 - own] - 1;
  const k = own + scale;
  if ((0x000fffff & (2 + hx)) < 3) return lnNearPower(f, k);
  const s = f / (2 + f);
  const z = s * s;
  const w = z * z;
  const odd = w * (0.3999999999940942 + w * (0.22222198432149784 + w * 0.15313837699209373));
  const even =
    z * (0.6666666666666735 + w * (0.2857142874366239 + w * (0.1818357216161805 + w * 0.14798198605116586)));
  const R = even + odd;
  if (((hx - 0x6147a) | (0x6b851 - hx)) > 0) {
    const half = 0.5 * f * f;
    return k * LN2_HI - (half - (s * (half + R) + k * LN2_LO) - f);
  }
  return k * LN2_HI - (s * (f - R) - k * LN2_LO - f);
}

/** Of 0, negative numbers, NaN, infinity and subnormal numbers; the last are scaled up by 2^54, exactly. */
function lnOfUnusual(x: number): number {
  if (!(x > 0)) return x === 0 ? Number.NEGATIVE_INFINITY : Number.NaN;
  return x === Number.POSITIVE_INFINITY ? x : lnOfNormal(x * 18014398509481984, -54);
}

/** ln(2^k (1 + f)) with |f| < 2⁻²⁰. */
function lnNearPower(f: number, k: number): number {
  if (f === 0) return k === 0 ? 0 : k * LN2_HI + k * LN2_LO;
  const R = f * f * (0.5 - 0.3333333333333333 * f);
  return k === 0 ? f - R : k * LN2_HI - (R - k * LN2_LO - f);
}

/** values[from … to) ← their logarithms: one call for many keeps the numbers out of the heap. */
export function lnInto(values: Float64Array, from: number, to: number): void {
  for (let i = from; i < to; i++) values[i] = ln(values[i]);
}

/**
 * Exponential function.
 *
 * x = k ln 2 + r with |r| ≤ ln 2 / 2; e^r = 1 + r + r c / (2 − c), c = r − r² P(r²).
 */
export function exp(x: number): number {
  if (!(x > -708 && x < 709)) return expFarOut(x);
  if (x > -3.725290298461914e-9 && x < 3.725290298461914e-9) return 1 + x;
  const k = (Math.LOG2E * x + (x < 0 ? -0.5 : 0.5)) | 0;
  const hi = x - k * LN2_HI;
  const lo = k * LN2_LO;
  return expOfParts(hi, lo) * POWERS[k + 1074];
}

/** e^(hi − lo), small. */
function expOfParts(hi: number, lo: number): number {
  const r = hi - lo;
  const t = r * r;
  const P =
    0.16666666666666602 +
    t *
      (-0.0027777777777015593 +
        t * (0.00006613756321437934 + t * (-0.0000016533902205465252 + t * 4.1381367970572385e-8)));
  const c = r - t * P;
  return 1 - (lo - (r * c) / (2 - c) - hi);
}

/** Where the result, or 2^k, is not a normal number. */
function expFarOut(x: number): number {
  if (Number.isNaN(x)) return x;
  if (x > 709.782712893384) return Number.POSITIVE_INFINITY;
  if (x < -745.1332191019411) return 0;
  const k = Math.trunc(Math.LOG2E * x + (x < 0 ? -0.5 : 0.5));
  return timesPowerOfTwo(expOfParts(x - k * LN2_HI, k * LN2_LO), k);
}

/** y · 2^k, rounded once. */
function timesPowerOfTwo(y: number, k: number): number {
  if (k >= -1021 && k <= 1022) return y * POWERS[k + 1074];
  const half = k > 0 ? 1022 : -1021;
  return timesPowerOfTwo(timesPowerOfTwo(y, k - half), half);
}

/** Inverse hyperbolic tangent, ½ ln((1 + x) / (1 − x)), with a series where 1 + x would drop digits of x. */
export function atanh(x: number): number {
  return x > -0.05 && x < 0.05 ? seriesOfAtanh(x) : 0.5 * ln((1 + x) / (1 - x));
}

/** atanh x = x + x³/3 + x⁵/5 + …; the first term left out is below 1e-19 relative at 0.05. */
function seriesOfAtanh(x: number): number {
  const t = x * x;
  return x + x * t * (1 / 3 + t * (1 / 5 + t * (1 / 7 + t * (1 / 9 + t * (1 / 11 + t * (1 / 13 + t / 15))))));
}
