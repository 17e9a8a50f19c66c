import fc from "fast-check";
import { CholeskyDecomposition, inverse, Matrix } from "ml-matrix";
import { describe, expect, it } from "vitest";
import { NumericalError } from "../../src/errors.ts";
import { type BlockFactor, blockFactor, factorize } from "../../src/linalg/blockCholesky.ts";
import { determinants, solveInto } from "../../src/linalg/blockSolve.ts";
import { type BlockSystem, planElimination } from "../../src/linalg/blocks.ts";
import {
  effectCount,
  effectStarts,
  fixedResidualProductsInto,
  residualProductsInto,
  residualSumOfSquares,
} from "../../src/linalg/residual.ts";
import { selectedInverse } from "../../src/linalg/selectedInverse.ts";
import { numbers, spread } from "./numbers.ts";
import { flat, type RandomSystem, randomSystem, SHAPES } from "./randomSystem.ts";

const designs = fc
  .record({
    seed: fc.nat(),
    shape: fc.constantFrom(...SHAPES),
    ks: fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 3 }),
    p: fc.integer({ min: 1, max: 3 }),
  })
  .map((spec) => ({
    ...randomSystem(spec.seed, spec.shape, spec.ks, spec.p),
    // What a failure shows: what the design was made from, not its matrices.
    [fc.toStringMethod]: () => JSON.stringify(spec),
  }));

// Orders below 60, entries of some 100 beside eigenvalues of at least 1: rounding is some 1e-14 of the entries.
const ROUNDING = 1e-11;

function factored({ system, lambda }: RandomSystem): BlockFactor {
  const factor = blockFactor(system);
  factorize(factor, lambda);
  return factor;
}

function expectNear(actual: number, expected: number, scale: number): void {
  expect(Math.abs(actual - expected)).toBeLessThanOrEqual(ROUNDING * scale);
}

/** L as a dense lower matrix, from nodes, rows and core. */
function denseFactor({ plan, diagonal, rows, core }: BlockFactor): Matrix {
  const { factors, q } = plan.system;
  const first: number[] = [];
  let at = 0;
  for (let f = 0; f < plan.eliminated; f++) {
    for (let level = 0; level < factors[f].levels; level++) {
      first.push(at);
      at += factors[f].k;
    }
  }
  const inNodes = at;
  const L = Matrix.zeros(inNodes + plan.core, inNodes + plan.core);
  let node = 0;
  for (let f = 0; f < plan.eliminated; f++) {
    const { k } = factors[f];
    for (let level = 0; level < factors[f].levels; level++, node++) {
      for (let j = 0; j < k; j++) {
        for (let i = j; i < k; i++)
          L.set(first[node] + i, first[node] + j, diagonal[plan.diagonalStart[node] + i + j * k]);
      }
      const places: number[] = [];
      for (let e = plan.elimStart[node]; e < plan.elimStart[node + 1]; e++) {
        const target = plan.elimIndex[e];
        const g = [...plan.nodeStart].findIndex((start) => start > target) - 1;
        for (let c = 0; c < factors[g].k; c++) places.push(first[target] + c);
      }
      for (let c = plan.coreIndexStart[node]; c < plan.coreIndexStart[node + 1]; c++) {
        places.push(inNodes + plan.coreIndex[c]);
      }
      for (let c = 0; c < q; c++) places.push(inNodes + plan.coreColumns + c);
      expect(places).toHaveLength(plan.width[node]);
      places.forEach((place, c) => {
        for (let i = 0; i < k; i++) L.set(place, first[node] + i, rows[plan.rowStart[node] + i + c * k]);
      });
    }
  }
  for (let j = 0; j < plan.core; j++) {
    for (let i = j; i < plan.core; i++) L.set(inNodes + i, inNodes + j, core[j + i * plan.core]);
  }
  return L;
}

