import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { minimizeBfgs, type Objective } from './bfgs.ts';
import { exp, log } from './special.ts';

const rosenbrock: Objective = (point, gradient) => {
  const [x = 0, y = 0] = point;
  gradient.set([-2 * (1 - x) - 400 * x * (y - x * x), 200 * (y - x * x)]);
  return (1 - x) * (1 - x) + 100 * (y - x * x) * (y - x * x);
};

describe('minimizeBfgs', () => {
  it('finds the bottom of the Rosenbrock valley from its usual start', () => {
    const { x, value, isConverged, iterations } = minimizeBfgs(rosenbrock, Float64Array.of(-1.2, 1));
    expect(isConverged).toBe(true);
    expect(x[0]).toBeCloseTo(1, 8);
    expect(x[1]).toBeCloseTo(1, 8);
    expect(value).toBeLessThan(1e-16);
    expect(iterations).toBeLessThan(100);
  });

  it('solves convex quadratics of any scale', () => {
    const scales = fc.array(fc.double({ min: 1e-3, max: 1e3, noNaN: true }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(scales, (curvatures) => {
        const bowl: Objective = (x, gradient) => {
          let value = 0;
          curvatures.forEach((curvature, index) => {
            const distance = (x[index] ?? 0) - index;
            gradient[index] = curvature * distance;
            value += (curvature * distance * distance) / 2;
          });
          return value;
        };
        const found = minimizeBfgs(bowl, new Float64Array(curvatures.length).fill(5));
        expect(found.isConverged).toBe(true);
        // The gradient is at most 1e-9, so the point is within 1e-9 / curvature.
        found.x.forEach((value, index) => expect(Math.abs(value - index)).toBeLessThanOrEqual(1.1e-9 / (curvatures[index] ?? 1)));
      }),
    );
  });

  it('never moves a coordinate by more than the step cap in its first trial', () => {
    const seen: number[] = [];
    const steep: Objective = (point, gradient) => {
      const [x = 0] = point;
      seen.push(x);
      gradient[0] = 1e6 * (x - 3);
      return (1e6 * (x - 3) * (x - 3)) / 2;
    };
    minimizeBfgs(steep, Float64Array.of(0), { stepCap: 0.5 });
    expect(seen[1]).toBe(0.5);
  });

  it('survives infinities and NaN beyond the start', () => {
    const walled: Objective = (point, gradient) => {
      const [x = 0] = point;
      gradient[0] = x > 0 ? 1 - 1 / x : Number.NaN;
      return x > 0 ? x - log(x) : Number.NaN;
    };
    const found = minimizeBfgs(walled, Float64Array.of(3));
    expect(found.x[0]).toBeCloseTo(1, 6);
  });

  it('says when it was stopped, and returns the best point', () => {
    const found = minimizeBfgs(rosenbrock, Float64Array.of(-1.2, 1), { maxIterations: 3 });
    expect(found.isConverged).toBe(false);
    expect(found.message).toContain('3 iterations');
    expect(found.value).toBeLessThan(24.2);
  });

  it('does not claim a minimum where the value falls for ever', () => {
    const slide: Objective = (point, gradient) => {
      const [x = 0] = point;
      gradient[0] = -exp(-x / 1000) / 1000;
      return exp(-x / 1000);
    };
    const found = minimizeBfgs(slide, Float64Array.of(0), { maxIterations: 5, gradientTolerance: 1e-12 });
    expect(found.isConverged).toBe(false);
  });

  it('takes a Newton step first when given the inverse Hessian', () => {
    const bowl: Objective = ([x = 0, y = 0], gradient) => {
      gradient[0] = 200 * x + 2 * y;
      gradient[1] = 2 * x + 4 * y;
      return 100 * x * x + 2 * x * y + 2 * y * y;
    };
    const start = Float64Array.of(1, 1);
    const inverseHessian = [4 / 796, -2 / 796, -2 / 796, 200 / 796];
    const found = minimizeBfgs(bowl, start, { inverseHessian });
    expect(found).toMatchObject({ iterations: 1, isConverged: true });
    expect(minimizeBfgs(bowl, start).iterations).toBeGreaterThan(1);
  });

  it('recovers from a guess that points uphill', () => {
    const found = minimizeBfgs(
      ([x = 0], gradient) => {
        gradient[0] = 2 * x;
        return x * x;
      },
      Float64Array.of(3),
      { inverseHessian: [-1] },
    );
    expect(found.isConverged).toBe(true);
    expect(found.x[0]).toBeCloseTo(0, 8);
  });
});
