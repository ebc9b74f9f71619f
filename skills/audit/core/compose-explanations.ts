/**
 * The explanation in a score record: how the value came about from typical customers, by groups of features, and what
 * calibration then did to it. What each model contributes stands beside its weight. Base, groups and calibration add up to the value of the record.
 */
import { bytesOf, type JsonTexts } from './json-bytes.ts';

/** Columns over accounts, minor units. */
export interface AttributionColumns {
  /** What the groups start from: typical customers of the run. */
  readonly base: Float64Array;
  readonly groups: Readonly<Record<string, Float64Array>>;
  readonly rawMinor: Float64Array;
  readonly calibratedMinor: Float64Array;
}

/** Writes canonical JSON of an account where the text stands. */
export type AccountWriter = (into: JsonTexts, account: number) => void;

export const explanationMethod = 'exact Shapley values over groups of features, against typical customers of the run';

/**
 * Writes base, calibration, groups, method.
 * @throws {CohortiumError} ARGUMENT_INVALID for numbers that are not finite
 */
export function explanationWriter({ base, groups, rawMinor, calibratedMinor }: AttributionColumns): AccountWriter {
  const [beforeBase, beforeCalibration, beforeGroups] = ['{"base":', ',"calibration":', ',"groups":'].map(bytesOf);
  const method = bytesOf(`,"method":${JSON.stringify(explanationMethod)}}`);
  const writeGroups = objectWriter(groups);
  return (into, account) => {
    into.piece(beforeBase ?? method);
    into.number(base[account] ?? 0);
    into.piece(beforeCalibration ?? method);
    into.number((calibratedMinor[account] ?? 0) - (rawMinor[account] ?? 0));
    into.piece(beforeGroups ?? method);
    writeGroups(into, account);
    into.piece(method);
  };
}

/** One number per name. */
export function objectWriter(columns: Readonly<Record<string, Float64Array>>): AccountWriter {
  const entries = Object.keys(columns)
    .sort()
    .map((name, at) => ({ key: bytesOf(`${at === 0 ? '{' : ','}${JSON.stringify(name)}:`), values: columns[name] ?? new Float64Array() }));
  const end = bytesOf(entries.length === 0 ? '{}' : '}');
  return (into, account) => {
    for (const { key, values } of entries) {
      into.piece(key);
      into.number(values[account] ?? 0);
    }
    into.piece(end);
  };
}
