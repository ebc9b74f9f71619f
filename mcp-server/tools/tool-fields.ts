/** Fields that several tools share, described once so that they mean the same everywhere. */
import { z } from 'zod';

import type { RunReport } from '../../agents/customer-data-graph/interface.ts';

export const isoDate = z.string().regex(/^\d{4}-\d{2}-\d{2}$/, 'an ISO date such as 2026-01-31 was expected');
export const identifier = z.string().min(1, 'text that is not empty was expected').max(200);
export const outcome = z.enum(['pass', 'fail', 'counsel']);

export const grainFields = {
  customerId: identifier.describe('Customer id, as in list_members.'),
  location: identifier.optional().describe('Location; leave out for all.'),
  channel: identifier.optional().describe('Channel; leave out for all.'),
  brand: identifier.optional().describe('Brand; leave out for all.'),
  purpose: identifier
    .optional()
    .describe('What the value is for, such as tier-assignment; the gate decides per purpose. Default analytics.'),
};

const stepError = z.object({ code: z.string(), message: z.string() });

/** A run as it is reported by every tool that starts or looks at one. */
export const runOutput = z.object({
  runId: z.string(),
  pipeline: z.string(),
  asOf: z.string(),
  status: z.enum(['running', 'waiting', 'completed', 'failed', 'cancelled']),
  steps: z
    .array(z.looseObject({ id: z.string(), skill: z.string(), status: z.string() }))
    .describe('Also attempts, and where there are: reason, error (code, message), output.'),
  digest: z.string().describe('Equal on every machine for equal inputs.'),
  error: stepError.optional(),
});

/** A run in the shape of `runOutput`. */
export function runFields(report: RunReport) {
  return { ...report, steps: report.steps.map((step) => ({ ...step })) };
}

export const readsOnly = { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false } as const;
export const addsOnce = { readOnlyHint: false, destructiveHint: false, idempotentHint: true, openWorldHint: false } as const;
/** Runs may send to subscribers, which are outside, and each is a run of its own. */
export const runsAndSends = { readOnlyHint: false, destructiveHint: false, idempotentHint: false, openWorldHint: true } as const;
