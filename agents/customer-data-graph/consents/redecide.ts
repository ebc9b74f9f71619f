/**
 * Makes a decision of a run again with what a customer refused since. The vector is the one that the run decided, but for the facts
 * that a refusal changes. Only by the version of the law that the run used: where that is no longer in force, what passed then is left
 * to a person, unless the version of now refuses it outright. Never turns anything into a pass.
 */
import { z } from 'zod';

import { vectorSchema } from '../../../skills/gate/schemas.ts';
import { type ContentStore, int32Column, textColumn } from '../../../skills/sdk/index.ts';
import { customerFactNames, purposesOfFact } from '../facts/customer-facts.ts';
import type { GateAnswer } from '../gate/gate-interface.ts';
import type { LateRefusal } from './late-refusals.ts';
import type { RunBasis } from './run-basis.ts';

export interface Use {
  readonly subscriber: string;
  readonly purpose: string;
  readonly sink: string;
}

export interface NewDecision {
  readonly outcome: 'pass' | 'fail' | 'counsel';
  readonly policies: readonly string[];
  /** Digest of the law that it was made by. */
  readonly policyDigest: string;
  /** Facts that are other than in the run. */
  readonly changed: readonly string[];
}

type Evaluate = (question: {
  readonly facts: Readonly<Record<string, unknown>>;
  readonly purpose: string;
  readonly sink: string;
  readonly asOf: string;
}) => Promise<GateAnswer>;

/** Stands among the reasons where the law changed since the run. */
export const otherLaw = 'law-changed-since-the-run';

export interface Redecider {
  /** The uses that the run passed for a customer. */
  readonly passedUses: (basis: RunBasis, customerId: string) => readonly Use[];
  /** Undefined when the run did not pass this use, or nothing that the gate looks at has changed. */
  readonly decide: (basis: RunBasis, customerId: string, use: Use, late: LateRefusal) => Promise<NewDecision | undefined>;
}

export function createRedecider({ content, evaluate }: { readonly content: ContentStore; readonly evaluate: Evaluate }): Redecider {
  let read: { readonly digest: string; readonly passed: PassedVectors } | undefined;
  const passedOf = (basis: RunBasis): PassedVectors => {
    if (read?.digest !== basis.decisions.digest) read = { digest: basis.decisions.digest, passed: readPassed(content, basis) };
    return read.passed;
  };
  return {
    passedUses: (basis, customerId) => passedOf(basis)(customerId).map(({ use }) => use),
    decide: async (basis, customerId, use, late) => {
      const vector = passedOf(basis)(customerId).find(({ use: passed }) => isSame(passed, use))?.vector;
      if (!vector) return undefined;
      const refused = refusedFacts(late);
      const changed = Object.keys(refused).filter((name) => String(vector.facts[name] ?? '') !== refused[name]);
      if (changed.length === 0) return undefined;
      const { purpose, sink } = use;
      const answer = await evaluate({ facts: { ...vector.facts, ...refused }, purpose, sink, asOf: basis.asOf });
      const policies = answer.policies.map(({ id }) => id);
      const rest = { policyDigest: answer.policyDigest, changed };
      if (answer.policyDigest === basis.policyDigest || answer.outcome === 'fail') return { outcome: answer.outcome, policies, ...rest };
      return { outcome: 'counsel', policies: [...policies, otherLaw], ...rest };
    },
  };
}

/** What the refusals say, by fact: an opt-out that is made, or a consent that is gone. */
function refusedFacts({ state, rows }: LateRefusal): Readonly<Record<string, string>> {
  const facts: Record<string, string> = {};
  for (const name of customerFactNames) {
    const purposes = (purposesOfFact[name] ?? []).filter((purpose) => rows.has(purpose));
    const isConsent = name.endsWith('Consent');
    if (isConsent && purposes.some((purpose) => state.consents.get(purpose) === false)) facts[name] = 'false';
    if (!isConsent && name !== 'erasureRequestOpen' && purposes.some((purpose) => state.refusals.get(purpose) === true))
      facts[name] = 'true';
  }
  return facts;
}

type Vector = z.infer<typeof vectorSchema>;
type PassedVectors = (customerId: string) => readonly { readonly use: Use; readonly vector: Vector }[];

function isSame(one: Use, other: Use): boolean {
  return one.subscriber === other.subscriber && one.purpose === other.purpose && one.sink === other.sink;
}

function readPassed(content: ContentStore, { decisions: ref, vectors: vectorsRef }: RunBasis): PassedVectors {
  const decisions = content.getTable(ref);
  const vectors = z.array(vectorSchema).parse(content.getJson(vectorsRef));
  const vectorOf = int32Column(decisions, 'vector');
  const [outcomes, subscribers, purposes, sinks] = ['outcome', 'subscriber', 'purpose', 'sink'].map((name) => textColumn(decisions, name));
  const rowsOf = new Map<string, number[]>();
  for (const [row, customer] of textColumn(decisions, 'customerId').entries()) {
    if (outcomes?.[row] !== 'pass') continue;
    const known = rowsOf.get(customer);
    if (known) known.push(row);
    else rowsOf.set(customer, [row]);
  }
  return (customerId) =>
    (rowsOf.get(customerId) ?? []).flatMap((row) => {
      const vector = vectors[vectorOf[row] ?? -1];
      const use = { subscriber: subscribers?.[row] ?? '', purpose: purposes?.[row] ?? '', sink: sinks?.[row] ?? '' };
      return vector ? [{ use, vector }] : [];
    });
}
