/**
 * Log-likelihood of BG/BB: of one history, and of many at once by tables over opportunities and one sweep per number of
 * purchases.
 * @see Fader, Hardie & Shang (2010), "Customer-Base Analysis in a Discrete-Time Noncontractual Setting", eq. 5
 */
import { log, log1p } from '../../../../sdk/numeric/index.ts';
import type { History, NegativeLogLikelihood } from '../family.ts';
import type { HistoryStatistics } from '../histories.ts';
import { LeftOdds } from './left-odds.ts';
import { type BgBbParameters, checkOpportunities } from './parameters.ts';

/**
 * @param gradient when given, receives the derivatives in alpha, beta, gamma, delta
 * @throws {CohortiumError} NUMERIC_DOMAIN when the history is none
 */
export function logLikelihood(parameters: BgBbParameters, history: History, gradient?: Float64Array): number {
  checkOpportunities(history);
  const { x, tx, T: n } = history;
  const { alpha, beta, gamma, delta } = parameters;
  const odds = new LeftOdds(parameters, x, n);
  odds.extendTo(tx);
  if (gradient) {
    const total = sumTo(n, (j) => 1 / (alpha + beta + j));
    const left = sumTo(n, (j) => 1 / (gamma + delta + j));
    gradient[0] = sumTo(x, (j) => 1 / (alpha + j)) - total;
    gradient[1] = sumTo(n - x, (j) => 1 / (beta + j)) - total;
    gradient[2] = -left;
    gradient[3] = sumTo(n, (j) => 1 / (delta + j)) - left;
    odds.addGradient(1, gradient);
  }
  return logActive(parameters, x, n) + odds.logWeight();
}

/** log of the probability of x given purchases among n opportunities and of being active at all of them. */
function logActive({ alpha, beta, gamma, delta }: BgBbParameters, x: number, n: number): number {
  return (
    sumTo(x, (j) => log((alpha + j) / (alpha + beta + j))) +
    sumTo(n - x, (j) => log((beta + j) / (alpha + beta + (x + j)))) +
    sumTo(n, (j) => -log1p(gamma / (delta + j)))
  );
}

function sumTo(count: number, term: (index: number) => number): number {
  let total = 0;
  for (let index = 0; index < count; index++) total += term(index);
  return total;
}

/** One number of purchases and one number of opportunities, with its recencies in descending order. */
interface Sweep {
  readonly x: number;
  readonly n: number;
  readonly recencies: number[];
  readonly weights: number[];
  weight: number;
}

/** @throws {CohortiumError} NUMERIC_DOMAIN when a history has fractions or more purchases than opportunities */
export function bgBbObjective(statistics: HistoryStatistics): NegativeLogLikelihood {
  const sweeps = sweepsOf(statistics);
  const longest = sweeps.reduce((most, { n }) => Math.max(most, n), 0);
  const logs = Array.from({ length: 5 }, () => new Float64Array(longest + 1));
  const slopes = Array.from({ length: 5 }, () => new Float64Array(longest + 1));
  return ([alpha = 1, beta = 1, gamma = 1, delta = 1], gradient) => {
    const parameters = { alpha, beta, gamma, delta };
    // Sums over opportunities of log(base + j) and of 1/(base + j); what a purchase and a stay contribute follows from them.
    [alpha, beta, alpha + beta].forEach((base, index) => fillTable(base, logs[index], slopes[index]));
    fillStay(gamma, delta, logs[3]);
    [delta, gamma + delta].forEach((base, index) => fillTable(base, undefined, slopes[3 + index]));
    gradient.fill(0);
    let total = 0;
    let lost = 0;
    for (const { x, n, recencies, weights, weight } of sweeps) {
      const table = (index: number, at: number): number => slopes[index]?.[at] ?? 0;
      gradient[0] = (gradient[0] ?? 0) - weight * (table(0, x) - table(2, n));
      gradient[1] = (gradient[1] ?? 0) - weight * (table(1, n - x) - table(2, n));
      gradient[2] = (gradient[2] ?? 0) + weight * table(4, n);
      gradient[3] = (gradient[3] ?? 0) - weight * (table(3, n) - table(4, n));
      const active = (logs[0]?.[x] ?? 0) + (logs[1]?.[n - x] ?? 0) - (logs[2]?.[n] ?? 0) + (logs[3]?.[n] ?? 0);
      const odds = new LeftOdds(parameters, x, n);
      recencies.forEach((tx, index) => {
        odds.extendTo(tx);
        const share = weights[index] ?? 0;
        odds.addGradient(-share, gradient);
        const value = -share * (active + odds.logWeight());
        const next = total + value;
        lost += Math.abs(total) >= Math.abs(value) ? total - next + value : value - next + total;
        total = next;
      });
    }
    return Number.isFinite(total) ? total + lost : total;
  };
}

function fillTable(base: number, logs: Float64Array | undefined, slopes: Float64Array | undefined): void {
  const length = slopes?.length ?? 0;
  for (let j = 0; j + 1 < length; j++) {
    if (logs) logs[j + 1] = (logs[j] ?? 0) + log(base + j);
    if (slopes) slopes[j + 1] = (slopes[j] ?? 0) + 1 / (base + j);
  }
}

function fillStay(gamma: number, delta: number, logs: Float64Array | undefined): void {
  if (!logs) return;
  for (let j = 0; j + 1 < logs.length; j++) logs[j + 1] = (logs[j] ?? 0) - log1p(gamma / (delta + j));
}

function sweepsOf({ rows, times }: HistoryStatistics): Sweep[] {
  const order = Array.from(rows.count, (_, row) => row);
  const at = (column: ArrayLike<number>, row: number): number => column[row] ?? 0;
  order.sort(
    (a, b) => at(rows.count, a) - at(rows.count, b) || at(rows.age, a) - at(rows.age, b) || at(rows.recency, b) - at(rows.recency, a),
  );
  const sweeps: Sweep[] = [];
  for (const row of order) {
    const x = at(rows.count, row);
    const [tx, n] = [at(times, at(rows.recency, row)), at(times, at(rows.age, row))];
    checkOpportunities({ x, tx, T: n });
    let sweep = sweeps.at(-1);
    if (sweep?.x !== x || sweep.n !== n) {
      sweep = { x, n, recencies: [], weights: [], weight: 0 };
      sweeps.push(sweep);
    }
    const weight = at(rows.weight, row);
    sweep.recencies.push(tx);
    sweep.weights.push(weight);
    sweep.weight += weight;
  }
  return sweeps;
}
