/**
 * Fits any timing family by maximum likelihood, or by maximum a posteriori under a weak normal prior on the log-parameters, and
 * says when the maximum lies at a limit of the parameter space: that is the normal case on real data, and a report of huge
 * parameters would hide it. The limit is then fitted on its own and stands for the model in every prediction.
 */
import { CohortiumError } from '../../../sdk/errors.ts';
import { log } from '../../../sdk/numeric/index.ts';
import type { TimingFamily } from './family.ts';
import { describeFit, type FittedModel } from './fitted-model.ts';
import { type HistoryColumns, type HistoryStatistics, summarizeHistories } from './histories.ts';
import { type LogNormalPrior, searchWithLimits } from './limit-search.ts';
import { thinHistories } from './thin-histories.ts';

export interface FitOptions {
  /** Without it the fit is by maximum likelihood. `mean` is by default the logarithm of the family's own start. */
  readonly prior?: { readonly sd: number; readonly mean?: readonly number[] } | undefined;
  /** Warm start on the natural scale, all > 0. */
  readonly start?: readonly number[] | undefined;
}

/** Plain JSON, complete enough to predict on any machine. */
export interface TimingModel<P = Readonly<Record<string, number>>> extends FittedModel {
  readonly kind: 'timing';
  /** Id of the family. */
  readonly family: string;
  /** Of the limit, embedded, where the fit ran to one. */
  readonly params: P;
}

/** Fewer say nothing about a population; with a prior one is enough. */
const leastCustomers = 10;

/**
 * Fits a family to histories. The result does not depend on the order of rows; a weight counts as that many rows.
 * @throws {CohortiumError} CLV_TOO_FEW_CUSTOMERS below 10 customers or without a repeat purchase, unless a prior is given
 * @throws {CohortiumError} NUMERIC_DOMAIN when a row is no history, or an option is out of its range
 * @throws {CohortiumError} NUMERIC_NO_CONVERGENCE when the optimiser stops elsewhere than at a maximum or a limit
 */
export function fitTiming<P>(family: TimingFamily<P>, data: HistoryColumns, options: FitOptions = {}): TimingModel<P> {
  checkFamily(family);
  return fitStatistics(family, summarizeHistories(data), options);
}

/** {@link fitTiming} on histories that were summarised before, so that several families share the work. */
export function fitStatistics<P>(family: TimingFamily<P>, statistics: HistoryStatistics, options: FitOptions = {}): TimingModel<P> {
  const { customers, repeats } = statistics;
  if (!(customers >= (options.prior ? 1 : leastCustomers)) || (repeats === 0 && !options.prior)) {
    throw new CohortiumError(
      'CLV_TOO_FEW_CUSTOMERS',
      `${family.title} needs ${leastCustomers} customers and a repeat purchase, or a prior; found ${customers} and ${repeats}`,
    );
  }
  const prior = priorOf(family, statistics, options);
  const few = thinHistories(statistics);
  const scale = statistics.meanAge > 0 ? statistics.meanAge : 1;
  const found = searchWithLimits({
    title: family.title,
    objective: family.objective(statistics),
    start: startOf(family, statistics, options),
    rough: few && family.objective(few),
    limits: family.limits.map((limit) => ({ ...limit, objective: limit.objective(statistics) })),
    prior,
    scales: family.parameters.map(({ unit }) => (unit === 'time' ? scale : 1)),
  });
  return {
    kind: 'timing',
    family: family.id,
    params: Object.fromEntries(family.parameters.map(({ name }, index) => [name, found.parameters[index]])) as P, // the names are the keys of P
    ...describeFit(found, { customers, distinct: statistics.rows.count.length, prior }),
  };
}

/** JavaScript has no types: an id in place of the family would end in a TypeError. */
function checkFamily(family: unknown): void {
  if (typeof family === 'object' && family !== null && 'objective' in family) return;
  const found = typeof family === 'string' ? `'${family}'; timingFamily('${family}') gives the family of an id` : typeof family;
  throw new CohortiumError('NUMERIC_DOMAIN', `a fit needs a timing family, such as bgNbd; found ${found}`);
}

function priorOf<P>(family: TimingFamily<P>, statistics: HistoryStatistics, { prior }: FitOptions): LogNormalPrior | null {
  if (!prior) return null;
  const mean = prior.mean ?? family.start(statistics).map(log);
  if (!(prior.sd > 0) || !Array.isArray(mean) || mean.length !== family.parameters.length || !mean.every(Number.isFinite)) {
    throw new CohortiumError(
      'NUMERIC_DOMAIN',
      `a prior needs sd > 0 and ${family.parameters.length} finite means of log-parameters; found sd ${prior.sd} and means ${String(mean)}`,
    );
  }
  return { mean, sd: prior.sd };
}

function startOf<P>(family: TimingFamily<P>, statistics: HistoryStatistics, { start }: FitOptions): readonly number[] {
  if (!start) return family.start(statistics);
  if (start.length === family.parameters.length && start.every((value) => value > 0 && Number.isFinite(value))) return start;
  throw new CohortiumError(
    'NUMERIC_DOMAIN',
    `a start needs ${family.parameters.length} positive numbers (${family.parameters.map(({ name }) => name).join(', ')}); found ${start.join(', ')}`,
  );
}
