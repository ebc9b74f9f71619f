/** Asks the gate what it would say of one customer, by what the graph knows and what the caller states. Records nothing. */
import { z } from 'zod';

import type { FactValue } from '../../../skills/gate/core/policy/condition.ts';
import { factFault, readFacts } from '../../../skills/gate/core/policy/read-fact.ts';
import { CohortiumError } from '../../../skills/sdk/index.ts';
import type { PolicyQuestion } from '../../adapters/cedar/policy-session.ts';
import type { SourcedFact } from '../facts/fact-source.ts';
import { factsOfUse } from '../facts/facts-of-use.ts';
import { factsWithSources } from '../facts/facts-with-sources.ts';
import { statedPlace } from '../facts/stated-place.ts';
import type { PolicyBundle } from '../law/bundle.ts';
import type { Workspace } from '../workspace.ts';
import type { DecisionDoor, ExplainedFact, GateRequest } from './decision-interface.ts';
import { latestFacts } from './latest-facts.ts';
import { newestRun } from './newest-run.ts';
import { regimeResults } from './regime-results.ts';
import { smallestChangesOf } from './smallest-changes.ts';

type Stated = NonNullable<GateRequest['facts']>;

export function decisionDoor(workspace: Workspace): DecisionDoor {
  return {
    evaluate: async (request) => workspace.policies().evaluate(await questionOf(workspace, request)),
    explainDecision: async (request) => {
      const { customerId, facts: stated = {} } = request;
      const question = await questionOf(workspace, request);
      const { purpose, sink, asOf } = question;
      const session = await workspace.policies().session();
      const { outcome, policies, anchors, unknownFacts, facts: read } = await workspace.policies().examine(question);
      const facts = readFacts(session.bundle.facts, question.facts, session.bundle.stated);
      const decided = policies.map(({ id }) => id);
      const decisive = new Set(session.bundle.rules.filter(({ id }) => decided.includes(id)).flatMap((rule) => rule.facts));
      const sources = await factsWithSources(workspace, customerId, asOf);
      return {
        customerId,
        purpose,
        sink,
        asOf,
        outcome,
        policies,
        anchors,
        unknownFacts,
        policyDigest: session.bundle.digest,
        regimes: regimeResults(session.bundle, { ...facts, purpose, sink }, asOf),
        facts: Object.keys(read)
          .map((name) => explainedFact(session.bundle, name, facts[name] ?? null, { stated, given: question.facts, sources, decisive }))
          .sort((one, other) => Number(other.isDecisive) - Number(one.isDecisive)),
        counterfactuals: smallestChangesOf(
          session,
          Object.fromEntries(Object.keys(read).map((name) => [name, facts[name] ?? null])),
          question,
          decided,
        ),
      };
    },
  };
}

const usesSchema = z.array(
  z.looseObject({
    purpose: z.string(),
    sink: z.string(),
    facts: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).optional(),
  }),
);

/**
 * With what the pipeline of the newest run states about the same use, and over it what the caller states.
 * @throws {CohortiumError} ARGUMENT_INVALID for a fact that there is not, or a value that is none of its own
 */
async function questionOf(
  workspace: Workspace,
  { customerId, purpose, sink, facts: stated = {}, asOf }: GateRequest,
): Promise<PolicyQuestion> {
  const { bundle } = await workspace.policies().session();
  const faults = Object.entries(stated).flatMap(([name, value]) => factFault(bundle.facts, name, value) ?? []);
  if (faults.length > 0) throw new CohortiumError('ARGUMENT_INVALID', `facts: ${faults.join('; ')}`);
  const latest = await latestFacts(workspace, customerId, asOf);
  const day = asOf ?? latest.asOf;
  const uses = (await newestRun(workspace, ['uses', 'policyDigest']))?.ref('uses');
  const planned = uses && workspace.content.has(uses) ? usesSchema.safeParse(workspace.content.getJson(uses)).data : undefined;
  const ofPipeline = planned?.find((use) => use.purpose === purpose && use.sink === sink)?.facts ?? {};
  const ofUse = { ...ofPipeline, ...knownOnly(stated) };
  const known = { ...latest.facts, ...ofPipeline, ...factsOfUse(workspace)(purpose, sink, day, ofUse), ...stated };
  // A country that is stated is held against the residence that is known.
  const place = statedPlace(stated['country'] === undefined ? stated : { residency: latest.facts['residency'] ?? null, ...stated });
  return { facts: { ...known, ...place }, purpose, sink, asOf: day };
}

interface Background {
  readonly stated: Stated;
  /** What the question says, over what the bundle assumes. */
  readonly given: Readonly<Record<string, unknown>>;
  readonly sources: readonly SourcedFact[];
  readonly decisive: ReadonlySet<string>;
}

function explainedFact(
  bundle: PolicyBundle,
  name: string,
  value: FactValue,
  { stated, given, sources, decisive }: Background,
): ExplainedFact {
  const isStated = Object.hasOwn(stated, name);
  const fact = bundle.facts[name];
  const found = isStated ? undefined : sources.find((one) => one.name === name && one.value === value)?.source;
  const elsewhere = (): ExplainedFact['source'] => {
    if (isStated || value === null) return null;
    if (fact?.default === value && given[name] === undefined) return { kind: 'default', says: fact.says };
    return fact?.of === undefined || fact.of === 'customer' ? null : { kind: 'stated', by: fact.of };
  };
  return {
    name,
    value,
    says: fact?.says ?? '',
    of: fact?.of ?? 'operator',
    source: found ?? elsewhere(),
    isStated,
    isDecisive: decisive.has(name),
  };
}

/** Without what is stated to be unknown. */
function knownOnly(facts: Stated): Readonly<Record<string, string | number | boolean>> {
  return Object.fromEntries(Object.entries(facts).flatMap(([name, value]) => (value === null ? [] : [[name, value]])));
}
