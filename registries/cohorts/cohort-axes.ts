/**
 * What an operator may declare about cohort axes: which are on and how many classes an RFM score has. Tenure edges are
 * fixed (0–30, 30–90, 90–180, 180–365, 365+ days), so that cohorts of two operators can be compared. Refuses axes that do
 * not exist, all faults at once with their places.
 */
import { z } from 'zod';

import { cohortAxes, type CohortAxis, type Diagnostic, readYaml } from '../../skills/sdk/index.ts';

/** `axes` names the axes that are on; all eleven when it is left out. */
export const cohortAxesSchema = z.strictObject({
  version: z.int().min(1).default(1),
  axes: z
    .array(z.enum(cohortAxes))
    .min(1)
    .default([...cohortAxes]),
  rfm: z.strictObject({ quantiles: z.int().min(2).max(9).default(5) }).default({ quantiles: 5 }),
});

/** YAML reads an empty file as null. */
const emptyAsDefaults = z.preprocess((data) => data ?? {}, cohortAxesSchema);

/** What the cohort skill takes under `with:`. */
export interface CohortAxesConfig {
  readonly dormantAxes: readonly CohortAxis[];
  readonly rfmQuantiles: number;
}

export interface CohortAxesReading {
  /** Absent when there are errors. */
  readonly config: CohortAxesConfig | undefined;
  readonly diagnostics: readonly Diagnostic[];
}

/** The declaration of an operator who has none: all axes, quintiles. */
export const defaultCohortAxes: CohortAxesConfig = { dormantAxes: [], rfmQuantiles: 5 };

/**
 * Reads registries/cohorts/axes.yaml. An empty file declares the defaults.
 * @param text YAML text
 * @param file name used in diagnostics
 */
export function readCohortAxes(text: string, file: string): CohortAxesReading {
  const { value, diagnostics } = readYaml(text, file, emptyAsDefaults, 'CONFIG_INVALID');
  if (value === undefined) return { config: undefined, diagnostics };
  const config = {
    dormantAxes: cohortAxes.filter((axis) => !value.axes.includes(axis)),
    rfmQuantiles: value.rfm.quantiles,
  };
  return { config, diagnostics };
}
