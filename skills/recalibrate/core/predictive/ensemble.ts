/** A predictive distribution as draws from it: a posterior, a bootstrap, a simulation. */
import { checkColumns, fail } from '../conformal/rows.ts';

export interface Ensemble {
  /** Draws of each row after another: rows × perRow. */
  readonly draws: Float64Array;
  /** Draws of a row, integer ≥ 1. */
  readonly perRow: number;
}

/** @throws {CohortiumError} NUMERIC_DOMAIN unless there are rows × perRow finite draws, and perRow is not below the least */
export function checkEnsemble({ draws, perRow }: Ensemble, outcome: Float64Array, least: number): void {
  if (!(Number.isInteger(perRow) && perRow >= least)) fail(`${perRow} draws per row; give at least ${least}`);
  if (draws.length !== perRow * outcome.length) {
    fail(`${draws.length} draws for ${outcome.length} rows of ${perRow}; give rows × perRow = ${perRow * outcome.length}`);
  }
  checkColumns({ draws });
  checkColumns({ outcome });
}
