/**
 * Fit and predict BG/NBD at 2 thousand, 100 thousand and 1 million simulated customers. The raw limit beside each is what no
 * fit or prediction can do without: for the fit, one pass of the log-likelihood over the rows in a plain loop with the
 * built-in Math, which is faster but not the same on every machine; for the prediction, one pass of the expectation's
 * closed-form factor. Both sides run in the same process. `COHORTIUM_BENCH_CUSTOMERS=100000` leaves the largest out.
 */
import { bench, do_not_optimize, run, summary } from 'mitata';

import { fitBgNbd, fitGammaGamma, predictBgNbd, predictSpend } from '../../skills/cohort/core/clv/index.ts';
import { makeRng } from '../../skills/sdk/numeric/index.ts';

const truth = { r: 0.2426, alpha: 4.4136, a: 0.7929, b: 2.4259 };
const largest = Number(process.env['COHORTIUM_BENCH_CUSTOMERS'] ?? 1_000_000);
const sizes = [2000, 100_000, 1_000_000].filter((size) => size <= largest);

interface Customers {
  readonly x: Float64Array;
  /** Weeks. */
  readonly tx: Float64Array;
  /** Weeks. */
  readonly T: Float64Array;
  readonly meanSpend: Float64Array;
}

/** Customers of the published CDNOW parameters, seen by the day over two years; one purchase a day at most. */
function simulate(count: number): Customers {
  const rng = makeRng(`clv bench ${count}`);
  const columns = { x: new Float64Array(count), tx: new Float64Array(count), T: new Float64Array(count), meanSpend: new Float64Array(count) };
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
    columns.meanSpend[row] = repeats === 0 ? 0 : Math.ceil((3500 * rng.gamma(6 * repeats)) / (6 * repeats) / rng.gamma(4) * 3);
  }
  return columns;
}

/** One log-likelihood of all rows at the true parameters, each row on its own, with the built-in Math. */
function rawPass({ x, tx, T }: Customers): number {
  const { r, alpha, a, b } = truth;
  let total = 0;
  for (let row = 0; row < x.length; row++) {
    const count = x[row] ?? 0;
    const age = T[row] ?? 0;
    total += r * Math.log(alpha / (alpha + age)) - count * Math.log(alpha + age);
    for (let j = 0; j < count; j++) total += Math.log(((r + j) * (b + j)) / (a + b + j));
    if (count > 0) total += Math.log1p((a / (b + count - 1)) * Math.exp((r + count) * Math.log((alpha + age) / (alpha + (tx[row] ?? 0)))));
  }
  return total;
}

for (const size of sizes) {
  const customers = simulate(size);
  const model = fitBgNbd(customers);
  const spend = fitGammaGamma(customers);
  const p = model.params;
  console.log(
    `${size} customers: r ${p.r.toFixed(4)} alpha ${p.alpha.toFixed(3)} a ${p.a.toFixed(3)} b ${p.b.toFixed(3)}, ${model.iterations} iterations; true values r ${truth.r} alpha ${truth.alpha} a ${truth.a} b ${truth.b}, but for purchases on one day merged`,
  );
  summary(() => {
    bench(`${size}: raw limit, one log-likelihood pass in a plain loop`, () => do_not_optimize(rawPass(customers))).baseline(true);
    bench(`${size}: fit BG/NBD`, () => do_not_optimize(fitBgNbd(customers)));
    bench(`${size}: fit Gamma-Gamma`, () => do_not_optimize(fitGammaGamma(customers)));
    bench(`${size}: predict 13 weeks`, () => do_not_optimize(predictBgNbd(model, customers, 13)));
    bench(`${size}: predict spend`, () => do_not_optimize(predictSpend(spend, customers)));
  });
}

await run();
