/** The record of errors and cadences as it reads back: how each cohort stands, and what timing models lost. */
import {
  type Cadence,
  type CadenceDecision,
  type CadenceRule,
  decideCadence,
  type ModelLosses,
  priorShares,
  withinBounds,
} from '../../../skills/recalibrate/core/cadence/index.ts';
import { compareText } from '../../../skills/sdk/index.ts';
import { sum } from '../../../skills/sdk/numeric/index.ts';
import type { JournalEntry } from '../../adapters/sqlite/journal.ts';
import type { CadenceEntry, CadenceFeedback } from './cadence-interface.ts';

/** Entries about cohorts, oldest first; runs that were looked at are passed over. */
export function cadenceEntries(entries: readonly JournalEntry[]): readonly CadenceEntry[] {
  return entries.flatMap(({ kind, body }) => (kind === 'feedback' || kind === 'set' ? [body as unknown as CadenceEntry] : [])); // written by the door
}

export interface CohortState {
  readonly cadence: Cadence;
  /** Predictions of this day and later say what the cadence is worth; '' for all. */
  readonly since: string;
  readonly feedback: readonly CadenceFeedback[];
}

/** How cohorts stand, by name. */
export function cohortStates(entries: readonly CadenceEntry[], rule: CadenceRule): ReadonlyMap<string, CohortState> {
  const states = new Map<string, CohortState>();
  for (const entry of entries) {
    const state = states.get(entry.cohort) ?? unknownCohort(rule);
    if (entry.kind === 'set') states.set(entry.cohort, { ...state, cadence: entry.cadence, since: entry.at.slice(0, 10) });
    else {
      const since = entry.decision === 'keep' ? state.since : entry.until;
      states.set(entry.cohort, { cadence: entry.cadence, since, feedback: [...state.feedback, entry] });
    }
  }
  return states;
}

export function unknownCohort({ start }: CadenceRule): CohortState {
  return { cadence: start, since: '', feedback: [] };
}

/** What follows from a window that has matured. A prediction from before the last change says nothing of the cadence since. */
export function decideAfter(
  state: CohortState,
  window: Pick<CadenceFeedback, 'asOf' | 'customers' | 'error'>,
  rule: CadenceRule,
): CadenceDecision {
  const isSince = ({ asOf }: { readonly asOf: string }): boolean => asOf >= state.since;
  if (!isSince(window)) {
    const cadence = withinBounds(state.cadence, rule);
    if (cadence === state.cadence)
      return { decision: 'keep', cadence, reason: `it was predicted on ${window.asOf}, before the change on ${state.since}` };
  }
  return decideCadence(state.cadence, [...state.feedback.filter(isSince), window], rule);
}

export interface TimingPrior {
  readonly cohort: string;
  readonly shares: readonly number[];
}

/** More would make a step's configuration too large; the largest cohorts come first. */
const mostCohorts = 200;

/**
 * Shares of timing models from their recorded losses: of all customers together, and of each cohort with enough of them. Undefined
 * without any.
 */
export function timingPriors(
  entries: readonly CadenceEntry[],
  families: readonly string[],
  { leastCustomers }: CadenceRule,
): readonly TimingPrior[] | undefined {
  if (families.length < 2) return undefined;
  const usable = entries.filter(
    (entry): entry is CadenceFeedback =>
      entry.kind === 'feedback' && entry.customers > 0 && families.every((family) => Object.hasOwn(entry.losses, family)),
  );
  if (usable.length === 0) return undefined;
  const byRun = [...Map.groupBy(usable, ({ run }) => run).values()];
  const all = byRun.map((parts): ModelLosses => {
    const customers = sum(parts.map((part) => part.customers));
    const mean = (family: string): number => sum(parts.map((part) => part.customers * (part.losses[family] ?? 0))) / customers;
    return { customers, losses: Object.fromEntries(families.map((family) => [family, mean(family)])) };
  });
  const byCohort = [
    ...Map.groupBy(
      usable.filter(({ customers }) => customers >= leastCustomers),
      ({ cohort }) => cohort,
    ),
  ]
    .sort(([a, one], [b, other]) => (other.at(-1)?.customers ?? 0) - (one.at(-1)?.customers ?? 0) || compareText(a, b))
    .slice(0, mostCohorts);
  return [
    { cohort: '', shares: priorShares(families, all) },
    ...byCohort.map(([cohort, windows]) => ({ cohort, shares: priorShares(families, windows) })),
  ];
}
