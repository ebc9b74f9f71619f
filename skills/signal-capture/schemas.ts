/** What goes in and out of the signal-capture step. Strict: an unknown key is an error. */
import { z } from 'zod';

import { refSchema } from '../sdk/index.ts';

export const inputSchema = z.strictObject({});

export const configSchema = z.strictObject({});

/** What sealing the log answers, and what the step puts out. */
export const outputSchema = z.strictObject({
  snapshot: refSchema.describe('JSON manifest of every sealed segment so far; pins the input of the run.'),
  events: z.int().min(0).describe('Signals in the snapshot.'),
  segments: z.int().min(0).describe('Segments in the snapshot.'),
  customers: z.int().min(0).describe('Distinct combinations of identities, before they are resolved.'),
  quarantined: z.int().min(0).describe('Entries that wait in the quarantine.'),
  currency: z.string().describe('The one currency of every amount, ISO 4217.'),
  firstDate: z.string().describe('Day of the first signal, ISO; empty when there are none.'),
  lastDate: z.string().describe('Day of the last signal, ISO; empty when there are none.'),
});

export type SignalCaptureOutput = z.infer<typeof outputSchema>;
