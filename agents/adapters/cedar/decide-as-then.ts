/**
 * The policy engine of a replay: the same questions under the law of then, which the recorded answer names, whatever the law is today.
 * What persons ruled and what other engines answered is taken from the record, for neither can be computed.
 */
import { CohortiumError, type ContentStore, type Json, type PolicyEngine, refSchema, z } from '../../../skills/sdk/index.ts';
import { readRecordedLaw } from '../../customer-data-graph/law/recorded-law.ts';
import { type PolicyDecision, ruled, type Ruling, storeDecisions } from './cedar-engine.ts';
import { openSession } from './policy-session.ts';

const recordedSchema = z.looseObject({ decisions: refSchema, law: refSchema });
const vectorsSchema = z.array(z.strictObject({ facts: z.record(z.string(), z.unknown()), purpose: z.string(), sink: z.string() }));

interface RecordedDecision {
  readonly key: string;
  readonly ruling: Ruling | null;
  readonly opinions?: readonly unknown[];
  readonly applicability: unknown;
}

/** @param note told of every replayed effect what of it was taken from the record */
export function decideAsThen(content: ContentStore, note: (effectId: string, taken: string) => void): PolicyEngine {
  return {
    decide: async ({ vectors, asOf }, { signal, idempotencyKey, recorded }) => {
      const then = answerOfThen(recorded);
      const law = readRecordedLaw(content.getJson(then.law));
      const decisions = content.getJson(then.decisions) as readonly RecordedDecision[]; // written by storeDecisions
      const session = openSession(await import('@cedar-policy/cedar-wasm/nodejs'), law);
      const rulings = new Map(decisions.flatMap(({ key, ruling }) => (ruling ? [[key, ruling] as const] : [])));
      let consulted = 0;
      const standing = vectorsSchema.parse(content.getJson(vectors)).map((vector, at) => {
        signal.throwIfAborted();
        const known = decisions[at];
        if (known?.opinions) {
          consulted += 1;
          return { ...known, applicability: content.getJson(refSchema.parse(known.applicability)) } as PolicyDecision; // as it was written
        }
        const verdict = session.decide({ ...vector, asOf });
        return ruled(verdict, rulings.get(verdict.key));
      });
      if (rulings.size > 0) note(idempotencyKey, `rulings of persons on ${rulings.size} cases`);
      if (consulted > 0) note(idempotencyKey, `${consulted} of ${decisions.length} decisions that other engines had a say in`);
      return { decisions: storeDecisions(standing, content), policyDigest: law.digest, law: content.putJson(content.getJson(then.law)) };
    },
  };
}

function answerOfThen(recorded: Json | undefined): z.infer<typeof recordedSchema> {
  const parsed = recordedSchema.safeParse(recorded);
  if (parsed.success) return parsed.data;
  throw new CohortiumError('CONTENT_NOT_FOUND', 'the run did not keep the law that it decided by, so its decisions cannot be made again');
}