/** H without the border of y. */
function withoutY(H: Matrix): Matrix {
  return H.subMatrix(0, H.rows - 2, 0, H.rows - 2);
}

describe("factorize", () => {
  it("gives L with L L′ = H for nested, crossed and mixed factors", () => {
    fc.assert(
      fc.property(designs, (design) => {
        const { H } = design;
        const L = denseFactor(factored(design));
        const product = L.mmul(L.transpose());
        for (let j = 0; j < H.rows; j++) {
          for (let i = 0; i < H.rows; i++) {
            expectNear(product.get(i, j), H.get(i, j), Math.sqrt(H.get(i, i) * H.get(j, j)));
          }
        }
      }),
    );
  });

  it("adds what `adjust` adds to the block of X", () => {
    fc.assert(
      fc.property(designs, (design) => {
        const { system, lambda, H, p } = design;
        const factor = blockFactor(system);
        factorize(factor, lambda, (core, order, first) => {
          expect(first).toBe(order - system.q);
          for (let c = 0; c < p; c++) core[first + c + (first + c) * order] += c + 1;
        });
        const L = denseFactor(factor);
        const product = L.mmul(L.transpose());
        const firstX = H.rows - system.q;
        for (let j = 0; j < H.rows; j++) {
          for (let i = 0; i < H.rows; i++) {
            const added = i === j && i >= firstX && i < firstX + p ? i - firstX + 1 : 0;
            expectNear(product.get(i, j), H.get(i, j) + added, Math.sqrt(H.get(i, i) * H.get(j, j)) + added);
          }
        }
      }),
      { numRuns: 20 },
    );
  });

  it("can be called again with another Λ on the same buffers", () => {
    const design = randomSystem(8, "nested and crossed", [2, 1, 3]);
    const factor = factored(design);
    const before = denseFactor(factor).to2DArray();
    factorize(
      factor,
      design.lambda.map((L) => L.map((value) => 0.5 * value)),
    );
    expect(denseFactor(factor).to2DArray()).not.toEqual(before);
    factorize(factor, design.lambda);
    expect(denseFactor(factor).to2DArray()).toEqual(before);
  });

  it("throws not-positive-definite when a column of X is zero", () => {
    const { system, lambda } = randomSystem(5, "crossed", [1, 1]);
    const { q } = system;
    const zero = (values: Float64Array, rows: number): Float64Array =>
      values.map((value, e) => (Math.floor(e / rows) % q === 1 ? 0 : value));
    const xtx = system.xtx.map((value, e) => (e % q === 1 || Math.floor(e / q) === 1 ? 0 : value));
    const broken: BlockSystem = {
      ...system,
      xtx,
      factors: system.factors.map((factor) => ({ ...factor, ztx: zero(factor.ztx, factor.k) })),
    };
    expect(() => factorize(blockFactor(broken), lambda)).toThrow(NumericalError);
  });

  it("leaves r² = 0 when X reproduces y exactly", () => {
    // Whole numbers and powers of two, so that nothing is rounded: four rows, X = 1, y = 2, no random effect.
    const system: BlockSystem = {
      q: 2,
      xtx: Float64Array.of(4, 8, 8, 16),
      factors: [{ levels: 2, k: 1, ztz: Float64Array.of(2, 2), ztx: Float64Array.of(2, 4, 2, 4) }],
      pairs: [[]],
    };
    const factor = blockFactor(system);
    factorize(factor, [Float64Array.of(0)]);
    expect(determinants(factor, Math.log).pwrss).toBe(0);
  });
});

