/**
 * Two models on the same customers, such as one with and one without some features: loss per customer paired and resampled, loss per
 * origin tested over time, and the same by cohort. That nothing was found is an outcome like any other.
 */
import { CohortiumError } from '../../../sdk/errors.ts';
import { log, sum } from '../../../sdk/numeric/index.ts';
import { adjustPValues } from '../comparisons/index.ts';
import { rowsByCohort } from '../rows-by-cohort.ts';
import { dieboldMariano, type OriginComparison } from './diebold-mariano.ts';
import { inOrderOfCustomers } from './order-of-customers.ts';
import { comparePairedLosses, type PairedComparison } from './paired-losses.ts';

export const modelLosses = ['squared', 'absolute', 'poisson'] as const;
export type ModelLoss = (typeof modelLosses)[number];

export interface ModelsPlan {
  readonly loss: ModelLoss;
  /** In (0, 0.5]. */
  readonly alpha: number;
  /** Smallest difference of mean losses that matters, in the unit of the loss, > 0. */
  readonly minimalEffect: number;
  /** Origins that one horizon reaches into, ≥ 1. */
  readonly overlap: number;
  readonly draws: number;
  readonly seed: string;
}

/** One row per customer and origin. */
export interface ModelsRows {
  readonly customer: readonly string[];
  /** Name that sorts in the order of time, such as an ISO date; null for one origin. */
  readonly origin: readonly string[] | null;
  readonly cohort: readonly string[] | null;
  readonly actual: Float64Array;
  readonly champion: Float64Array;
  readonly challenger: Float64Array;
}

/** `alike`: all differences that the data allow are smaller than what matters. */
export type ModelsVerdict = 'challenger-better' | 'champion-better' | 'alike' | 'undecided';

/** Plain JSON. */
export interface ModelsAnalysis {
  readonly verdict: ModelsVerdict;
  readonly rows: number;
  /** Mean loss over rows. */
  readonly losses: { readonly champion: number; readonly challenger: number };
  readonly paired: PairedComparison;
  /** Null with fewer than three origins, or where they do not vary. */
  readonly origins: OriginComparison | null;
  readonly cohorts: readonly {
    readonly cohort: string;
    readonly customers: number;
    readonly difference: number;
    readonly low: number;
    readonly high: number;
    readonly p: number;
    /** Benjamini and Hochberg's. */
    readonly adjustedP: number;
    readonly isDifferent: boolean;
  }[];
}

/** A cohort of fewer says nothing by itself. */
const leastCohort = 20;

/** @throws {CohortiumError} NUMERIC_DOMAIN for a plan that is none, too few rows, a customer twice at an origin, numbers that are not finite */
export function compareModels(given: ModelsRows, plan: ModelsPlan): ModelsAnalysis {
  check(given, plan);
  const rows = inOrderOfCustomers(given);
  const champion = lossesOf(rows, rows.champion, plan.loss);
  const challenger = lossesOf(rows, rows.challenger, plan.loss);
  const all = Array.from(rows.customer.keys());
  const { alpha, draws, seed } = plan;
  const pair = (list: readonly number[], label: string): PairedComparison => {
    const byCustomer = [...Map.groupBy(list, (row) => rows.customer[row] ?? '')];
    const mean = (losses: Float64Array) => Float64Array.from(byCustomer, ([, own]) => sum(own.map((row) => losses[row] ?? 0)) / own.length);
    return comparePairedLosses(
      { customer: byCustomer.map(([id]) => id), champion: mean(champion), challenger: mean(challenger) },
      { draws, level: 1 - alpha, seed: `${seed} ${label}` },
    );
  };
  const paired = pair(all, 'all');
  const groups = rowsByCohort(rows.cohort ?? []).flatMap(([cohort, list]) =>
    new Set(list.map((row) => rows.customer[row])).size < leastCohort ? [] : [{ cohort, ...pair(list, `cohort ${cohort}`) }],
  );
  const adjusted =
    groups.length === 0
      ? []
      : adjustPValues(
          groups.map(({ p }) => p),
          'benjamini-hochberg',
        );
  return {
    verdict: verdictOf(paired, plan),
    rows: all.length,
    losses: { champion: sum(champion) / all.length, challenger: sum(challenger) / all.length },
    paired,
    origins: overOrigins(rows, champion, challenger, plan.overlap),
    cohorts: groups.map(({ cohort, customers, difference, interval: { low, high }, p }, at) => {
      const adjustedP = adjusted[at] ?? 1;
      return { cohort, customers, difference, low, high, p, adjustedP, isDifferent: adjustedP <= alpha };
    }),
  };
}

