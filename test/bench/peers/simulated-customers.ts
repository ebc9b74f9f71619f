/** Customers for benches: drawn from BG/NBD with the published CDNOW parameters, seen by the day over two years. */
import { makeRng } from '../../../skills/sdk/numeric/index.ts';

export const truth = { r: 0.2426, alpha: 4.4136, a: 0.7929, b: 2.4259 };

export interface Customers {
  readonly x: Float64Array;
  /** Weeks. */
  readonly tx: Float64Array;
  /** Weeks. */
  readonly T: Float64Array;
  readonly meanSpend: Float64Array;
}

/** One purchase a day at most; mean spend in cents. */
export function simulateCustomers(count: number): Customers {
  const rng = makeRng(`clv bench ${count}`);
  const columns = {
    x: new Float64Array(count),
    tx: new Float64Array(count),
    T: new Float64Array(count),
    meanSpend: new Float64Array(count),
  };
  for (let row = 0; row < count; row++) {
    const ageDays = 30 + rng.integer(700);
    const rate = rng.gamma(truth.r) / truth.alpha / 7;
    const leaving = rng.beta(truth.a, truth.b);
    let [at, repeats, last] = [0, 0, 0];
    for (;;) {
      at += rng.exponential() / rate;
      if (!(at < ageDays)) break;
      const day = Math.floor(at);
      if (day > last) {
        repeats += 1;
        last = day;
      }
      if (rng.uniform() < leaving) break;
    }
    columns.x[row] = repeats;
    columns.tx[row] = last / 7;
    columns.T[row] = ageDays / 7;
    columns.meanSpend[row] = repeats === 0 ? 0 : Math.ceil(((3500 * rng.gamma(6 * repeats)) / (6 * repeats) / rng.gamma(4)) * 3);
  }
  return columns;
}
