/**
 * Predictions that a stack may be made from: each family is fitted on what was known on an earlier day and predicts the time
 * after it, for several such days. A family that cannot be fitted on one of them is left out, with the reason.
 */
import { CohortiumError } from '../../../sdk/errors.ts';
import { type PurchaseColumns, splitCalibration } from '../clv/data/index.ts';
import type { TimingFamily } from '../clv/family.ts';
import { fitTiming, type TimingModel } from '../clv/fit-timing.ts';

export interface OutOfFoldRequest<P> {
  readonly purchases: PurchaseColumns;
  /** Families to predict with; ids must differ. */
  readonly families: readonly TimingFamily<P>[];
  /** Last known days, each with the whole horizon after it in the data. */
  readonly origins: readonly number[];
  readonly horizonDays: number;
}

/** One row per origin and customer known then; ready for {@link stackModels}. */
export interface OutOfFold<P> {
  /** Ids of the families that could be fitted on every origin, in the order of `predictions`. */
  readonly families: readonly string[];
  readonly customerId: readonly string[];
  readonly origin: Float64Array;
  /** Expected purchases within the horizon, one column per family. */
  readonly predictions: readonly Float64Array[];
  readonly actual: Float64Array;
  /** Index of the customer, the same at every origin: keeps a customer in one fold. */
  readonly group: Int32Array;
  /** By origin, then family. */
  readonly models: readonly (readonly TimingModel<P>[])[];
  readonly leftOut: readonly { readonly family: string; readonly reason: string }[];
}

/**
 * Time is in weeks; purchases of one day are one purchase.
 * @throws {CohortiumError} NUMERIC_DOMAIN for no origin, no family or a horizon that is not above 0; CLV_TOO_FEW_CUSTOMERS when
 *   no family can be fitted; and what `splitCalibration` throws
 */
export function outOfFold<P>({ purchases, families, origins, horizonDays }: OutOfFoldRequest<P>): OutOfFold<P> {
  if (origins.length === 0 || families.length === 0 || !(horizonDays > 0)) {
    throw new CohortiumError(
      'NUMERIC_DOMAIN',
      `an origin, a family and a horizon above 0 are needed; found ${origins.length}, ${families.length} and ${horizonDays}`,
    );
  }
  const leftOut = new Map<string, string>();
  const folds = origins.map((origin) => {
    const { calibration, holdout } = splitCalibration(purchases, {
      timeUnit: 'week',
      calibrationEnd: origin,
      observationEnd: origin + horizonDays,
    });
    const fits = families.map((family) => {
      try {
        const model = fitTiming(family, calibration);
        return { model, expected: expectedColumn(family, model.params, calibration, holdout.duration) };
      } catch (error) {
        if (!(error instanceof CohortiumError)) throw error;
        leftOut.set(family.id, `day ${origin}: ${error.message}`);
        return undefined;
      }
    });
    return { origin, customerId: calibration.customerId, actual: holdout.x, fits };
  });
  const kept = [...families.keys()].filter((index) => folds.every(({ fits }) => fits[index]));
  if (kept.length === 0) {
    const [reason] = leftOut.values();
    throw new CohortiumError('CLV_TOO_FEW_CUSTOMERS', `no family could be fitted on every origin; ${reason}`);
  }
  const customerId = folds.flatMap((fold) => fold.customerId);
  const index = new Map<string, number>();
  for (const id of customerId) if (!index.has(id)) index.set(id, index.size);
  return {
    families: kept.map((at) => families[at]?.id ?? ''),
    customerId,
    origin: Float64Array.from(folds.flatMap((fold) => fold.customerId.map(() => fold.origin))),
    predictions: kept.map((at) => joined(folds.map(({ fits }) => fits[at]?.expected ?? new Float64Array()))),
    actual: joined(folds.map(({ actual }) => actual)),
    group: Int32Array.from(customerId, (id) => index.get(id) ?? 0),
    models: folds.map(({ fits }) => kept.flatMap((at) => fits[at]?.model ?? [])),
    leftOut: [...leftOut].map(([family, reason]) => ({ family, reason })),
  };
}

/** Equal histories are computed once. */
function expectedColumn<P>(
  family: TimingFamily<P>,
  params: P,
  { x, tx, T }: { readonly x: Float64Array; readonly tx: Float64Array; readonly T: Float64Array },
  horizon: number,
): Float64Array {
  const known = new Map<string, number>();
  return Float64Array.from(x, (count, row) => {
    const history = { x: count, tx: tx[row] ?? 0, T: T[row] ?? 0 };
    const key = `${history.x} ${history.tx} ${history.T}`;
    const found = known.get(key) ?? family.conditionalExpectation(params, history, horizon);
    known.set(key, found);
    return found;
  });
}

function joined(columns: readonly Float64Array[]): Float64Array {
  const all = new Float64Array(columns.reduce((total, column) => total + column.length, 0));
  let at = 0;
  for (const column of columns) {
    all.set(column, at);
    at += column.length;
  }
  return all;
}
