/**
 * What is on record about the lift that a use reports: whether the experiment that it names was analysed as registered, and how its
 * comparisons were corrected for being many. An experiment that is not on record, or has no outcome, shows nothing: no, and none.
 */
import type { Journal } from '../../adapters/sqlite/journal.ts';
import type { ExperimentOutcome } from './experiment-interface.ts';
import { experimentStates } from './experiment-log.ts';

type StatedFacts = Readonly<Record<string, string | number | boolean>>;

// No interface: it has to be a record of facts.
type LiftFacts = {
  readonly liftReported: true;
  readonly liftPreRegistered: boolean;
  readonly multiplicityCorrection: 'benjamini-hochberg' | 'holm' | 'single-comparison' | 'none';
};

/**
 * @param stated facts of the use; one that names no experiment (`liftExperiment`) has nothing on record
 * @param journal opened only where an experiment is named
 */
export function liftFacts(stated: StatedFacts, journal: () => Journal): LiftFacts | Readonly<Record<string, never>> {
  const { liftExperiment } = stated;
  if (typeof liftExperiment !== 'string') return {};
  const outcomes = experimentStates(journal()).get(liftExperiment)?.outcomes ?? [];
  const registered = outcomes.findLast(({ standing }) => standing === 'registered');
  const outcome = registered ?? outcomes.at(-1);
  return {
    liftReported: true,
    liftPreRegistered: registered !== undefined,
    multiplicityCorrection: outcome === undefined ? 'none' : correctionOf(outcome),
  };
}

/** Cohorts are a family of their own beside the arms, and the larger one. */
function correctionOf({ analysis }: ExperimentOutcome): LiftFacts['multiplicityCorrection'] {
  if (analysis.cohorts.length > 0) return 'benjamini-hochberg';
  return 'effects' in analysis && analysis.effects.length > 1 ? 'holm' : 'single-comparison';
}