describe("determinants", () => {
  it("reads log |L_Z|², log |L_X|² and r² as a dense factor has them", () => {
    fc.assert(
      fc.property(designs, (design) => {
        const { H, system } = design;
        const { logZ, logX, pwrss } = determinants(factored(design), Math.log);
        const L = new CholeskyDecomposition(H).lowerTriangularMatrix;
        const random = H.rows - system.q;
        let expectedZ = 0;
        let expectedX = 0;
        for (let i = 0; i < random; i++) expectedZ += 2 * Math.log(L.get(i, i));
        for (let i = random; i < H.rows - 1; i++) expectedX += 2 * Math.log(L.get(i, i));
        expectNear(logZ, expectedZ, 1 + Math.abs(expectedZ));
        expectNear(logX, expectedX, 1 + Math.abs(expectedX));
        const last = L.get(H.rows - 1, H.rows - 1);
        expectNear(pwrss, last * last, H.get(H.rows - 1, H.rows - 1));
      }),
    );
  });

  it("neither overflows nor underflows where the plain product of pivots would", () => {
    // 400 levels with a pivot of 1e3 each: the product is 1e1200.
    const J = 400;
    const system: BlockSystem = {
      q: 2,
      xtx: Float64Array.of(1e10, 0, 0, 1),
      factors: [{ levels: J, k: 1, ztz: new Float64Array(J).fill(1e6 - 1), ztx: new Float64Array(2 * J) }],
      pairs: [[]],
    };
    const factor = blockFactor(system);
    factorize(factor, [Float64Array.of(1)]);
    // J logarithms of 1e6.
    expectNear(determinants(factor, Math.log).logZ, J * Math.log(1e6), J * Math.log(1e6));
  });
});

describe("solveInto", () => {
  it("solves H (u, β) = (Λ′Z′Wy, X′Wy)", () => {
    fc.assert(
      fc.property(designs, (design) => {
        const { H, system, p } = design;
        const u = new Float64Array(effectCount(system));
        const beta = new Float64Array(p);
        solveInto(u, beta, factored(design));
        const size = H.rows - 1;
        const x = inverse(withoutY(H)).mmul(H.subMatrix(0, size - 1, size, size));
        [...u, ...beta].forEach((value, i) => {
          // The condition of H is below 1e4 in these designs.
          expectNear(value, x.get(i, 0), 1e2 * (1 + Math.abs(x.get(i, 0))));
        });
      }),
    );
  });

  it("with noise e gives H⁻¹ (right side + L e), which has covariance H⁻¹ when e is standard normal", () => {
    fc.assert(
      fc.property(designs, fc.nat(), (design, seed) => {
        const { H, system, p } = design;
        const factor = factored(design);
        const u = new Float64Array(effectCount(system));
        const beta = new Float64Array(p);
        const next = numbers(seed);
        const noise = Float64Array.from({ length: u.length + p }, () => spread(next));
        solveInto(u, beta, factor, noise);
        const size = H.rows - 1;
        const L = withoutY(denseFactor(factor));
        const right = Matrix.add(
          H.subMatrix(0, size - 1, size, size),
          L.mmul(Matrix.columnVector([...noise])),
        );
        const x = inverse(withoutY(H)).mmul(right);
        [...u, ...beta].forEach((value, i) => {
          expectNear(value, x.get(i, 0), 1e2 * (1 + Math.abs(x.get(i, 0))));
        });
      }),
    );
  });
});

describe("selectedInverse", () => {
  it("has the diagonal blocks of H⁻¹ and the traces of a dense inverse, with X and without", () => {
    fc.assert(
      fc.property(designs, fc.boolean(), (design, withFixed) => {
        const { H, system, Z, T, W, Lambda, starts, p } = design;
        const { blocks, traces } = selectedInverse(factored(design), withFixed);
        const size = H.rows - system.q + (withFixed ? p : 0);
        const V = inverse(H.subMatrix(0, size - 1, 0, size - 1));
        // Z′W[ZΛ X], rows by random effect.
        const right = Z.mmul(Lambda);
        const all = Matrix.zeros(Z.rows, size);
        all.setSubMatrix(right, 0, 0);
        if (withFixed) all.setSubMatrix(T.subMatrix(0, Z.rows - 1, 0, p - 1), 0, right.columns);
        const products = Z.transpose().mmul(W).mmul(all).mmul(V);
        system.factors.forEach(({ levels, k }, f) => {
          const trace = Matrix.zeros(k, k);
          for (let level = 0; level < levels; level++) {
            const at = starts[f] + level * k;
            const expected = flat(V, at, at, k, k);
            // Entries of H⁻¹ among random effects are at most 1, for H ≥ I there.
            expected.forEach((value, e) => {
              expectNear(blocks[f][level * k * k + e], value, 1);
            });
            trace.add(products.subMatrix(at, at + k - 1, at, at + k - 1));
          }
          const scale = 1 + trace.norm();
          flat(trace, 0, 0, k, k).forEach((value, e) => {
            expectNear(traces[f][e], value, scale);
          });
        });
      }),
    );
  });
});

