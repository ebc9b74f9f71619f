/**
 * Fit and predict BG/NBD and Gamma-Gamma at 2 thousand, 100 thousand and 1 million simulated customers. The raw limit beside
 * each is one log-likelihood of the same rows in a plain loop with the built-in Math, which is faster but not the same on
 * every machine; a fit needs about thirty such passes. Both sides run in the same process. `COHORTIUM_BENCH_CUSTOMERS=100000`
 * leaves the largest out.
 */
import { bench, do_not_optimize, run, summary } from 'mitata';

import { bgNbd, fitGammaGamma, fitTiming, predictSpend, predictTiming } from '../../skills/cohort/core/clv/index.ts';
import { type Customers, simulateCustomers, truth } from './peers/simulated-customers.ts';

const largest = Number(process.env['COHORTIUM_BENCH_CUSTOMERS'] ?? 1_000_000);
const sizes = [2000, 100_000, 1_000_000].filter((size) => size <= largest);

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
  const customers = simulateCustomers(size);
  const model = fitTiming(bgNbd, customers);
  const spend = fitGammaGamma(customers);
  const fitted = Object.entries(model.params).map(([name, value]) => `${name} ${value.toFixed(3)}`);
  console.log(`${size} customers: ${fitted.join(', ')} after ${model.iterations} iterations`);
  summary(() => {
    bench(`${size}: raw limit, one log-likelihood pass in a plain loop`, () => do_not_optimize(rawPass(customers))).baseline(true);
    bench(`${size}: fit BG/NBD`, () => do_not_optimize(fitTiming(bgNbd, customers)));
    bench(`${size}: fit Gamma-Gamma`, () => do_not_optimize(fitGammaGamma(customers)));
    bench(`${size}: predict 13 weeks`, () => do_not_optimize(predictTiming(bgNbd, model, customers, { horizon: 13 })));
    bench(`${size}: predict spend`, () => do_not_optimize(predictSpend(spend, customers)));
  });
}

const { benchmarks } = await run();
const milliseconds = benchmarks.map((trial) => (trial.runs[0]?.stats?.avg ?? Number.NaN) / 1e6);
const perSize = benchmarks.length / sizes.length;
for (const [index, size] of sizes.entries()) {
  const [raw = Number.NaN, ...rest] = milliseconds.slice(index * perSize, (index + 1) * perSize);
  const ratios = ['fit BG/NBD', 'fit Gamma-Gamma', 'predict', 'predict spend'].map(
    (name, at) => `${name} ${(rest[at] ?? Number.NaN).toFixed(1)} ms (${((rest[at] ?? Number.NaN) / raw).toFixed(1)}x)`,
  );
  console.log(`${size.toLocaleString('en')} customers, against one raw log-likelihood pass of ${raw.toFixed(2)} ms: ${ratios.join(', ')}`);
}
