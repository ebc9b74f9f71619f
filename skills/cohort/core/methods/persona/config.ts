/** What a persona fit can be told, and within which limits. */
import { CohortiumError } from '../../../../sdk/errors.ts';

export interface PersonaConfig {
  /** How many personas, 1–100, default 6. Never more than there are distinct rows. */
  readonly cohorts?: number;
  /** Weight of a category that differs, > 0, in variances of a feature. Default from the spread of the columns. */
  readonly gamma?: number;
  /** Starts that are tried, 1–100. Default 5. */
  readonly restarts?: number;
  /** 1–10,000. Default 100. */
  readonly maxIterations?: number;
  /** Rows that are fitted on; more than these are sampled. Default 200,000. */
  readonly maxRows?: number;
}

export interface CheckedConfig {
  readonly cohorts: number;
  readonly gamma: number | undefined;
  readonly restarts: number;
  readonly maxIterations: number;
  readonly maxRows: number;
}

/** @throws {CohortiumError} NUMERIC_DOMAIN for a value out of its limits */
export function checkConfig({ cohorts = 6, gamma, restarts = 5, maxIterations = 100, maxRows = 200_000 }: PersonaConfig): CheckedConfig {
  if (gamma !== undefined && !(gamma > 0 && gamma < Number.POSITIVE_INFINITY)) {
    throw new CohortiumError('NUMERIC_DOMAIN', `gamma is a number above 0; found ${gamma}`);
  }
  return {
    cohorts: whole('cohorts', cohorts, 100),
    gamma,
    restarts: whole('restarts', restarts, 100),
    maxIterations: whole('maxIterations', maxIterations, 10_000),
    maxRows: whole('maxRows', maxRows, 100_000_000),
  };
}

function whole(name: string, value: number, most: number): number {
  if (Number.isInteger(value) && value >= 1 && value <= most) return value;
  throw new CohortiumError('NUMERIC_DOMAIN', `${name} is a whole number from 1 to ${most}; found ${value}`);
}
