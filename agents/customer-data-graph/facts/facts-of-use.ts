/** What is on record about a use besides what the operator states: one place for runs and for questions outside of them. */
import type { Journal } from '../../adapters/sqlite/journal.ts';
import type { OperatorPaths } from '../config.ts';
import { liftFacts } from '../experiments/lift-facts.ts';
import type { FairnessConfig } from '../fairness/fairness-config.ts';
import { openFairnessFacts } from '../fairness/fairness-facts.ts';

type StatedFacts = Readonly<Record<string, string | number | boolean>>;

/** @returns facts of a use for a purpose at a sink, as they hold on a day; what was measured, never what was stated */
export type FactsOfUse = (purpose: string, sink: string, asOf: string, stated: StatedFacts) => StatedFacts;

interface UseRecords {
  readonly paths: Pick<OperatorPaths, 'state' | 'registries'>;
  readonly config: { readonly gate: { readonly fairness: Pick<FairnessConfig, 'everyDays' | 'signers'> } };
  /** Opened only where a use names an experiment. */
  readonly experimentLog: () => Journal;
}

export function factsOfUse({ paths, config, experimentLog }: UseRecords): FactsOfUse {
  return (purpose, sink, asOf, stated) => {
    const fairness = openFairnessFacts(paths, config.gate.fairness)(purpose, sink, asOf);
    const measured = Object.entries(fairness).flatMap(([name, value]) => (value === null ? [] : [[name, value] as const]));
    return { ...Object.fromEntries(measured), ...liftFacts(stated, experimentLog) };
  };
}
