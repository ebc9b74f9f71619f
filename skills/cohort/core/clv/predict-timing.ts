/** Predictions of a timing model for many histories: equal histories are computed once. */
import { CohortiumError } from '../../../sdk/errors.ts';
import { exp } from '../../../sdk/numeric/index.ts';
import { type DistinctRows, distinctRows } from './distinct-rows.ts';
import type { ActiveState, History, HistoryBatch, TimingFamily, WhenActive } from './family.ts';
import type { HistoryColumns } from './histories.ts';
import { toDoubles } from './rank-values.ts';

export interface TimingPrediction {
  /** Probability that the customer is active at the end of the observation, in [0, 1]. */
  readonly pAlive: Float64Array;
  /** Probability that the customer is active `later` after it, in [0, 1]. */
  readonly pAliveLater: Float64Array;
  /** Expected purchases within the horizon. */
  readonly expected: Float64Array;
  /** Expected purchases within the horizon, each discounted to today. */
  readonly discounted: Float64Array;
  /** Probability of at least one purchase within the horizon, in [0, 1]. */
  readonly pPurchase: Float64Array;
}

export interface PredictionRequest<Name extends keyof TimingPrediction = keyof TimingPrediction> {
  /** In the time unit of tx and T, ≥ 0. */
  readonly horizon: number;
  /** Continuous discount rate per time unit, ≥ 0; default 0. */
  readonly ratePerTime?: number | undefined;
  /** Time after the end of the observation that pAliveLater is for; default the horizon. */
  readonly later?: number | undefined;
  /** What to compute; default all. pAliveLater and discounted take most of the time where they have no closed form. */
  readonly columns?: readonly Name[] | undefined;
}

const allColumns: readonly (keyof TimingPrediction)[] = ['pAlive', 'pAliveLater', 'expected', 'discounted', 'pPurchase'];

/**
 * Predictions for histories, which need not be those of the fit; rows in, rows out.
 * @throws {CohortiumError} NUMERIC_DOMAIN when a row is no history
 */
export function predictTiming<P, Name extends keyof TimingPrediction = keyof TimingPrediction>(
  family: TimingFamily<P>,
  model: { readonly params: P },
  data: HistoryColumns,
  request: PredictionRequest<Name>,
): Pick<TimingPrediction, Name> {
  const histories = { x: toDoubles(data.x), tx: toDoubles(data.tx), T: toDoubles(data.T) };
  const { x, tx, T } = histories;
  if (tx.length !== x.length || T.length !== x.length) {
    throw new CohortiumError('NUMERIC_DOMAIN', `the columns need one length; found x ${x.length}, tx ${tx.length}, T ${T.length}`);
  }
  const names = request.columns ?? (allColumns as readonly Name[]); // without columns, Name is every name
  const { whenActive } = family;
  const found = whenActive
    ? predictByState(family, whenActive, model.params, histories, names, request)
    : predictEach(family, model.params, histories, names, request);
  return Object.fromEntries(names.map((name, at) => [name, found[at]])) as Pick<TimingPrediction, Name>; // by the names
}

/** Values of distinct rows, handed back to every row, times the row's own factor. */
function handBack(values: Float64Array, { groupOf }: DistinctRows, factors: Float64Array): Float64Array {
  const column = new Float64Array(groupOf.length);
  for (let row = 0; row < column.length; row++) column[row] = (values[groupOf[row] ?? 0] ?? 0) * (factors[row] ?? 0);
  return column;
}

function predictEach<P>(
  family: TimingFamily<P>,
  params: P,
  { x, tx, T }: HistoryBatch,
  names: readonly (keyof TimingPrediction)[],
  request: PredictionRequest,
): Float64Array[] {
  const rows = distinctRows([x, tx, T]);
  return names.map((name) => {
    const predict = predictorOf(family, params, name, request);
    const values = Float64Array.from(rows.first, (row) => predict({ x: x[row] ?? 0, tx: tx[row] ?? 0, T: T[row] ?? 0 }));
    return rows.groupOf.length === rows.first.length ? values : Float64Array.from(rows.groupOf, (group) => values[group] ?? 0);
  });
}

/**
 * What an active customer will do depends on count and age alone, so it is computed once for each pair of them; recency only
 * enters the probability of being active.
 */
function predictByState<P>(
  family: TimingFamily<P>,
  whenActive: WhenActive<P>,
  params: P,
  histories: HistoryBatch,
  names: readonly (keyof TimingPrediction)[],
  request: PredictionRequest,
): Float64Array[] {
  const { x, T } = histories;
  // First of all, because it refuses what is no history.
  const [alive = new Float64Array(0)] = whenActive.probabilities
    ? [whenActive.probabilities(params, histories)]
    : predictEach(family, params, histories, ['pAlive'], request);
  const states = distinctRows([x, T]);
  return names.map((name) => {
    if (name === 'pAlive') return alive;
    const predict = predictorWhenActive(whenActive, params, name, request);
    const ofStates = Float64Array.from(states.first, (row) => predict({ x: x[row] ?? 0, T: T[row] ?? 0 }));
    return handBack(ofStates, states, alive);
  });
}

function predictorWhenActive<P>(
  whenActive: WhenActive<P>,
  params: P,
  name: Exclude<keyof TimingPrediction, 'pAlive'>,
  { horizon, ratePerTime = 0, later = horizon }: PredictionRequest,
): (state: ActiveState) => number {
  const expected = (state: ActiveState): number => whenActive.expectation(params, state, horizon);
  return {
    pAliveLater: (state: ActiveState): number => exp(whenActive.logStays(params, state, later)),
    expected,
    discounted:
      ratePerTime > 0 ? (state: ActiveState): number => whenActive.discountedExpectation(params, state, horizon, ratePerTime) : expected,
    pPurchase: (state: ActiveState): number => whenActive.purchaseProbability(params, state, horizon),
  }[name];
}

function predictorOf<P>(
  family: TimingFamily<P>,
  params: P,
  name: keyof TimingPrediction,
  { horizon, ratePerTime = 0, later = horizon }: PredictionRequest,
): (history: History) => number {
  const expected = (history: History): number => family.conditionalExpectation(params, history, horizon);
  return {
    pAlive: (history: History): number => exp(family.logProbabilityAlive(params, history)),
    pAliveLater: (history: History): number => exp(family.logProbabilityAlive(params, history, later)),
    expected,
    discounted:
      ratePerTime > 0 ? (history: History): number => family.discountedExpectation(params, history, horizon, ratePerTime) : expected,
    pPurchase: (history: History): number => 1 - family.futureCountProbability(params, history, 0, horizon),
  }[name];
}
