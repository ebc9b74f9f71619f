/**
 * Likelihood and gradient of many histories at once under Erlang-k timing. Terms of the count or of the age alone are summed
 * once per count and per age; a distinct history costs k multiplications and two transcendental functions more.
 */
import { CohortiumError } from '../../../../sdk/errors.ts';
import { exp, lgamma, log, log1p, sumOf } from '../../../../sdk/numeric/index.ts';
import type { NegativeLogLikelihood } from '../family.ts';
import type { HistoryStatistics } from '../histories.ts';
import { prefixSums, timeTables } from '../nbd/objective.ts';
import type { Shape } from './parameters.ts';

/**
 * Negative log-likelihood in (r, alpha, a, b), with r, alpha, b > 0 and a ≥ 0.
 * @throws {CohortiumError} NUMERIC_DOMAIN when k > 1 and the histories have no finite sum of the logarithms of gaps
 * @see Reutterer, Platzer & Schröder (2021), "Leveraging purchase regularity for predicting customer behavior the easy way", IJRM
 * 38(1), the likelihood of MBG/CNBD-k; Platzer (2008), "Stochastic models of noncontractual consumer relationships", where the
 * times are Erlang-k first
 */
export function cnbdObjective({ k, m }: Shape): (statistics: HistoryStatistics) => NegativeLogLikelihood {
  return (statistics) => {
    const { count, recency, age, weight } = statistics.rows;
    const { customersByCount, times, customersByAge, repeatsByAge } = statistics;
    const most = customersByCount.length - 1;
    const constant = shapeConstant(k, statistics);
    return ([r = 1, alpha = 1, a = 1, b = 1], gradient) => {
      const { logs, inverses } = timeTables(times, alpha);
      const made = prefixSums(k * most, (j) => log((r + j) / alpha));
      const phaseInverses = Float64Array.from({ length: k * most + k }, (_, j) => 1 / (r + j));
      const madeByR = prefixSums(k * most, (j) => phaseInverses[j] ?? 0);
      const stayed = prefixSums(most + m, (j) => log1p(a / (b + j)));
      const stayedByA = prefixSums(most + m, (j) => 1 / (a + b + j));
      const stayedByB = prefixSums(most + m, (j) => a / ((b + j) * (a + b + j)));
      const oddsByCount = Float64Array.from({ length: most + 1 }, (_, x) =>
        x + m === 0 || a === 0 ? Number.NEGATIVE_INFINITY : log(a) - log(b + (x - 1 + m)),
      );
      let [total, lost, dr, dAlpha, da, db] = [0, 0, 0, 0, 0, 0];
      for (let row = 0; row < count.length; row++) {
        const x = count[row] ?? 0;
        const from = recency[row] ?? 0;
        const to = age[row] ?? 0;
        const w = weight[row] ?? 0;
        const R = r + k * x;
        const inverse = inverses[to] ?? 0;
        // Sum over the phases that may be under way: E[(λΔ)^j / j!] relative to j = 0, with its derivatives.
        const silence = (times[to] ?? 0) - (times[from] ?? 0);
        const share = silence * inverse;
        let [term, phases, byR, byAlpha, harmonic] = [1, 1, 0, 0, 0];
        for (let j = 1; j < k; j++) {
          term *= ((R + j - 1) * share) / j;
          harmonic += phaseInverses[k * x + j - 1] ?? 0;
          phases += term;
          byR += term * harmonic;
          byAlpha += term * j;
        }
        const logPhases = k === 1 ? 0 : log(phases);
        const gain = (logs[to] ?? 0) - (logs[from] ?? 0);
        const odds = (oddsByCount[x] ?? 0) + R * gain - logPhases;
        const small = exp(odds > 0 ? -odds : odds);
        const left = (odds > 0 ? 1 : small) / (1 + small);
        const value = w * (logPhases + (odds > 0 ? odds + log1p(small) : log1p(small)));
        const next = total + value;
        lost += total >= value ? total - next + value : value - next + total;
        total = next;
        dr += w * (left * gain + ((1 - left) * byR) / phases);
        dAlpha -= w * inverse * (left * R * silence * (inverses[from] ?? 0) + ((1 - left) * byAlpha) / phases);
        da += w * left;
        db += (w * left) / (b + (x - 1 + m) || 1);
      }
      const overCounts = (of: (x: number) => number): number => sumOf(most + 1, (x) => (customersByCount[x] ?? 0) * of(x));
      const overAges = (of: (index: number) => number): number => sumOf(times.length, of);
      gradient[0] = overAges((at) => (customersByAge[at] ?? 0) * (logs[at] ?? 0)) - overCounts((x) => madeByR[k * x] ?? 0) - dr;
      // r/α − r/(α+T) as one fraction: the difference has no digits left when α is large.
      gradient[1] =
        overAges((at) => (k * (repeatsByAge[at] ?? 0) - ((customersByAge[at] ?? 0) * r * (times[at] ?? 0)) / alpha) * (inverses[at] ?? 0)) -
        dAlpha;
      gradient[2] = overCounts((x) => stayedByA[x + m] ?? 0) - (a === 0 ? 0 : da / a);
      gradient[3] = db - overCounts((x) => stayedByB[x + m] ?? 0);
      const ages = overAges((at) => ((customersByAge[at] ?? 0) * r + k * (repeatsByAge[at] ?? 0)) * (logs[at] ?? 0));
      return ages - overCounts((x) => (made[k * x] ?? 0) - (stayed[x + m] ?? 0)) - (total + lost) - constant;
    };
  };
}

/** What the times between purchases add to the log-likelihood whatever the parameters. */
function shapeConstant(k: number, { logGaps, repeats }: HistoryStatistics): number {
  if (k === 1 || repeats === 0) return 0;
  if (!Number.isFinite(logGaps)) {
    throw new CohortiumError(
      'NUMERIC_DOMAIN',
      `regularity k=${k} needs the column logGaps, the sum of the logarithms of each customer's times between purchases, all finite; found ${logGaps}`,
    );
  }
  return (k - 1) * logGaps - repeats * lgamma(k);
}