describe("residual products", () => {
  it("equal Z′W r, X′W r and r′W r of the residual r = y − Xβ − Zb", () => {
    fc.assert(
      fc.property(designs, fc.nat(), (design, seed) => {
        const { system, Z, T, W, p } = design;
        const next = numbers(seed);
        const b = Float64Array.from({ length: effectCount(system) }, () => spread(next));
        const beta = Float64Array.from({ length: p }, () => spread(next));
        const e = new Float64Array(b.length).fill(Number.NaN);
        const g = new Float64Array(p).fill(Number.NaN);
        residualProductsInto(e, system, beta, b);
        fixedResidualProductsInto(g, system, beta, b);
        const X = T.subMatrix(0, T.rows - 1, 0, p - 1);
        const r = T.subMatrix(0, T.rows - 1, p, p)
          .sub(X.mmul(Matrix.columnVector([...beta])))
          .sub(Z.mmul(Matrix.columnVector([...b])));
        const size = r.norm() * Math.sqrt(Z.rows) + 1;
        const ze = Z.transpose().mmul(W).mmul(r);
        const xe = X.transpose().mmul(W).mmul(r);
        for (let i = 0; i < e.length; i++) expectNear(e[i], ze.get(i, 0), size);
        for (let c = 0; c < p; c++) expectNear(g[c], xe.get(c, 0), size);
        const rss = r.transpose().mmul(W).mmul(r).get(0, 0);
        expectNear(residualSumOfSquares(system, beta, b, e, g), rss, rss + size);
      }),
    );
  });

  it("effectStarts and effectCount follow the order factor, level, column", () => {
    const { system, starts } = randomSystem(1, "nested and crossed", [2, 1, 3]);
    expect(effectStarts(system)).toEqual(starts);
    expect(effectCount(system)).toBe(11 * 2 + 6 + 3 * 3);
  });
});

describe("planElimination", () => {
  const eliminated = (shape: (typeof SHAPES)[number], ks: number[]): number =>
    planElimination(randomSystem(2, shape, ks).system).eliminated;

  it("eliminates a chain of nested factors level by level and leaves only X and y dense", () => {
    const plan = planElimination(randomSystem(2, "nested", [1, 1, 1]).system);
    expect(plan.eliminated).toBe(3);
    expect(plan.coreColumns).toBe(0);
    expect(plan.nodes).toBe(11 + 6 + 3);
  });

  it("keeps crossed factors after the first one in the core", () => {
    const plan = planElimination(randomSystem(2, "crossed", [1, 2, 3]).system);
    expect(plan.eliminated).toBe(1);
    expect(plan.coreColumns).toBe(6 * 2 + 3 * 3);
  });

  it("follows a nested pair and stops at the crossed factor after it", () => {
    expect(eliminated("nested and crossed", [1, 1, 1])).toBe(2);
  });

  it("stops at a crossed factor even when a later one contains the first", () => {
    expect(eliminated("parent last", [1, 1, 1])).toBe(1);
  });

  it("eliminates a single factor", () => {
    expect(eliminated("one", [3])).toBe(1);
  });
});
