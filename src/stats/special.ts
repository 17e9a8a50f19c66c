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
const words = new Uint32Array(float64.buffer);
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
  if (!(x > 0)) return x === 0 ? Number.NEGATIVE_INFINITY : Number.NaN;
  if (x === Number.POSITIVE_INFINITY) return x;
  float64[0] = x;
  let hx = words[HIGH];
  let k = 0;
  if (hx < 0x00100000) {
    float64[0] = x * 18014398509481984;
    hx = words[HIGH];
    k = -54;
  }
  k += (hx >> 20) - 1023;
  hx &= 0x000fffff;
  const shift = (hx + 0x95f64) & 0x100000;
  k += shift >> 20;
  // A subnormal x was scaled up by 2^54 above; the product is exact in either case.
  const f = (k < -1022 ? x * 18014398509481984 * POWERS[1020 - k] : x * POWERS[1074 - k]) - 1;
  if ((0x000fffff & (2 + hx)) < 3) {
    if (f === 0) return k === 0 ? 0 : k * LN2_HI + k * LN2_LO;
    const R = f * f * (0.5 - 0.3333333333333333 * f);
    return k === 0 ? f - R : k * LN2_HI - (R - k * LN2_LO - f);
  }
  const s = f / (2 + f);
  const z = s * s;
  const w = z * z;
  const odd = w * (0.3999999999940942 + w * (0.22222198432149784 + w * 0.15313837699209373));
  const even =
    z * (0.6666666666666735 + w * (0.2857142874366239 + w * (0.1818357216161805 + w * 0.14798198605116586)));
  const R = even + odd;
  if (((hx - 0x6147a) | (0x6b851 - hx)) > 0) {
    const half = 0.5 * f * f;
    if (k === 0) return f - (half - s * (half + R));
    return k * LN2_HI - (half - (s * (half + R) + k * LN2_LO) - f);
  }
  if (k === 0) return f - s * (f - R);
  return k * LN2_HI - (s * (f - R) - k * LN2_LO - f);
}

/**
 * Exponential function.
 *
 * x = k ln 2 + r with |r| ≤ ln 2 / 2; e^r = 1 + r + r c / (2 − c), c = r − r² P(r²).
 */
export function exp(x: number): number {
  if (Number.isNaN(x)) return x;
  if (x > 709.782712893384) return Number.POSITIVE_INFINITY;
  if (x < -745.1332191019411) return 0;
  if (x > -3.725290298461914e-9 && x < 3.725290298461914e-9) return 1 + x;
  const k = Math.trunc(Math.LOG2E * x + (x < 0 ? -0.5 : 0.5));
  const hi = x - k * LN2_HI;
  const lo = k * LN2_LO;
  const r = hi - lo;
  const t = r * r;
  const P =
    0.16666666666666602 +
    t *
      (-0.0027777777777015593 +
        t * (0.00006613756321437934 + t * (-0.0000016533902205465252 + t * 4.1381367970572385e-8)));
  const c = r - t * P;
  const y = 1 - (lo - (r * c) / (2 - c) - hi);
  return timesPowerOfTwo(y, k);
}

/** y · 2^k, rounded once. */
function timesPowerOfTwo(y: number, k: number): number {
  if (k >= -1021 && k <= 1022) return y * POWERS[k + 1074];
  const half = k > 0 ? 1022 : -1021;
  return timesPowerOfTwo(timesPowerOfTwo(y, k - half), half);
}

/** Hyperbolic tangent by exponentials: 1 − 2 / (e^{2|x|} + 1), with a series where that would cancel. */
export function tanh(x: number): number {
  const size = Math.abs(x);
  if (size > 22) return x < 0 ? -1 : 1;
  const value = size < 0.06 ? seriesOfTanh(size) : 1 - 2 / (exp(2 * size) + 1);
  return x < 0 ? -value : value;
}

/** tanh x = x − x³/3 + 2x⁵/15 − 17x⁷/315 + 62x⁹/2835 − …; the next term is below 1e-17 relative at 0.06. */
function seriesOfTanh(x: number): number {
  const t = x * x;
  return x + x * t * (-1 / 3 + t * (2 / 15 + t * (-17 / 315 + t * (62 / 2835 - (t * 1382) / 155925))));
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
