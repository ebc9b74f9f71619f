/**
 * Champion against challenger on the same customers: mean difference of their losses with a bootstrap that draws customers, so that
 * what a customer adds at several origins stays together. Refuses customers that are there twice and losses that are no numbers.
 */
import { CohortiumError } from '../../../sdk/errors.ts';
import { compareText, sum, sumOf } from '../../../sdk/numeric/index.ts';
import { type BootstrapInterval, bootstrapDraws, pivotalInterval } from '../measures/bootstrap.ts';

export interface PairedLosses {
  /** Ids, each once. */
  readonly customer: readonly string[];
  /** Loss of the champion on each customer. */
  readonly champion: Float64Array;
  readonly challenger: Float64Array;
}

export interface PairedOptions {
  /** Resamples, at least 20; default 2000. */
  readonly draws?: number;
  /** In (0, 1); default 0.95. */
  readonly level?: number;
  /** Default `paired losses`. */
  readonly seed?: string;
}

export interface PairedComparison {
  readonly customers: number;
  /** Mean loss of the challenger minus that of the champion: below 0 the challenger is better. */
  readonly difference: number;
  readonly interval: BootstrapInterval;
  /** Two-sided, of no difference; never below 1/(draws + 1). */
  readonly p: number;
}

/**
 * @throws {CohortiumError} NUMERIC_DOMAIN
 * @see Efron & Tibshirani (1993), "An Introduction to the Bootstrap", section 16.4; Davison & Hinkley (1997), equation 4.11
 */
export function comparePairedLosses({ customer, champion, challenger }: PairedLosses, options: PairedOptions = {}): PairedComparison {
  const count = customer.length;
  if (count < 2 || champion.length !== count || challenger.length !== count) {
    throw new CohortiumError(
      'NUMERIC_DOMAIN',
      `a paired comparison needs 2 customers or more and two losses of each; found ${count} customers, ${champion.length} and ${challenger.length} losses`,
    );
  }
  // Draws name rows by their place, so the place may not depend on how the file was sorted.
  const order = Uint32Array.from(customer.keys()).sort((a, b) => compareText(customer[a] ?? '', customer[b] ?? ''));
  order.forEach((row, place) => {
    if (place > 0 && customer[row] === customer[order[place - 1] ?? 0])
      throw new CohortiumError('NUMERIC_DOMAIN', `customer '${customer[row]}' is there twice; add up the losses of a customer first`);
    if (!Number.isFinite(champion[row]) || !Number.isFinite(challenger[row]))
      throw new CohortiumError(
        'NUMERIC_DOMAIN',
        `customer '${customer[row]}' has losses ${champion[row]} and ${challenger[row]}; they must be finite`,
      );
  });
  const worse = Float64Array.from(order, (row) => (challenger[row] ?? 0) - (champion[row] ?? 0));
  const difference = sum(worse) / count;
  const { draws = 2000, level = 0.95, seed = 'paired losses' } = options;
  const means = bootstrapDraws(
    new Float64Array(count).fill(1),
    { draws, level, seed },
    (drawn) => sumOf(count, (row) => (drawn[row] ?? 0) * (worse[row] ?? 0)) / count,
  );
  const size = Math.abs(difference);
  // Resamples err around the estimate as the estimate errs around the truth; a hair's breadth for sums in another order.
  const asFar = means.reduce((found, mean) => found + (Math.abs(mean - difference) >= size * (1 - 1e-12) ? 1 : 0), 0);
  return {
    customers: count,
    difference,
    interval: pivotalInterval(difference, difference, means, { level }),
    p: (asFar + 1) / (draws + 1),
  };
}
