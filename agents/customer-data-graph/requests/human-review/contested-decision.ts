/**
 * The recorded decision that a person contests: the one that they named, where it is about them, else the one that matters most. Finds
 * none that was not recorded of that person, or whose body is gone.
 */
import { z } from 'zod';

import type { OpenRecord, RecordBook, RecordPlace } from '../../record/record-interface.ts';

const bodySchema = z.looseObject({
  use: z.looseObject({ purpose: z.string(), sink: z.string() }),
  outcome: z.string(),
  rules: z.array(z.string()),
  facts: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
  unknown: z.looseObject({ decisive: z.array(z.string()) }),
  automation: z.looseObject({
    humanInvolvement: z.string().nullable(),
    gdpr22: z.looseObject({ significantEffect: z.enum(['yes', 'no', 'verify']) }),
  }),
});

export interface ContestedDecision {
  readonly place: RecordPlace;
  /** ISO instant of the record. */
  readonly at: string;
  readonly purpose: string;
  readonly sink: string;
  readonly outcome: string;
  readonly rules: readonly string[];
  readonly facts: z.infer<typeof bodySchema>['facts'];
  readonly unknownFacts: readonly string[];
  readonly automation: string | null;
  readonly isSignificant: 'yes' | 'no' | 'verify';
}

const weight = { yes: 2, verify: 1, no: 0 } as const;

/** @param named the decision that is meant; null for the newest one with the gravest effect */
export async function contestedDecision(
  records: RecordBook,
  customer: string,
  named: RecordPlace | null,
): Promise<ContestedDecision | undefined> {
  const found = (await records.about(customer, ['decision'])).flatMap((record) => readDecision(record) ?? []);
  if (named) return found.find(({ place }) => place.index === named.index && place.item === named.item);
  return found.reduce<ContestedDecision | undefined>(
    (best, one) => (best && weight[best.isSignificant] > weight[one.isSignificant] ? best : one),
    undefined,
  );
}

/** Undefined where the body is gone, or fields of it that a review needs. */
export function readDecision({ index, item, time, body }: OpenRecord): ContestedDecision | undefined {
  const parsed = bodySchema.safeParse(body);
  if (!parsed.success) return undefined;
  const { use, outcome, rules, facts, unknown, automation } = parsed.data;
  return {
    place: { index, item },
    at: time,
    purpose: use.purpose,
    sink: use.sink,
    outcome,
    rules,
    facts,
    unknownFacts: unknown.decisive,
    automation: automation.humanInvolvement,
    isSignificant: automation.gdpr22.significantEffect,
  };
}
