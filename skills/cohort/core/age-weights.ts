/**
 * Purchase days that fade with age: where somebody bought last month says more than where they did two years ago. A day of age
 * a counts 2^(−a / half-life). Whether it should fade, and how fast, is chosen on what accounts did after a cut.
 */
import { CohortiumError } from '../../sdk/errors.ts';
import { exp, log } from '../../sdk/numeric/index.ts';
import { fitAllocation } from './allocation.ts';
import { type Concentration, concentrationLikelihood, searchConcentration } from './concentration.ts';
import type { CellCounts, CellGrid } from './grid.ts';
import { marginCounts } from './margin-counts.ts';

/** Parts of purchase days in columns: one row per account, day and cell; a day's parts sum to one. */
export interface DatedCells {
  readonly accounts: number;
  readonly account: Int32Array;
  /** Index into the grid. */
  readonly combination: Int32Array;
  /** Day number. */
  readonly day: ArrayLike<number>;
  readonly baskets: ArrayLike<number>;
}

/** Days; null means that nothing fades. */
export type HalfLife = number | null;

export interface HalfLifeTrial {
  readonly halfLifeDays: HalfLife;
  /** Maximum of the predictive likelihood of the days after the cut, given the faded days before it. */
  readonly concentration: Concentration;
  /** That log-likelihood per purchase day and margin. */
  readonly logScore: number;
}

export interface ChosenHalfLife extends HalfLifeTrial {
  readonly trials: readonly HalfLifeTrial[];
}

export const halfLifeCandidates: readonly HalfLife[] = [null, 730, 365, 180, 90];

/** A half-life must predict better than none by this much per day: a tie is no reason to forget. */
const leastImprovement = 1e-4;

/**
 * Purchase days up to a day, per account and cell, in the order of account and combination.
 * @param asOfDay rows after it are left out
 * @param halfLifeDays > 0, or null for whole days
 * @throws {CohortiumError} NUMERIC_DOMAIN for a half-life that is not above 0
 */
export function agedCounts(rows: DatedCells, asOfDay: number, halfLifeDays: HalfLife): CellCounts {
  return countsBetween(rows, Number.NEGATIVE_INFINITY, asOfDay, halfLifeDays);
}

/**
 * Tries each half-life on the days after a cut: S by maximum of their Dirichlet-multinomial likelihood given what each account
 * did before, and the half-life by that maximum. Returns no fading unless a half-life is clearly likelier. With fading, give S to
 * `fitAllocation` as `concentration`: its own S is for whole days. Without, leave it to `fitAllocation`.
 * @param cutDay last day of the past; days after it up to asOfDay are what is predicted
 * @throws {CohortiumError} NUMERIC_DOMAIN when the cut is not before the as-of day or a candidate is not above 0
 */
export function chooseHalfLife(
  grid: CellGrid,
  rows: DatedCells,
  cutDay: number,
  asOfDay: number,
  candidates: readonly HalfLife[] = halfLifeCandidates,
): ChosenHalfLife {
  if (!(cutDay < asOfDay)) throw new CohortiumError('NUMERIC_DOMAIN', `the cut ${cutDay} must be before the as-of day ${asOfDay}`);
  const later = countsBetween(rows, cutDay, asOfDay, null);
  const trials = [null, ...candidates.filter((candidate) => candidate !== null)].map((halfLifeDays): HalfLifeTrial => {
    const past = agedCounts(rows, cutDay, halfLifeDays);
    const { prior } = fitAllocation(grid, past);
    const counts = marginCounts(grid, later, prior, past);
    const likelihood = concentrationLikelihood(counts);
    const concentration = searchConcentration(likelihood);
    const days = Array.from(counts.totals).reduce((total, count) => total + count, 0);
    return { halfLifeDays, concentration, logScore: days > 0 ? likelihood(concentration.value) / days : 0 };
  });
  const [none] = trials;
  let best = none ?? { halfLifeDays: null, concentration: { value: 1, boundary: 'flat' }, logScore: 0 };
  for (const trial of trials) if (trial.logScore > best.logScore + leastImprovement) best = trial;
  return { ...best, trials };
}

function countsBetween(rows: DatedCells, after: number, until: number, halfLifeDays: HalfLife): CellCounts {
  if (halfLifeDays !== null && !(halfLifeDays > 0)) {
    throw new CohortiumError('NUMERIC_DOMAIN', `a half-life is above 0 days, or null; found ${halfLifeDays}`);
  }
  const rate = halfLifeDays === null ? 0 : log(2) / halfLifeDays;
  const sums = Array.from({ length: rows.accounts }, () => new Map<number, number>());
  for (let row = 0; row < rows.account.length; row++) {
    const day = rows.day[row] ?? 0;
    if (day <= after || day > until) continue;
    const combination = rows.combination[row] ?? 0;
    const ofAccount = sums[rows.account[row] ?? 0];
    const weight = rate === 0 ? 1 : exp(-rate * (until - day));
    ofAccount?.set(combination, (ofAccount.get(combination) ?? 0) + weight * (rows.baskets[row] ?? 0));
  }
  const entries = sums.flatMap((ofAccount, account) =>
    [...ofAccount].sort(([a], [b]) => a - b).map(([combination, baskets]) => ({ account, combination, baskets })),
  );
  return {
    accounts: rows.accounts,
    account: Int32Array.from(entries, ({ account }) => account),
    combination: Int32Array.from(entries, ({ combination }) => combination),
    baskets: Float64Array.from(entries, ({ baskets }) => baskets),
  };
}
