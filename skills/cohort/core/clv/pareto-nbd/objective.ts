/**
 * Likelihood and gradient of Pareto/NBD for many histories at once. What depends on the count alone, or on the age alone, is
 * summed once per count and per age; the chance of having left comes from tables where counts are shared by many, and from a
 * quadrature of its own elsewhere.
 */
import { exp, log, log1p, softplus, sumOf } from '../../../../sdk/numeric/index.ts';
import type { NegativeLogLikelihood } from '../family.ts';
import type { HistoryStatistics } from '../histories.ts';
import { integrateDropOut, makeDropOut } from './drop-out-integral.ts';
import {
  alphaLog,
  alphaShare,
  betaLog,
  betaShare,
  byFunction,
  DropOutTables,
  functionsPerTime,
  growth,
  integralsPerTime,
  mass,
} from './drop-out-tables.ts';
import { largestSlope } from './likelihood.ts';

/** A count with fewer rows is not worth a table: a quadrature for each costs less. */
const fewestRows = 16;

/**
 * Negative log-likelihood in (r, alpha, s, beta); s = 0 is allowed.
 * @see Fader & Hardie (2005), "A note on deriving the Pareto/NBD model and related expressions" (note 009); derivatives under the integral sign
 */
export function paretoNbdObjective(statistics: HistoryStatistics): NegativeLogLikelihood {
  const { customersByCount, times, rows } = statistics;
  const most = customersByCount.length - 1;
  const starts = rowStarts(rows.count, most);
  let worth = most;
  while (worth >= 0 && (starts[worth + 1] ?? 0) - (starts[worth] ?? 0) < fewestRows) worth -= 1;
  const ages = Uint32Array.from(times.keys()).filter((time) => (statistics.customersByAge[time] ?? 0) > 0);
  const tables = new DropOutTables(times, ages);
  const rowsTotal: RowSums = { value: 0, lost: 0, r: 0, alpha: 0, s: 0, beta: 0 };
  return ([r = 1, alpha = 1, s = 1, beta = 1], gradient) => {
    const top = tables.begin(worth, r, alpha, s, beta);
    Object.assign(rowsTotal, { value: 0, lost: 0, r: 0, alpha: 0, s: 0, beta: 0 });
    for (let x = 0; x <= top; x++) {
      tables.advance();
      addFromTables(statistics, tables, starts[x] ?? 0, starts[x + 1] ?? 0, r + x, s, rowsTotal);
    }
    addByQuadrature(statistics, starts[top + 1] ?? 0, r, alpha, s, beta, rowsTotal);
    const without = addNobodyLeaves(statistics, ages, tables, r, alpha, s, beta, gradient);
    gradient[0] = (gradient[0] ?? 0) - rowsTotal.r;
    gradient[1] = (gradient[1] ?? 0) - rowsTotal.alpha / alpha;
    gradient[2] = (gradient[2] ?? 0) - rowsTotal.s;
    gradient[3] = (gradient[3] ?? 0) - rowsTotal.beta / beta;
    return without - (rowsTotal.value + rowsTotal.lost);
  };
}

/** Sums over rows of log(1 + odds of having left) and its derivatives; those of alpha and beta are per log. */
interface RowSums {
  value: number;
  /** What rounding took from the value. */
  lost: number;
  r: number;
  alpha: number;
  s: number;
  beta: number;
}

/** First row of each count, and the number of rows at the end. */
function rowStarts(count: Uint32Array, most: number): Uint32Array {
  const starts = new Uint32Array(most + 2);
  let row = 0;
  for (let x = 0; x <= most + 1; x++) {
    while (row < count.length && (count[row] ?? 0) < x) row += 1;
    starts[x] = row;
  }
  return starts;
}

