/** A funnel as a cohort method: cohorts are the furthest steps reached. Nothing is estimated, so nothing depends on the seed. */
import type { TimedEvents } from '../event-columns.ts';
import type { Assignment, CohortMethod } from '../method.ts';
import { compileFunnel } from './compile-funnel.ts';
import { conversionTable } from './conversion-table.ts';
import type { FunnelCohort, FunnelConfig, FunnelModel } from './model.ts';
import { traceFunnel } from './trace-funnel.ts';

/** Cohort s: customers whose furthest attempt passed s steps; 0 did not enter. */
export const funnel: CohortMethod<TimedEvents, FunnelConfig, FunnelModel> = {
  id: 'funnel',
  title: 'Ordered funnel within a window',
  fit,
  assign,
};

function fit(config: FunnelConfig, data: TimedEvents): FunnelModel {
  const { groups } = compileFunnel(config, data.names);
  const trace = traceFunnel(config, data);
  const table = conversionTable(config, groups, trace);
  const customers = trace.reached.length;
  const size = new Float64Array(table.length + 1);
  const excluded = new Float64Array(table.length + 1);
  for (let row = 0; row < customers; row++) {
    const cohort = trace.reached[row] ?? 0;
    size[cohort] = (size[cohort] ?? 0) + 1;
    excluded[cohort] = (excluded[cohort] ?? 0) + (trace.excluded[row] ?? 0);
  }
  const cohorts = Array.from(size, (count, cohort): FunnelCohort => {
    const reachedName = cohort === table.length ? 'converted' : `reached ${table[cohort - 1]?.name ?? ''}`;
    return {
      name: cohort === 0 ? 'not entered' : reachedName,
      size: count,
      share: customers > 0 ? count / customers : 0,
      excluded: excluded[cohort] ?? 0,
    };
  });
  const { steps, window, order = 'between', exclusions = [], attempt = 'best', level = 0.95 } = config;
  return { method: 'funnel', config: { steps, window, order, exclusions, attempt, level }, customers, table, cohorts };
}

function assign(model: FunnelModel, data: TimedEvents): Assignment {
  const { reached } = traceFunnel(model.config, data);
  return { label: reached, confidence: new Float64Array(reached.length).fill(1), kind: 'rule' };
}
