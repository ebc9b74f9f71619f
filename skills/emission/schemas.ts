/** What goes in and out of the emission step. Strict: an unknown key is an error. */
import { z } from 'zod';

import { refSchema } from '../sdk/index.ts';

export const inputSchema = z.strictObject({
  decisions: refSchema.describe('One row per account and use, from the gate.'),
  receipts: refSchema.describe('Where the records of each decision and of its value are, in the same order.'),
  calibrated: refSchema.describe('Calibrated scores, one row per account.'),
  calibratedCells: refSchema.describe('Visited cells whose values add up to the calibrated account.'),
  priors: refSchema.describe('Base shares of the grid.'),
  model: refSchema.describe('Model parameters (JSON).'),
  accounts: refSchema,
  ledgerSize: z.int().min(1).describe('Records in the ledger when the decisions were written.'),
  ledgerRoot: z.string().describe('Root over them, hex.'),
  currency: z.string().describe('Currency of every amount, ISO 4217.'),
});

export const configSchema = z.strictObject({
  batchSize: z.int().min(1).max(1000).default(100).describe('Customers per message at most.'),
  maxWaits: z
    .int()
    .min(0)
    .max(10_000)
    .default(12)
    .describe('Waits of five seconds for outstanding acknowledgments before the step ends with them pending.'),
});

export const composeInput = inputSchema
  .omit({ priors: true, model: true, accounts: true })
  .extend({ asOf: z.string(), batchSize: z.int().min(1) });
export const composeOutput = z.strictObject({
  emissions: refSchema.describe('Table: subscriber, messageId, body text.'),
  items: z.int().min(0).describe('Values in all messages.'),
});

export const publishInput = z.strictObject({
  accounts: refSchema,
  cells: refSchema,
  scores: refSchema,
  priors: refSchema,
  model: refSchema,
  decisions: refSchema,
  receipts: refSchema,
  asOf: z.string(),
  ledgerSize: z.int(),
  ledgerRoot: z.string(),
});
export const publishOutput = z.strictObject({ version: z.int(), accounts: z.int(), cells: z.int() });

export const emissionsInput = z.strictObject({ emissions: refSchema });
export const enqueueOutput = z.strictObject({ enqueued: z.int(), known: z.int() });
export const deliverOutput = z.strictObject({
  sent: z.int(),
  acknowledged: z.int(),
  dead: z.int(),
  pending: z.int(),
  nextAttemptInMs: z.number(),
});

export const outputSchema = z.strictObject({
  sent: z.int().min(0).describe('Messages attempted at least once.'),
  acknowledged: z.int().min(0).describe('Messages that their subscriber acknowledged.'),
  dead: z.int().min(0).describe('Messages given up; they stand in the dead letters.'),
  pending: z.int().min(0).describe('Messages still to be delivered; the outbox goes on with them.'),
  items: z.int().min(0).describe('Values in all messages.'),
  scoreVersion: z.int().min(0).describe('Version of the score store that answers lookups now.'),
});

export type ComposeInput = z.infer<typeof composeInput>;
export type EmissionOutput = z.infer<typeof outputSchema>;
