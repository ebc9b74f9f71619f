/** Recalibration by cadence: learn from what has matured, and run the pipeline when some cohort is due. */
import { join } from 'node:path';

import type { CallContext, CustomerDataGraph, RunReport } from '../interface.ts';
import type { LearnReport } from './cadence-interface.ts';

export interface DueRequest {
  /** Name of a pipeline in pipelines/ with a cohort and a recalibrate step. */
  readonly pipeline: string;
  readonly asOf: string;
  readonly runId?: string;
}

export interface DueReport {
  readonly learnt: LearnReport;
  /** Cohorts that were due; null where nothing was ever run. */
  readonly due: readonly string[] | null;
  /** Null where none was. */
  readonly run: RunReport | null;
}

/**
 * A run recalibrates every cohort, so the one with the shortest cadence decides when there is one. Safe to be called again after a kill:
 * what was written down is, and a run of that id goes on.
 */
export async function recalibrateDue(
  agent: Pick<CustomerDataGraph, 'cadence' | 'run'>,
  { pipeline, asOf, runId }: DueRequest,
  context: CallContext = {},
): Promise<DueReport> {
  const learnt = await agent.cadence.learn(asOf);
  const due = await agent.cadence.due(asOf);
  if (due?.length === 0) return { learnt, due, run: null };
  const request = { pipeline: join('pipelines', `${pipeline}.yaml`), asOf, ...(runId === undefined ? {} : { runId }) };
  return { learnt, due, run: await agent.run(request, context) };
}