function addFromTables(
  { rows }: HistoryStatistics,
  tables: DropOutTables,
  first: number,
  end: number,
  shape: number,
  s: number,
  into: RowSums,
): void {
  const { recency, age, weight } = rows;
  const { functions, integrals } = tables;
  let { value: total, lost, r: dr, alpha: dAlpha, s: ds, beta: dBeta } = into;
  for (let row = first; row < end; row++) {
    const start = recency[row] ?? 0;
    const stop = age[row] ?? 0;
    const w = weight[row] ?? 0;
    tables.fill(start);
    tables.fill(stop);
    tables.grow(stop);
    const from = start * integralsPerTime;
    const to = stop * integralsPerTime;
    const now = stop * functionsPerTime;
    const scale = integrals[to + growth] ?? 0;
    const perShape = scale * ((integrals[from + mass] ?? 0) - (integrals[to + mass] ?? 0));
    const odds = s * perShape;
    const value = w * log1p(odds);
    const next = total + value;
    lost += total >= value ? total - next + value : value - next + total;
    total = next;
    // Weight and scale over 1 + odds: turns integrals into means times the probability of having left, less the factor s.
    const share = (w * scale) / (1 + odds);
    const left = (w * perShape) / (1 + odds);
    const byAlphaLog = (integrals[from + byFunction + alphaLog] ?? 0) - (integrals[to + byFunction + alphaLog] ?? 0);
    const byAlphaShare = (integrals[from + byFunction + alphaShare] ?? 0) - (integrals[to + byFunction + alphaShare] ?? 0);
    const byBetaLog = (integrals[from + byFunction + betaLog] ?? 0) - (integrals[to + byFunction + betaLog] ?? 0);
    const byBetaShare = (integrals[from + byFunction + betaShare] ?? 0) - (integrals[to + byFunction + betaShare] ?? 0);
    dr += s * (left * (functions[now + alphaLog] ?? 0) - share * byAlphaLog);
    dAlpha += s * shape * (share * byAlphaShare - left * (functions[now + alphaShare] ?? 0));
    ds += left + s * (left * (functions[now + betaLog] ?? 0) - share * byBetaLog);
    dBeta += s * (s * (share * byBetaShare - left * (functions[now + betaShare] ?? 0)) - (left - share * byBetaShare));
  }
  into.value = total;
  into.lost = lost;
  into.r = dr;
  into.alpha = dAlpha;
  into.s = ds;
  into.beta = dBeta;
}

function addByQuadrature(
  { rows, times }: HistoryStatistics,
  first: number,
  r: number,
  alpha: number,
  s: number,
  beta: number,
  into: RowSums,
): void {
  const { count, recency, age, weight } = rows;
  const left = makeDropOut();
  const logS = log(s);
  for (let row = first; row < count.length; row++) {
    const shape = r + (count[row] ?? 0);
    const T = times[age[row] ?? 0] ?? 0;
    const w = weight[row] ?? 0;
    integrateDropOut(shape, alpha, s, beta, times[recency[row] ?? 0] ?? 0, T, left);
    if (left.logOddsPerShape === Number.NEGATIVE_INFINITY) continue;
    const odds = logS + left.logOddsPerShape;
    const gain = odds === Number.NEGATIVE_INFINITY ? 0 : softplus(odds);
    const value = w * gain;
    const next = into.value + value;
    into.lost += into.value >= value ? into.value - next + value : value - next + into.value;
    into.value = next;
    const perShape = w * exp(Math.min(left.logOddsPerShape - gain, largestSlope));
    const hasLeft = s * perShape;
    into.r += hasLeft * left.alphaGap;
    into.alpha += hasLeft * shape * (left.alphaShare - T / (alpha + T));
    into.s += perShape + hasLeft * left.betaGap;
    into.beta += hasLeft * (s * (left.betaShare - T / (beta + T)) - (1 - left.betaShare));
  }
}

/** The terms of customers who are all still active; sets the gradient. */
function addNobodyLeaves(
  { customersByCount, customersByAge, repeatsByAge, repeats }: HistoryStatistics,
  ages: Uint32Array,
  { functions }: DropOutTables,
  r: number,
  alpha: number,
  s: number,
  beta: number,
  gradient: Float64Array,
): number {
  const most = customersByCount.length - 1;
  const made = new Float64Array(most + 1);
  const madeByR = new Float64Array(most + 1);
  for (let j = 0; j < most; j++) {
    made[j + 1] = (made[j] ?? 0) + log((r + j) / alpha);
    madeByR[j + 1] = (madeByR[j] ?? 0) + 1 / (r + j);
  }
  const overCounts = (table: Float64Array): number => sumOf(most + 1, (x) => (customersByCount[x] ?? 0) * (table[x] ?? 0));
  const overAges = (customers: Float64Array, kind: number): number => sumOverAges(customers, ages, functions, kind);
  const logs = overAges(customersByAge, alphaLog);
  const betaLogs = overAges(customersByAge, betaLog);
  gradient[0] = logs - overCounts(madeByR);
  gradient[1] = (repeats - overAges(repeatsByAge, alphaShare) - r * overAges(customersByAge, alphaShare)) / alpha;
  gradient[2] = betaLogs;
  gradient[3] = (-s * overAges(customersByAge, betaShare)) / beta;
  return r * logs + overAges(repeatsByAge, alphaLog) - overCounts(made) + s * betaLogs;
}

/** Compensated, as sumOf is, but without a call per term: there may be as many ages as customers. */
function sumOverAges(customers: Float64Array, ages: Uint32Array, functions: Float64Array, kind: number): number {
  let [total, lost] = [0, 0];
  for (let index = 0; index < ages.length; index++) {
    const age = ages[index] ?? 0;
    const value = (customers[age] ?? 0) * (functions[age * functionsPerTime + kind] ?? 0);
    const next = total + value;
    lost += total >= value ? total - next + value : value - next + total;
    total = next;
  }
  return total + lost;
}
