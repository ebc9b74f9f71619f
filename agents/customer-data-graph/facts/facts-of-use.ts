/** What is on record about a use besides what the operator states: one place for runs and for questions outside of them. */
import { liftFacts } from '../experiments/lift-facts.ts';
import type { Workspace } from '../workspace.ts';

type StatedFacts = Readonly<Record<string, string | number | boolean>>;

/** @returns facts of a use for a purpose at a sink, as they hold on a day; what was measured, never what was stated */
export type FactsOfUse = (purpose: string, sink: string, asOf: string, stated: StatedFacts) => StatedFacts;

export function factsOfUse({ experimentLog }: Pick<Workspace, 'experimentLog'>): FactsOfUse {
  return (_purpose, _sink, _asOf, stated) => liftFacts(stated, experimentLog);
}
