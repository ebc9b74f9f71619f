/** Every picture that a fitted model and its data allow, by file name. */
import { expectedTracking, type PurchaseColumns, summarizePurchases, trackPurchases } from '../../../skills/cohort/core/clv/data/index.ts';
import { type AnyTimingFamily, type NamedParameters, timingFamily } from '../../../skills/cohort/core/clv/index.ts';
import { CohortiumError } from '../../../skills/sdk/index.ts';
import { exp } from '../../../skills/sdk/numeric/index.ts';
import {
  aliveHistory,
  aliveSurface,
  conditionalByFrequency,
  conditionalByRecency,
  cumulativeTracking,
  frequencyFit,
  incrementalTracking,
  rateHeterogeneity,
  type RatePanel,
} from '../report/clv/index.ts';
import type { ClvData } from './clv-data.ts';
import type { StoredClvModel } from './clv-model.ts';
import { conditionalBins, expectedCounts, observedCounts } from './count-tables.ts';

export interface PictureOptions {
  /** Whose history to draw; default one who bought often. */
  readonly customer?: string | undefined;
}

/** @returns SVG documents by file name */
export function clvPictures(model: StoredClvModel, data: ClvData, options: PictureOptions = {}): Readonly<Record<string, string>> {
  const family = timingFamily(model.timing.family);
  const { params } = model.timing;
  const { title } = family;
  const { unit } = data;
  const bins = data.holdout && conditionalBins(family, params, data.histories, data.holdout);
  const frame = { unit, model: title, horizon: data.holdout?.duration ?? 0 };
  return {
    'frequency-fit.svg': frequencyFit({
      actual: observedCounts(data.histories),
      expected: expectedCounts(family, params, data.histories),
      model: title,
    }),
    'alive-surface.svg': surface(family, params, data),
    'rate-heterogeneity.svg': rateHeterogeneity({ panels: ratePanels(family, params, unit), model: title }),
    ...(bins && {
      'conditional-by-frequency.svg': conditionalByFrequency({ ...frame, bins: bins.byFrequency }),
      'conditional-by-recency.svg': conditionalByRecency({ ...frame, bins: bins.byRecency }),
    }),
    ...(data.log && { ...tracking(family, params, data, data.log), ...historyOf(family, params, data, data.log, options) }),
  };
}

type Log = NonNullable<ClvData['log']>;

function tracking(family: AnyTimingFamily, params: NamedParameters, { unit }: ClvData, log: Log): Record<string, string> {
  const { purchases, observationEnd, calibrationEnd } = log;
  // As in the papers, only customers whom the model was fitted on.
  const actual = trackPurchases(purchases, { timeUnit: unit, observationEnd, lastBirth: calibrationEnd });
  const expected = expectedTracking(family, params, actual.births, actual.ends);
  const origin =
    purchases.day.length === 0 ? 0 : Math.floor(Array.from(purchases.day).reduce((least, day) => Math.min(least, day), Infinity));
  const share = (calibrationEnd + 1 - origin) / (observationEnd + 1 - origin);
  const data = {
    actual: actual.incremental,
    expected: expected.incremental,
    calibrationPeriods: calibrationEnd < observationEnd ? Math.round(share * actual.ends.length) : null,
    unit,
    model: family.title,
  };
  return { 'cumulative-tracking.svg': cumulativeTracking(data), 'incremental-tracking.svg': incrementalTracking(data) };
}

/** Days of a history that are drawn, at most. */
const mostPoints = 700;

/** At most this many columns and rows. */
const tiles = 20;

function surface(family: AnyTimingFamily, params: NamedParameters, { histories: { x, T }, unit }: ClvData): string {
  const age = maximum(T);
  const highest = Math.max(1, maximum(x));
  const stride = Math.ceil(highest / tiles);
  const frequencies = Array.from({ length: Math.floor(highest / stride) + 1 }, (_, at) => at * stride);
  const isDiscrete = family.id === 'bg-bb';
  const step = age > tiles || isDiscrete ? Math.ceil(age / tiles) : age / tiles;
  // From the end backwards, so that the upper row is of customers seen just now.
  const recencies = Array.from({ length: Math.floor(age / step + 1e-9) }, (_, at) => age - at * step).filter((tx) => tx > 1e-9);
  const rows = [0, ...recencies.reverse()];
  const canBe = (count: number, tx: number): boolean => (count === 0) === (tx === 0) && (!isDiscrete || count <= tx);
  return aliveSurface({
    frequencies,
    recencies: rows,
    pAlive: rows.map((tx) =>
      frequencies.map((count) => (canBe(count, tx) ? exp(family.logProbabilityAlive(params, { x: count, tx, T: age })) : null)),
    ),
    age,
    unit,
    model: family.title,
  });
}

