/** What is on record about a use besides what the operator states: one place for runs and for questions outside of them. */
import type { Journal } from '../../adapters/sqlite/journal.ts';
import { liftFacts } from '../experiments/lift-facts.ts';

type StatedFacts = Readonly<Record<string, string | number | boolean>>;

/** @returns facts of a use for a purpose at a sink, as they hold on a day; what was measured, never what was stated */
export type FactsOfUse = (purpose: string, sink: string, asOf: string, stated: StatedFacts) => StatedFacts;

interface UseRecords {
  /** Opened only where a use names an experiment. */
  readonly experimentLog: () => Journal;
}

export function factsOfUse({ experimentLog }: UseRecords): FactsOfUse {
  return (_purpose, _sink, _asOf, stated) => liftFacts(stated, experimentLog);
}
