/** Asking the gate, without using or recording anything. */
import { z } from 'zod';

import { identifier, isoDate, outcome, readsOnly } from './tool-fields.ts';
import { defineTool } from './tool-spec.ts';

export const evaluateGate = defineTool({
  name: 'evaluate_gate',
  title: 'Ask the gate',
  description: `Asks whether a customer's value may be used for a purpose at a place, without using it; changes nothing. Use it before proposing a use, or to see what a changed fact would do. Returns pass, fail or counsel (a person must decide), per anchor too, the rules that decided with citation and remedy, and the unknown facts that matter. Where verify is not null, say that counsel has yet to confirm it.`,
  input: z.strictObject({
    customerId: identifier.describe('Customer id.'),
    purpose: identifier.describe('Such as analytics, tier-assignment, offer-eligibility.'),
    sink: identifier.describe('Who would receive it: a subscriber id, or score-store.'),
    facts: z
      .record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]))
      .optional()
      .describe('Facts to assume instead of the known ones; null means unknown. Such as {"residency":"EU"}.'),
    asOf: isoDate.optional().describe('Day whose law applies; default the newest run.'),
  }),
  output: z.object({
    outcome,
    policies: z.array(
      z.object({
        id: z.string(),
        regime: z.string().nullable(),
        effect: z.enum(['fail', 'counsel']),
        anchor: z.string(),
        citation: z.string(),
        remedy: z.string(),
        verify: z.string().nullable(),
      }),
    ),
    anchors: z.record(z.string(), z.enum(['pass', 'fail', 'counsel', 'not-applicable'])),
    unknownFacts: z.array(z.string()),
    policyDigest: z.string(),
  }),
  hints: readsOnly,
  call: ({ customerId, purpose, sink, facts, asOf }, { agent }) =>
    agent.gate.evaluate({ customerId, purpose, sink, ...(facts === undefined ? {} : { facts }), ...(asOf === undefined ? {} : { asOf }) }),
});