function ratePanels({ id, parameters }: AnyTimingFamily, params: NamedParameters, unit: string): RatePanel[] {
  const value = (name: string): number => params[name] ?? 0;
  const has = (name: string): boolean => parameters.some((parameter) => parameter.name === name) && value(name) > 0;
  const beta = (title: string, a: string, b: string): RatePanel => ({
    title,
    unit: '',
    distribution: { kind: 'beta', a: value(a), b: value(b) },
  });
  const gamma = (title: string, shape: number, rate: number): RatePanel => ({
    title,
    unit: `per ${unit}`,
    distribution: { kind: 'gamma', shape, rate },
  });
  if (id === 'bg-bb') {
    return [beta('chance of buying at an opportunity', 'alpha', 'beta'), beta('chance of leaving before one', 'gamma', 'delta')];
  }
  // Between two purchases of a regular customer lie k events of the underlying process.
  const k = Number(/cnbd-(\d+)$/.exec(id)?.[1] ?? 1);
  return [
    gamma('purchase rate', value('r'), value('alpha') * k),
    ...(has('s') ? [gamma('rate of leaving', value('s'), value('beta'))] : []),
    ...(has('a') ? [beta('chance of leaving after a purchase', 'a', 'b')] : []),
  ];
}

function historyOf(
  family: AnyTimingFamily,
  params: NamedParameters,
  data: ClvData,
  log: Log,
  options: PictureOptions,
): Record<string, string> {
  const customer = options.customer ?? frequentBuyer(data);
  const rows = log.purchases.customerId.flatMap((id, row) => (id === customer ? [row] : []));
  if (rows.length === 0) throw new CohortiumError('ARGUMENT_INVALID', `there is no customer '${customer}' in the log`);
  const of = (column: ArrayLike<number>): Float64Array => Float64Array.from(rows, (row) => column[row] ?? 0);
  const { day, money } = log.purchases;
  const own: PurchaseColumns = { customerId: rows.map(() => customer), day: of(day), money: money && of(money) };
  const summaryAt = (observationEnd: number): ReturnType<typeof summarizePurchases> =>
    summarizePurchases(own, { timeUnit: data.unit, observationEnd });
  const first = Math.floor(summaryAt(log.observationEnd).firstDay[0] ?? 0);
  const stride = Math.max(1, Math.ceil((log.observationEnd - first) / mostPoints));
  const purchases = new Set<number>();
  const points: { time: number; pAlive: number }[] = [];
  for (let until = first; until <= log.observationEnd; until += stride) {
    const table = summaryAt(until);
    const history = { x: table.x[0] ?? 0, tx: table.tx[0] ?? 0, T: table.T[0] ?? 0 };
    if (history.x > 0) purchases.add(history.tx);
    points.push({ time: history.T, pAlive: exp(family.logProbabilityAlive(params, history)) });
  }
  return { 'alive-history.svg': aliveHistory({ customer, points, purchases: [...purchases], unit: data.unit, model: family.title }) };
}

/** Who bought most, but not so often that the picture is nothing but marks. */
function frequentBuyer({ customerId, histories: { x } }: ClvData): string {
  let best = 0;
  for (let row = 1; row < customerId.length; row++) {
    const count = x[row] ?? 0;
    if (count <= 12 && count > ((x[best] ?? 0) > 12 ? -1 : (x[best] ?? 0))) best = row;
  }
  return customerId[best] ?? '';
}

function maximum(values: ArrayLike<number>): number {
  return Array.from(values).reduce((most, value) => Math.max(most, value), 0);
}
