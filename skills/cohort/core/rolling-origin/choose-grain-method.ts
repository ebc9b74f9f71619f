/**
 * Chooses how value is brought to cells on what came true after earlier days of the same data. Every method sees only what was
 * known on the origin; the table of all errors is the evidence.
 */
import { CohortiumError } from '../../../sdk/errors.ts';
import { exp, log, sum } from '../../../sdk/numeric/index.ts';
import type { TimingFamily } from '../clv/family.ts';
import type { CellGrid } from '../grid.ts';
import { type PurchaseLines, splitDays } from '../split-days.ts';
import { forecastByAccount, forecastByCell, reconcileByFitting, reconcileByLeastSquares } from './forecast-methods.ts';
import { knownAt } from './histories-at.ts';
import { type GrainScore, scoreGrain } from './score-grain.ts';

/** Simplest first: a later one must be clearly better. */
export const grainMethods = ['account-shares', 'pooled-cells', 'least-squares', 'proportional-fitting'] as const;
export type GrainMethod = (typeof grainMethods)[number];

export const grainMethodTitles: Readonly<Record<GrainMethod, string>> = {
  'account-shares': 'A: account models × Dirichlet shares',
  'pooled-cells': 'B: models per cell, pooled, added up',
  'least-squares': 'C: B reconciled to A by weighted least squares',
  'proportional-fitting': 'C: B reconciled to A by proportional fitting',
};

export interface GrainContest<P> {
  readonly lines: PurchaseLines;
  readonly grid: CellGrid;
  /** Of timing, for accounts and for cells. */
  readonly family: TimingFamily<P>;
  /** Last known days; each needs the whole horizon after it in the data. Two or three will do. */
  readonly origins: readonly number[];
  readonly horizonDays: number;
}

export interface GrainEvidence extends GrainScore {
  readonly origin: number;
  readonly method: GrainMethod;
}

export interface GrainChoice {
  readonly method: GrainMethod;
  /**
   * Geometric mean, over origins and over absolute error and deviance of cells and of account-cells, of the error over the least
   * of any method: 1 is best everywhere. Null for a method that could not be fitted on some origin.
   */
  readonly scores: readonly { readonly method: GrainMethod; readonly score: number | null; readonly reason: string }[];
  readonly evidence: readonly GrainEvidence[];
}

/** A more complicated method must be better by this much of the score. */
const leastImprovement = 0.01;

/**
 * @throws {CohortiumError} NUMERIC_DOMAIN for no origin, a horizon that is not above 0, an origin without outcomes, or lines that
 *   are not usable
 * @throws {CohortiumError} CLV_TOO_FEW_CUSTOMERS when the account models cannot be fitted on an origin
 */
export function chooseGrainMethod<P>({ lines, grid, family, origins, horizonDays }: GrainContest<P>): GrainChoice {
  if (origins.length === 0 || !(horizonDays > 0)) {
    throw new CohortiumError('NUMERIC_DOMAIN', `an origin and a horizon above 0 are needed; found ${origins.length} and ${horizonDays}`);
  }
  const days = splitDays(lines);
  const beyond = days.combination.find((code) => code >= grid.location.length);
  if (beyond !== undefined) {
    throw new CohortiumError('NUMERIC_DOMAIN', `the grid has ${grid.location.length} combinations; a line has combination ${beyond}`);
  }
  const reasons = new Map<GrainMethod, string>();
  const evidence: GrainEvidence[] = [];
  for (const origin of origins) {
    const known = knownAt(days, origin, horizonDays);
    if (known.outcome.money.length === 0) {
      throw new CohortiumError(
        'NUMERIC_DOMAIN',
        `nobody known on day ${origin} bought in the ${horizonDays} days after it; choose an earlier origin`,
      );
    }
    const weeks = horizonDays / 7;
    const unit = Math.max(1, sum(known.accounts.totalSpendMinor) / sum(known.accounts.days));
    const byAccount = forecastByAccount(known, grid, family, weeks);
    const add = (method: GrainMethod, forecast: typeof byAccount): void => {
      evidence.push({ origin, method, ...scoreGrain(known, forecast, unit) });
    };
    add('account-shares', byAccount);
    try {
      const byCell = forecastByCell(known, grid, family, weeks);
      add('pooled-cells', byCell);
      add('least-squares', reconcileByLeastSquares(known, byAccount, byCell));
      add('proportional-fitting', reconcileByFitting(known, byAccount, byCell));
    } catch (error) {
      if (!(error instanceof CohortiumError)) throw error;
      for (const method of grainMethods.slice(1)) reasons.set(method, `day ${origin}: ${error.message}`);
    }
  }
  const scores = grainMethods.map((method) => {
    const reason = reasons.get(method) ?? '';
    return { method, score: reason === '' ? relativeError(method, evidence, origins) : null, reason };
  });
  let best = scores[0];
  for (const entry of scores) {
    if (entry.score !== null && best?.score !== null && entry.score < (best?.score ?? Number.POSITIVE_INFINITY) * (1 - leastImprovement)) {
      best = entry;
    }
  }
  return { method: best?.method ?? 'account-shares', scores, evidence };
}

/**
 * Absolute error alone would choose wrongly: most account-cells get nothing, so the least absolute error belongs to forecasts
 * near their median, which is far below their mean. Deviance is least for the mean.
 */
const measures = ['cellError', 'accountCellError', 'cellDeviance', 'accountCellDeviance'] as const;

function relativeError(method: GrainMethod, evidence: readonly GrainEvidence[], origins: readonly number[]): number {
  const logs = origins.flatMap((origin) => {
    const here = evidence.filter((entry) => entry.origin === origin);
    return measures.map((name) => {
      const least = Math.min(...here.map((entry) => entry[name]));
      const own = here.find((entry) => entry.method === method)?.[name] ?? least;
      // Without an error to compare with, all are alike.
      return least > 0 ? log(own / least) : 0;
    });
  });
  return exp(sum(logs) / logs.length);
}
