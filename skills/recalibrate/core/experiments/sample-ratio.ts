/**
 * Guard on the sizes of arms: sizes that do not follow from the declared shares mean that customers got lost on one side, and then no
 * comparison of the arms means anything. Nothing is repaired here; the experiment stops until the cause is found.
 */
import { CohortiumError } from '../../../sdk/errors.ts';
import { chiSquareTail, sum, sumOf } from '../../../sdk/numeric/index.ts';

export interface SampleRatio {
  readonly chiSquare: number;
  readonly degrees: number;
  readonly p: number;
  /** p is below the limit: stop. */
  readonly isBroken: boolean;
}

/** A guard that is looked at often has to be quiet; a real mismatch is soon far below this. */
export const sampleRatioLimit = 0.001;

/**
 * Pearson's chi-square test of the sizes of arms against their shares.
 * @param counts customers in each arm, integers ≥ 0, at least one customer in all
 * @param shares in the same order, > 0, adding up to 1
 * @throws {CohortiumError} NUMERIC_DOMAIN
 * @see Fabijan et al. (2019), "Diagnosing sample ratio mismatch in online controlled experiments"
 */
export function sampleRatio(counts: ArrayLike<number>, shares: ArrayLike<number>): SampleRatio {
  const total = sum(counts);
  const isCount = Array.from(counts).every((count) => Number.isInteger(count) && count >= 0);
  if (counts.length < 2 || counts.length !== shares.length || !isCount || total === 0) {
    throw new CohortiumError(
      'NUMERIC_DOMAIN',
      `the sample ratio needs a count and a share for two arms or more; found ${counts.length} counts of ${total} customers, ${shares.length} shares`,
    );
  }
  const chiSquare = sumOf(counts.length, (arm) => {
    const expected = total * (shares[arm] ?? 0);
    const off = (counts[arm] ?? 0) - expected;
    return (off * off) / expected;
  });
  const degrees = counts.length - 1;
  const p = chiSquareTail(chiSquare, degrees);
  return { chiSquare, degrees, p, isBroken: p < sampleRatioLimit };
}
