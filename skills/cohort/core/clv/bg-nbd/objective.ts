/**
 * Likelihood and gradient of many histories at once. Terms that depend on the count alone, or on the age alone, are summed
 * once per count and per age; only the chance of having left needs a term per distinct history.
 */
import { exp, log, log1p, sumOf } from '../../../../sdk/numeric/index.ts';
import type { NegativeLogLikelihood } from '../family.ts';
import type { HistoryStatistics } from '../histories.ts';
import { nbdTerms, prefixSums, timeTables } from '../nbd/objective.ts';
import type { FirstChance } from './parameters.ts';

/** Negative log-likelihood in (r, alpha, a, b), all > 0. @see Fader, Hardie & Lee (2005), eq. 6 */
export function bgNbdObjective(m: FirstChance): (statistics: HistoryStatistics) => NegativeLogLikelihood {
  return (statistics) => {
    const { count, recency, age, weight } = statistics.rows;
    const { customersByCount } = statistics;
    const first = m === 0 ? statistics.firstRepeater : 0;
    const most = customersByCount.length - 1;
    const ofNbd = new Float64Array(2);
    return ([r = 1, alpha = 1, a = 1, b = 1], gradient) => {
      const tables = timeTables(statistics.times, alpha);
      const withoutLeaving = nbdTerms(statistics, tables, r, alpha, ofNbd);
      const stayed = prefixSums(most + m, (j) => log1p(a / (b + j)));
      const stayedByA = prefixSums(most + m, (j) => 1 / (a + b + j));
      const stayedByB = prefixSums(most + m, (j) => a / ((b + j) * (a + b + j)));
      const logA = log(a);
      const oddsByCount = Float64Array.from({ length: most + 1 }, (_, x) => (x + m === 0 ? 0 : logA - log(b + (x - 1 + m))));
      const { logs, inverses } = tables;
      let [total, lost, dr, dAlpha, da, db] = [0, 0, 0, 0, 0, 0];
      for (let row = first; row < count.length; row++) {
        const x = count[row] ?? 0;
        const from = recency[row] ?? 0;
        const to = age[row] ?? 0;
        const w = weight[row] ?? 0;
        const R = r + x;
        const gain = (logs[to] ?? 0) - (logs[from] ?? 0);
        const odds = (oddsByCount[x] ?? 0) + R * gain;
        // Softplus and its slope from one exponential.
        const small = exp(odds > 0 ? -odds : odds);
        const left = (w * (odds > 0 ? 1 : small)) / (1 + small);
        const value = w * (odds > 0 ? odds + log1p(small) : log1p(small));
        const next = total + value;
        lost += total >= value ? total - next + value : value - next + total;
        total = next;
        dr += left * gain;
        dAlpha += left * R * ((inverses[to] ?? 0) - (inverses[from] ?? 0));
        da += left;
        db += left / (b + (x - 1 + m));
      }
      const overCounts = (table: Float64Array): number => sumOf(most + 1, (x) => (customersByCount[x] ?? 0) * (table[x + m] ?? 0));
      gradient[0] = (ofNbd[0] ?? 0) - dr;
      gradient[1] = (ofNbd[1] ?? 0) - dAlpha;
      gradient[2] = overCounts(stayedByA) - da / a;
      gradient[3] = db - overCounts(stayedByB);
      return withoutLeaving + overCounts(stayed) - (total + lost);
    };
  };
}
