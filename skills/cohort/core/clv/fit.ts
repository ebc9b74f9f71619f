/**
 * Fits BG/NBD and Gamma-Gamma by maximum likelihood and says when the maximum lies on the boundary of the parameter space:
 * that is the normal case on real data, and a report of huge parameters would hide it.
 */
import { CohortiumError } from '../../../sdk/errors.ts';
import { digamma, log, log1p, sigmoid, softplus, sum } from '../../../sdk/numeric/index.ts';
import type { BgNbdParameters } from './bg-nbd.ts';
import { type GammaGammaParameters, spendLogLikelihood } from './gamma-gamma.ts';
import { groupRows } from './group-rows.ts';
import { boundaryLog, type Maximum, maximizeOnLogScale } from './maximum.ts';

/** Purchase histories in columns; tx and T in one time unit. */
export interface HistoryColumns {
  readonly x: ArrayLike<number>;
  readonly tx: ArrayLike<number>;
  readonly T: ArrayLike<number>;
}

export interface Boundary {
  /** Which limit the data prefer, in the papers' parameters. */
  readonly limit: string;
  /** 2 × (log-likelihood of the full model − of the limit). */
  readonly likelihoodRatio: number;
}

interface FittedModel<Parameters> {
  readonly params: Parameters;
  readonly logLikelihood: number;
  /** Of the parameters on their natural scale, in the order of params; null where they do not exist. */
  readonly standardErrors: readonly (number | null)[];
  /** Row-major covariance of the log-parameters in the order of params; zero for a parameter fixed by a limit. */
  readonly covarianceLog: readonly number[];
  readonly boundary: Boundary | null;
  /** Customers that entered the fit. */
  readonly customers: number;
  readonly iterations: number;
}

export type BgNbdModel = FittedModel<BgNbdParameters> & { readonly family: 'bg-nbd' };
export type GammaGammaModel = FittedModel<GammaGammaParameters> & { readonly family: 'gamma-gamma' };

/**
 * BG/NBD by maximum likelihood. The result does not depend on the order of rows.
 * @throws {CohortiumError} CLV_TOO_FEW_CUSTOMERS below 10 customers or without a repeat purchase
 * @throws {CohortiumError} NUMERIC_DOMAIN when a row has tx > T
 * @throws {CohortiumError} NUMERIC_NO_CONVERGENCE when the optimiser stops elsewhere than at a maximum or a limit
 */
