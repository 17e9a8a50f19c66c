import fc from "fast-check";
import { Matrix } from "ml-matrix";
import { describe, expect, it } from "vitest";
import { minimize, type Objective } from "../../src/stats/optimize.ts";
import { numbers, spread } from "../linalg/numbers.ts";

/** ½ (x − c)′A(x − c). */
function quadratic(A: Float64Array, centre: readonly number[]): Objective {
  const d = centre.length;
  return (x, gradient) => {
    let value = 0;
    for (let i = 0; i < d; i++) {
      gradient[i] = 0;
      for (let j = 0; j < d; j++) gradient[i] += A[i + j * d] * (x[j] - centre[j]);
      value += 0.5 * (x[i] - centre[i]) * gradient[i];
    }
    return value;
  };
}

const rosenbrock: Objective = (x, gradient) => {
  let value = 0;
  gradient.fill(0);
  for (let i = 0; i + 1 < x.length; i++) {
    const a = 1 - x[i];
    const b = x[i + 1] - x[i] * x[i];
    value += a * a + 100 * b * b;
    gradient[i] += -2 * a - 400 * b * x[i];
    gradient[i + 1] += 200 * b;
  }
  return value;
};

describe("minimize", () => {
  for (const d of [2, 4, 6]) {
    it(`finds the minimum of Rosenbrock's valley in ${d} dimensions`, () => {
      const start = Float64Array.from({ length: d }, (_, i) => (i % 2 === 0 ? -1.2 : 1));
      const { x, value, decrement, gradient } = minimize(rosenbrock, start);
      if (d === 2) for (const xi of x) expect(Math.abs(xi - 1)).toBeLessThan(1e-6);
      // From d = 4 on there is a second, local minimum near −1: a minimum it is.
      for (const g of gradient) expect(Math.abs(g)).toBeLessThan(1e-5);
      expect(value).toBeLessThan(d === 2 ? 1e-12 : 4);
      // The default tolerance.
      expect(decrement).toBeLessThanOrEqual(1e-13);
    });
  }

  it("does not change its start and counts its evaluations", () => {
    const start = Float64Array.of(-1.2, 1);
    let calls = 0;
    const { evaluations } = minimize((x, gradient) => {
      calls++;
      return rosenbrock(x, gradient);
    }, start);
    expect([...start]).toEqual([-1.2, 1]);
    expect(evaluations).toBe(calls);
  });

  it("finds the centre of a quadratic, and its Hessian, whatever the scales", () => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 1, max: 5 }), (seed, d) => {
        const next = numbers(seed);
        // Columns scaled from 0.1 to 10: a condition of up to 1e4 and more.
        const B = Matrix.zeros(d, d).apply(function (this: Matrix, i: number, j: number) {
          this.set(i, j, (spread(next) + (i === j ? 3 : 0)) * 10 ** (2 * (j / d) - 1));
        });
        const A = Float64Array.from(B.transpose().mmul(B).to1DArray());
        const centre = Array.from({ length: d }, () => spread(next));
        const { x, hessian, decrement } = minimize(quadratic(A, centre), new Float64Array(d));
        expect(decrement).toBeLessThanOrEqual(1e-13);
        // What is left is measured by the curvature: (x − c)′A(x − c) is the decrement.
        expect(quadratic(A, centre)(x, new Float64Array(d))).toBeLessThan(1e-13);
        const size = A.reduce((most, a) => Math.max(most, Math.abs(a)), 0);
        // Differences of a linear gradient have no truncation error: rounding over the step, 1e-16 / 1e-7.
        hessian.forEach((h, e) => {
          expect(Math.abs(h - A[e])).toBeLessThan(1e-6 * size);
        });
      }),
    );
  });

  it("leaves a flat direction alone", () => {
    // x + y is determined, x − y is not.
    const flat: Objective = (x, gradient) => {
      const sum = x[0] + x[1] - 3;
      gradient.fill(2 * sum);
      return sum * sum;
    };
    const { x, value, decrement } = minimize(flat, Float64Array.of(5, 1));
    expect(value).toBeLessThan(1e-12);
    expect(decrement).toBeLessThanOrEqual(1e-13);
    // Steps go along the gradient (1, 1), which leaves x − y = 4 but for rounding.
    expect(Math.abs(x[0] - x[1] - 4)).toBeLessThan(1e-9);
  });

  it("finds a minimum with curvature zero, where Newton's steps only shorten", () => {
    const quartic: Objective = (x, gradient) => {
      gradient[0] = 4 * x[0] ** 3;
      return x[0] ** 4;
    };
    expect(minimize(quartic, Float64Array.of(2)).value).toBeLessThan(1e-8);
  });

  it("leaves a saddle, where the gradient vanishes", () => {
    // (x² − 1)² + y²: a saddle at 0, minima at ±1.
    const saddle: Objective = ([x, y], gradient) => {
      gradient[0] = 4 * x * (x * x - 1);
      gradient[1] = 2 * y;
      return (x * x - 1) ** 2 + y * y;
    };
    const { x, value, evaluations } = minimize(saddle, Float64Array.of(0, 0));
    expect(value).toBeLessThan(1e-12);
    expect(Math.abs(Math.abs(x[0]) - 1)).toBeLessThan(1e-6);
    expect(evaluations).toBeLessThan(100);
  });

  it("reaches the end of a curved valley whose floor is all but flat", () => {
    // A floor y = x³ that falls as x⁴: the Hessian vanishes at the end, and turns on the way there.
    const valley: Objective = ([x, y], gradient) => {
      const off = y - x ** 3;
      gradient[0] = 4 * x ** 3 - 2e4 * off * 3 * x * x;
      gradient[1] = 2e4 * off;
      return x ** 4 + 1e4 * off * off;
    };
    const { value, decrement } = minimize(valley, Float64Array.of(2, -3));
    expect(decrement).toBeLessThanOrEqual(1e-13);
    // g′H⁻¹g = 4/3 x⁴ on the floor.
    expect(value).toBeLessThan(1e-12);
  });

  it("does not crawl when the curvature it is given promises what no step keeps", () => {
    // Ten times too soft along x and turned the wrong way: steps by it alone zigzag.
    const misleading = (): Float64Array => Float64Array.of(0.1, 0.09, 0.09, 0.1);
    const { value, evaluations } = minimize(rosenbrock, Float64Array.of(-1.2, 1), { curvature: misleading });
    expect(value).toBeLessThan(1e-20);
    expect(evaluations).toBeLessThan(150);
  });

  it("goes on from other starts when asked, and keeps the lowest end", () => {
    // Minima at −1 (0) and near 1 (0.2): the tilt makes the right one higher.
    const wells: Objective = ([x], gradient) => {
      gradient[0] = 4 * x * (x * x - 1) + 0.1;
      return (x * x - 1) ** 2 + 0.1 * (x + 1);
    };
    const right = Float64Array.of(0.8);
    expect(minimize(wells, right).x[0]).toBeGreaterThan(0.9);
    const seen: number[] = [];
    const { x, decrement, evaluations } = minimize(wells, right, {
      others: (found) => {
        seen.push(found.x[0]);
        return [Float64Array.of(0.5), Float64Array.of(-0.5), Float64Array.of(2)];
      },
    });
    expect(seen).toHaveLength(1);
    expect(seen[0]).toBeGreaterThan(0.9);
    expect(x[0]).toBeLessThan(-0.9);
    expect(decrement).toBeLessThanOrEqual(1e-13);
    expect(evaluations).toBeGreaterThan(minimize(wells, right).evaluations);
  });

  it("returns at once when there is nothing to vary", () => {
    const { x, value, hessian, decrement, evaluations } = minimize(() => 42, new Float64Array(0));
    expect([x.length, value, hessian.length, decrement, evaluations]).toEqual([0, 42, 0, 0, 1]);
  });
});
