/** What goes in and out of the audit step. Strict: an unknown key is an error. */
import { z } from 'zod';

import { refSchema } from '../sdk/index.ts';

export const inputSchema = z.strictObject({
  decisions: refSchema.describe('One row per account and use, from the gate.'),
  calibrated: refSchema.describe('Calibrated scores, one row per account.'),
  calibration: refSchema.describe('Maps and scales that the scores were calibrated by (JSON).'),
  model: refSchema.describe('Model parameters (JSON).'),
  snapshot: refSchema.describe('The sealed signals that everything rests on.'),
  verdicts: refSchema.describe('What the gate said of each distinct case: rules with citations, unknown facts, anchors (JSON).'),
  policyDigest: z.string().min(1).describe('Digest of the policies that decided.'),
});

export const configSchema = z.strictObject({});

export const composeInput = inputSchema.extend({ asOf: z.string() });
export const composeOutput = z.strictObject({
  records: refSchema.describe('Table: kind, key, subject, body text. The first row is the record of the run.'),
});

export const appendInput = z.strictObject({ records: refSchema });
export const appendOutput = z.strictObject({
  firstIndex: z.int().min(0),
  size: z.int().min(0),
  root: z.string().regex(/^[0-9a-f]{64}$/),
  indexes: refSchema,
});

export const receiptsInput = z.strictObject({ indexes: refSchema });
export const receiptsOutput = z.strictObject({ receipts: refSchema });

export const outputSchema = z.strictObject({
  receipts: refSchema.describe('One row per decision, column record int32: index of its record.'),
  ledgerFirst: z.int().min(0).describe('Index of the record of the run.'),
  ledgerSize: z.int().min(0).describe('Records in the ledger after this step.'),
  ledgerRoot: z.string().describe('RFC 6962 root over them, hex.'),
});

export type AuditOutput = z.infer<typeof outputSchema>;
export type ComposeInput = z.infer<typeof composeInput>;
export type ReceiptsInput = z.infer<typeof receiptsInput>;