export function fitBgNbd(data: HistoryColumns): BgNbdModel {
  const rows = groupRows([data.x, data.tx, data.T]);
  const [x, tx, T] = rows.columns as [Float64Array, Float64Array, Float64Array]; // three columns went in
  const repeats = sum(x.map((count, row) => count * (rows.weights[row] ?? 0)));
  if (data.x.length < 10 || repeats === 0) {
    throw new CohortiumError(
      'CLV_TOO_FEW_CUSTOMERS',
      `BG/NBD needs 10 customers and a repeat purchase; found ${data.x.length} and ${repeats}`,
    );
  }
  for (let row = 0; row < x.length; row++) {
    if (!((tx[row] ?? 0) <= (T[row] ?? 0))) throw new CohortiumError('NUMERIC_DOMAIN', `recency ${tx[row]} is above age ${T[row]}`);
  }
  const meanAge = sum(T.map((age, row) => age * (rows.weights[row] ?? 0))) / data.x.length;
  const full = maximizeOnLogScale(bgNbdObjective(x, tx, T, rows.weights), [0.5, meanAge / 4, 1, 2.5]);
  const nbd = maximizeOnLogScale(nbdObjective(x, T, rows.weights), [0.5, meanAge / 4]);
  const boundary = bgNbdBoundary(full, nbd);
  const shared = { family: 'bg-nbd', boundary, customers: data.x.length, iterations: full.iterations } as const;
  if (boundary?.limit === nbdLimit) {
    const [r = 1, alpha = 1] = nbd.parameters;
    const [rr = 0, ra = 0, ar = 0, aa = 0] = nbd.covarianceLog;
    return {
      ...shared,
      params: { r, alpha, a: 0, b: 1 },
      logLikelihood: -nbd.value,
      standardErrors: [...naturalErrors(nbd), null, null],
      covarianceLog: [rr, ra, 0, 0, ar, aa, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
    };
  }
  if (!full.isConverged && !boundary) {
    throw new CohortiumError(
      'NUMERIC_NO_CONVERGENCE',
      `BG/NBD stopped with gradient ${full.largestGradient} after ${full.iterations} iterations`,
    );
  }
  const [r = 1, alpha = 1, a = 1, b = 1] = full.parameters;
  return {
    ...shared,
    params: { r, alpha, a, b },
    logLikelihood: -full.value,
    standardErrors: naturalErrors(full),
    covarianceLog: full.covarianceLog.length === 16 ? full.covarianceLog : new Array<number>(16).fill(0),
  };
}

/**
 * Gamma-Gamma by maximum likelihood on the customers with x ≥ 1 and a positive mean.
 * @param data x purchases and their mean spend, in money
 * @throws {CohortiumError} CLV_TOO_FEW_CUSTOMERS below 10 such customers
 */
export function fitGammaGamma(data: { readonly x: ArrayLike<number>; readonly meanSpend: ArrayLike<number> }): GammaGammaModel {
  const counts: number[] = [];
  const means: number[] = [];
  for (let row = 0; row < data.x.length; row++) {
    const x = data.x[row] ?? 0;
    const m = data.meanSpend[row] ?? 0;
    if (x >= 1 && m > 0) {
      counts.push(x);
      means.push(m);
    }
  }
  if (counts.length < 10)
    throw new CohortiumError('CLV_TOO_FEW_CUSTOMERS', `Gamma-Gamma needs 10 customers with a repeat purchase; found ${counts.length}`);
  const rows = groupRows([counts, means]);
  const [x, m] = rows.columns as [Float64Array, Float64Array]; // two columns went in
  // In units of the average mean, so that the start is near whatever the currency.
  const unit = sum(m.map((mean, row) => mean * (rows.weights[row] ?? 0))) / counts.length;
  const found = maximizeOnLogScale(
    gammaGammaObjective(
      x,
      m.map((mean) => mean / unit),
      rows.weights,
    ),
    [4, 4, 0.75],
  );
  const [p = 1, q = 1, v = 1] = found.parameters;
  const params = { p, q, v: v * unit };
  const isAtBoundary = found.parameters.some((value) => Math.abs(log(value)) > boundaryLog) || found.condition > 1e10;
  return {
    family: 'gamma-gamma',
    params,
    logLikelihood: sum(x.map((count, row) => (rows.weights[row] ?? 0) * spendLogLikelihood(params, count, m[row] ?? 1))),
    standardErrors: naturalErrors({ ...found, parameters: [p, q, v * unit] }),
    covarianceLog: found.covarianceLog.length === 9 ? found.covarianceLog : new Array<number>(9).fill(0),
    boundary: isAtBoundary
      ? { limit: q > p ? 'q → ∞ (all customers spend alike)' : 'p → ∞ (every purchase of a customer costs the same)', likelihoodRatio: 0 }
      : null,
    customers: counts.length,
    iterations: found.iterations,
  };
}

const nbdLimit = 'a/(a+b) → 0: nobody leaves (NBD)';

function bgNbdBoundary(full: Maximum, nbd: Maximum): Boundary | null {
  const [r = 1, , a = 1, b = 1] = full.parameters.map(log);
  const isFar = full.parameters.some((value, index) => index !== 1 && Math.abs(log(value)) > boundaryLog);
  if (!isFar && full.condition <= 1e10) return null;
  const likelihoodRatio = Math.max(0, 2 * (nbd.value - full.value));
  // The limit itself has a higher likelihood than any point on the way to it, up to the optimiser's stopping rule.
  if (likelihoodRatio < 0.01) return { limit: nbdLimit, likelihoodRatio };
  if (r > boundaryLog) return { limit: 'r → ∞: one purchase rate for all', likelihoodRatio };
  if (a > boundaryLog / 2 && b > boundaryLog / 2) return { limit: 'a, b → ∞: one chance of leaving for all', likelihoodRatio };
  if (a < 0 && b < 0) return { limit: 'a, b → 0: customers leave at once or never', likelihoodRatio };
  return { limit: 'the likelihood is flat in a direction', likelihoodRatio };
}

function naturalErrors({ parameters, covarianceLog }: Pick<Maximum, 'parameters' | 'covarianceLog'>): (number | null)[] {
  const n = parameters.length;
  return parameters.map((value, index) => {
    const variance = covarianceLog[index * n + index];
    return variance === undefined ? null : value * Math.sqrt(variance);
  });
}

type NegativeLogLikelihood = (parameters: readonly number[], gradient: Float64Array) => number;

/** Sums over j < x of log and reciprocals, one table for all customers. */
function prefixTable(count: number, term: (j: number) => number): Float64Array {
  const table = new Float64Array(count + 1);
  for (let j = 0; j < count; j++) table[j + 1] = (table[j] ?? 0) + term(j);
  return table;
}

function bgNbdObjective(x: Float64Array, tx: Float64Array, T: Float64Array, weights: Float64Array): NegativeLogLikelihood {
  const most = x.reduce((top, count) => Math.max(top, count), 0);
  return ([r = 1, alpha = 1, a = 1, b = 1], gradient) => {
    const logs = prefixTable(most, (j) => log(r + j) - log1p(a / (b + j)));
    const inverseR = prefixTable(most, (j) => 1 / (r + j));
    const inverseAB = prefixTable(most, (j) => 1 / (a + b + j));
    const inverseB = prefixTable(most, (j) => a / ((b + j) * (a + b + j)));
    const logAlpha = log(alpha);
    const logA = log(a);
    let [total, dr, da, db, dAlpha] = [0, 0, 0, 0, 0];
    for (let row = 0; row < x.length; row++) {
      const count = x[row] ?? 0;
      const age = T[row] ?? 0;
      const recency = tx[row] ?? 0;
      const weight = weights[row] ?? 0;
      const R = r + count;
      const logAge = log(alpha + age);
      let value = (logs[count] ?? 0) + r * (logAlpha - logAge) - count * logAge;
      let gr = (inverseR[count] ?? 0) + logAlpha - logAge;
      let gAlpha = r / alpha - R / (alpha + age);
      let ga = -(inverseAB[count] ?? 0);
      let gb = inverseB[count] ?? 0;
      if (count > 0) {
        const gain = log1p((age - recency) / (alpha + recency));
        const odds = logA - log(b + count - 1) + R * gain;
        const left = sigmoid(odds);
        value += softplus(odds);
        gr += left * gain;
        gAlpha += left * R * (1 / (alpha + age) - 1 / (alpha + recency));
        ga += left / a;
        gb -= left / (b + count - 1);
      }
      total -= weight * value;
      dr -= weight * gr;
      dAlpha -= weight * gAlpha;
      da -= weight * ga;
      db -= weight * gb;
    }
    gradient.set([dr, dAlpha, da, db]);
    return total;
  };
}

function nbdObjective(x: Float64Array, T: Float64Array, weights: Float64Array): NegativeLogLikelihood {
  const most = x.reduce((top, count) => Math.max(top, count), 0);
  return ([r = 1, alpha = 1], gradient) => {
    const logs = prefixTable(most, (j) => log(r + j));
    const inverses = prefixTable(most, (j) => 1 / (r + j));
    const logAlpha = log(alpha);
    let [total, dr, dAlpha] = [0, 0, 0];
    for (let row = 0; row < x.length; row++) {
      const count = x[row] ?? 0;
      const logAge = log(alpha + (T[row] ?? 0));
      const weight = weights[row] ?? 0;
      total -= weight * ((logs[count] ?? 0) + r * (logAlpha - logAge) - count * logAge);
      dr -= weight * ((inverses[count] ?? 0) + logAlpha - logAge);
      dAlpha -= weight * (r / alpha - (r + count) / (alpha + (T[row] ?? 0)));
    }
    gradient.set([dr, dAlpha]);
    return total;
  };
}

function gammaGammaObjective(x: Float64Array, m: Float64Array, weights: Float64Array): NegativeLogLikelihood {
  return ([p = 1, q = 1, v = 1], gradient) => {
    const digammaQ = digamma(q);
    const logV = log(v);
    let [total, dp, dq, dv] = [0, 0, 0, 0];
    for (let row = 0; row < x.length; row++) {
      const count = x[row] ?? 0;
      const mean = m[row] ?? 1;
      const weight = weights[row] ?? 0;
      const shape = p * count;
      const logSpend = log(count * mean);
      const logBoth = log(count * mean + v);
      const digammaBoth = digamma(shape + q);
      total -= weight * spendLogLikelihood({ p, q, v }, count, mean);
      dp -= weight * count * (digammaBoth - digamma(shape) + logSpend - logBoth);
      dq -= weight * (digammaBoth - digammaQ + logV - logBoth);
      dv -= weight * (q / v - (shape + q) / (count * mean + v));
    }
    gradient.set([dp, dq, dv]);
    return total;
  };
}
