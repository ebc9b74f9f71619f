/**
 * Likelihood and gradient of many customers' mean spends at once, of Gamma-Gamma and of its two limits. What depends on the
 * count alone is computed once per count; one logarithm per distinct customer is left.
 */
import { betaln, digamma, lgamma, log, log1p, sumOf } from '../../../../sdk/numeric/index.ts';
import type { NegativeLogLikelihood } from '../family.ts';
import type { GroupedRows } from '../group-rows.ts';
import { rankValues } from '../rank-values.ts';

/** @param rows distinct (x, m) with x ≥ 1 and m > 0; parameters in (p, q, v) */
export function gammaGammaObjective({
  columns: [x = new Float64Array(0), m = new Float64Array(0)],
  weights,
}: GroupedRows): NegativeLogLikelihood {
  const { values: counts, ranks } = rankValues(x);
  const spent = m.map((mean, row) => mean * (x[row] ?? 0));
  const logSpent = spent.map(log);
  const jacobian = sumOf(m.length, (row) => (weights[row] ?? 0) * log(m[row] ?? 1));
  return ([p = 1, q = 1, v = 1], gradient) => {
    const constants = counts.map((count) => betaln(p * count, q));
    const slopesP = counts.map((count) => digamma(p * count + q) - digamma(p * count));
    const digammaQ = digamma(q);
    const slopesQ = counts.map((count) => digamma(p * count + q) - digammaQ);
    const logV = log(v);
    let [total, lost, dp, dq, dv] = [jacobian, 0, 0, 0, 0];
    for (let row = 0; row < spent.length; row++) {
      const rank = ranks[row] ?? 0;
      const count = counts[rank] ?? 0;
      const shape = p * count;
      const money = spent[row] ?? 1;
      const weight = weights[row] ?? 0;
      // log((xm + v)/xm), and log(v/(xm + v)) from it.
      const above = log1p(v / money);
      const below = logV - (logSpent[row] ?? 0) - above;
      const value = weight * ((constants[rank] ?? 0) + shape * above - q * below);
      const next = total + value;
      lost += Math.abs(total) >= Math.abs(value) ? total - next + value : value - next + total;
      total = next;
      dp -= weight * count * ((slopesP[rank] ?? 0) - above);
      dq -= weight * ((slopesQ[rank] ?? 0) + below);
      dv -= (weight * ((q * money) / v - shape)) / (money + v);
    }
    gradient.set([dp, dq, dv]);
    return total + lost;
  };
}

/** The limit q, v → ∞: all customers spend alike, m ~ Gamma(px, rate·x). Parameters in (p, rate). */
export function alikeObjective({
  columns: [x = new Float64Array(0), m = new Float64Array(0)],
  weights,
}: GroupedRows): NegativeLogLikelihood {
  return ([p = 1, rate = 1], gradient) => {
    const slope = (term: (count: number, mean: number) => number): number =>
      sumOf(m.length, (row) => (weights[row] ?? 0) * term(x[row] ?? 0, m[row] ?? 1));
    gradient[0] = slope((count, mean) => count * (digamma(p * count) - log(rate * count * mean)));
    gradient[1] = slope((count, mean) => count * (mean - p / rate));
    return slope((count, mean) => lgamma(p * count) - p * count * log(rate * count * mean) + log(mean) + rate * count * mean);
  };
}

/** The limit p → ∞ with p·v = scale: a customer always pays the same, 1/m ~ Gamma(q, scale). Parameters in (q, scale). */
export function constantObjective({ columns: [, m = new Float64Array(0)], weights }: GroupedRows): NegativeLogLikelihood {
  return ([q = 1, scale = 1], gradient) => {
    const slope = (term: (mean: number) => number): number => sumOf(m.length, (row) => (weights[row] ?? 0) * term(m[row] ?? 1));
    gradient[0] = slope((mean) => digamma(q) - log(scale / mean));
    gradient[1] = slope((mean) => 1 / mean - q / scale);
    return slope((mean) => lgamma(q) - q * log(scale / mean) + log(mean) + scale / mean);
  };
}