function verdictOf({ difference, interval: { low, high }, p }: PairedComparison, { alpha, minimalEffect }: ModelsPlan): ModelsVerdict {
  if (p <= alpha && difference !== 0) return difference < 0 ? 'challenger-better' : 'champion-better';
  return low > -minimalEffect && high < minimalEffect ? 'alike' : 'undecided';
}

function overOrigins({ origin }: ModelsRows, champion: Float64Array, challenger: Float64Array, overlap: number): OriginComparison | null {
  if (!origin) return null;
  const byOrigin = rowsByCohort(origin);
  if (byOrigin.length < 3 || overlap >= byOrigin.length) return null;
  const mean = (losses: Float64Array) => Float64Array.from(byOrigin, ([, list]) => sum(list.map((row) => losses[row] ?? 0)) / list.length);
  const [one, other] = [mean(champion), mean(challenger)];
  const differences = new Set(other.map((loss, at) => loss - (one[at] ?? 0)));
  return differences.size === 1 && !differences.has(0) ? null : dieboldMariano(one, other, overlap);
}

function lossesOf({ actual, customer }: ModelsRows, predicted: Float64Array, loss: ModelLoss): Float64Array {
  return predicted.map((value, row) => {
    const y = actual[row] ?? 0;
    if (loss === 'squared') return (value - y) * (value - y);
    if (loss === 'absolute') return Math.abs(value - y);
    if (y < 0 || value < 0 || (value === 0 && y > 0)) {
      throw new CohortiumError(
        'NUMERIC_DOMAIN',
        `customer '${customer[row]}' has ${value} expected and ${y} actual; the Poisson deviance needs both ≥ 0, and more than 0 expected where something happened`,
      );
    }
    return 2 * ((y > 0 ? y * log(y / value) : 0) - (y - value));
  });
}

function check({ customer, origin, cohort, actual, champion, challenger }: ModelsRows, plan: ModelsPlan): void {
  const count = customer.length;
  for (const column of [origin, cohort, actual, champion, challenger]) {
    if (column && column.length !== count)
      throw new CohortiumError('NUMERIC_DOMAIN', `every column needs one entry for each of ${count} rows; found ${column.length}`);
  }
  if (!(plan.alpha > 0 && plan.alpha <= 0.5))
    throw new CohortiumError('NUMERIC_DOMAIN', `alpha is above 0 and at most 0.5; found ${plan.alpha}`);
  if (!(plan.minimalEffect > 0 && Number.isFinite(plan.minimalEffect)))
    throw new CohortiumError('NUMERIC_DOMAIN', `the smallest effect that matters is a finite number > 0; found ${plan.minimalEffect}`);
  const seen = new Set<string>();
  customer.forEach((id, row) => {
    const key = `${origin?.[row] ?? ''}\n${id}`;
    if (seen.has(key)) {
      const at = origin ? ` at origin ${origin[row]}` : '';
      throw new CohortiumError('NUMERIC_DOMAIN', `customer '${id}' is there twice${at}; one row each was expected`);
    }
    seen.add(key);
    if (![actual[row], champion[row], challenger[row]].every(Number.isFinite)) {
      throw new CohortiumError(
        'NUMERIC_DOMAIN',
        `customer '${id}' has ${champion[row]} and ${challenger[row]} expected and ${actual[row]} actual; all must be finite`,
      );
    }
  });
}
