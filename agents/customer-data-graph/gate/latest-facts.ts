/** Facts of one customer as of the newest finished run, for questions outside of a run. */
import { type Reliability, reliabilityFacts } from '../../../skills/gate/core/reliability-facts.ts';
import { CohortiumError, refSchema } from '../../../skills/sdk/index.ts';
import { factsOf } from '../facts/assemble-facts.ts';
import type { Workspace } from '../workspace.ts';

/**
 * What the graph and the newest finished run say of a customer, as the gate reads it.
 * @param day ISO day that the age of the evidence counts to; that of the run unless given
 * @throws {CohortiumError} SCORE_NOT_FOUND before the first run, or for nobody
 */
export async function latestFacts(workspace: Workspace, customerId: string, day?: string) {
  const orchestrator = await workspace.orchestrator();
  const newest = orchestrator.list().findLast(({ run }) => run.state === 'completed');
  if (!newest)
    throw new CohortiumError('SCORE_NOT_FOUND', 'no run has completed, so nothing is known of any customer; run a pipeline first');
  const { asOf } = newest.run;
  const outputs = Object.values(newest.steps).map(({ output }) => output as Readonly<Record<string, unknown>> | null); // outputs are objects
  const snapshot = refSchema.safeParse(outputs.find((output) => output && 'snapshot' in output)?.['snapshot']);
  const reliability = outputs.find((output) => output && 'reliability' in output)?.['reliability'] as Reliability | undefined; // recalibrate's output
  const declared = snapshot.success
    ? await workspace.warehouse().declaredAt(snapshot.data, asOf, { signal: new AbortController().signal })
    : new Map<string, never>();
  const stored = workspace.scores().lookup({ customerId });
  return {
    asOf,
    facts: {
      ...factsOf(declared.get(customerId), asOf, workspace.config.consent.completeSince),
      ...(reliability ? reliabilityFacts(reliability, day ?? asOf) : {}),
      ...(stored.value ? { tier: stored.value.tier } : {}),
    } as Readonly<Record<string, string | number | boolean | null>>, // facts are scalars
  };
}
