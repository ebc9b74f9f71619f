/** A timing model and, where there are amounts, a spend model, fitted together and kept in one JSON file. */
import { continuousFamilyIds, fitTiming, timingFamily, timingFamilyIds, type TimingModel } from '../../../skills/cohort/core/clv/index.ts';
import {
  fitSpend,
  type GammaGammaParameters,
  type Independence,
  measureIndependence,
  type SpendColumns,
  type SpendModel,
} from '../../../skills/cohort/core/clv/spend/index.ts';
import { CohortiumError, isCohortiumError } from '../../../skills/sdk/index.ts';
import { type ClvData, type Unit, unitsPerYear } from './clv-data.ts';
import { invalid } from './csv-columns.ts';
import { readTextFile } from './read-file.ts';

export interface ClvModel {
  readonly kind: 'clv';
  /** Of all times in it. */
  readonly unit: Unit;
  readonly timing: TimingModel;
  /** Null where the file has no amounts, or too few customers with a repeat purchase. */
  readonly spend: SpendModel<'gamma-gamma'> | null;
  /** Whether spend depends on frequency, which the spend model assumes it does not; null without amounts. */
  readonly independence: Independence | null;
}

/** What a prediction needs of a model; a file may hold no more. */
export interface StoredClvModel {
  readonly unit: Unit;
  readonly timing: { readonly family: string; readonly params: Readonly<Record<string, number>> };
  readonly spend: { readonly params: GammaGammaParameters } | null;
}

/**
 * @param family id, as `--model` takes it
 * @throws {CohortiumError} ARGUMENT_INVALID for an unknown family, with those there are
 */
export function fitClv(data: ClvData, family: string): ClvModel {
  checkFamily(family, data);
  const timing = fitTiming(timingFamily(family), data.histories);
  const { x, weight } = data.histories;
  const amounts = data.meanSpend && { x, meanSpend: data.meanSpend, weight };
  return {
    kind: 'clv',
    unit: data.unit,
    timing,
    spend: amounts && fitAmounts(amounts),
    independence: amounts && measureIndependence(amounts),
  };
}

/** Families whose likelihoods compare on these data: those of regular purchases need the times between purchases. */
export function comparableFamilies({ histories }: ClvData): string[] {
  return continuousFamilyIds.filter((id) => histories.logGaps !== undefined || !id.includes('cnbd'));
}

function checkFamily(family: string, { histories }: ClvData): void {
  if (!timingFamilyIds.includes(family)) {
    throw new CohortiumError('ARGUMENT_INVALID', `there is no model '${family}'; there are: ${timingFamilyIds.join(', ')}`);
  }
  if (family.includes('cnbd') && histories.logGaps === undefined) {
    throw new CohortiumError(
      'ARGUMENT_INVALID',
      `${family} needs the times between purchases: a log, or a table with a column log_gaps (litt), the sum of their logarithms`,
    );
  }
}

function fitAmounts(amounts: SpendColumns): SpendModel<'gamma-gamma'> | null {
  try {
    return fitSpend('gamma-gamma', amounts);
  } catch (error) {
    // Money is a second question: without enough of it the first one is still answered.
    if (isCohortiumError(error) && error.code !== 'NUMERIC_DOMAIN') return null;
    throw error;
  }
}

/** @throws {CohortiumError} CLV_FILE_INVALID when it is no model that `cohortium clv fit --out` wrote */
export function readModelFile(path: string): StoredClvModel {
  const stored = parseJson(readTextFile(path), path);
  const timing = memberOf(stored, 'timing');
  const family = memberOf(timing, 'family');
  if (typeof family !== 'string' || !timingFamilyIds.includes(family)) {
    throw invalid(path, `timing.family is ${JSON.stringify(family)}; expected one of ${timingFamilyIds.join(', ')}`);
  }
  const unit = memberOf(stored, 'unit');
  if (!isUnit(unit)) throw invalid(path, `unit is ${JSON.stringify(unit)}; expected one of ${Object.keys(unitsPerYear).join(', ')}`);
  const names = timingFamily(family).parameters.map(({ name }) => name);
  const spend = memberOf(stored, 'spend') ?? null;
  const params = (of: unknown, parameters: readonly string[], where: string): Record<string, number> =>
    Object.fromEntries(
      parameters.map((name) => {
        const value = memberOf(memberOf(of, 'params'), name);
        if (typeof value === 'number' && value >= 0 && Number.isFinite(value)) return [name, value];
        throw invalid(path, `${where}.params.${name} is ${JSON.stringify(value)}; expected a number ≥ 0`);
      }),
    );
  const { p = 0, q = 0, v = 0 } = spend === null ? {} : params(spend, ['p', 'q', 'v'], 'spend');
  return { unit, timing: { family, params: params(timing, names, 'timing') }, spend: spend === null ? null : { params: { p, q, v } } };
}

/** @throws {CohortiumError} CLV_FILE_INVALID when the text is no JSON */
export function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw invalid(path, `this is not JSON: ${error instanceof Error ? error.message : ''}`);
  }
}

export function isUnit(value: unknown): value is Unit {
  return typeof value === 'string' && Object.hasOwn(unitsPerYear, value);
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Object.getOwnPropertyDescriptor(value, name)?.value : undefined;
}
