/** Audit: writes what was decided, and on what grounds, before anything leaves. Refuses to put personal data in a record. */
import { z } from 'zod';

import { defineSkill, type Fact } from '../sdk/index.ts';
import { composeRecords, listReceipts } from './effects.ts';
import { machine } from './machine.ts';
import {
  appendInput,
  appendOutput,
  type AuditOutput,
  composeInput,
  composeOutput,
  configSchema,
  inputSchema,
  outputSchema,
  receiptsInput,
  receiptsOutput,
} from './schemas.ts';

const proofInput = z.strictObject({ index: z.int().min(0).describe('Index of the record.') });
const proofOutput = z.looseObject({ index: z.int(), leafHash: z.string(), treeSize: z.int(), root: z.string() });

export const skill = defineSkill({
  id: 'audit',
  version: '0.1.0',
  contract: 1,
  title: 'Audit',
  description: 'Writes an append-only, signed record of every decision and of the inputs that it rests on.',
  input: inputSchema,
  output: outputSchema,
  config: configSchema,
  consumes: ['gate.decided@1'],
  emits: ['ledger.appended@1'],
  effects: {
    'records.compose': {
      via: 'pure',
      input: composeInput,
      output: composeOutput,
      idempotent: true,
      timeoutMs: 120_000,
      replay: 'recompute',
    },
    'ledger.append': {
      via: 'ledger',
      method: 'append',
      input: appendInput,
      output: appendOutput,
      idempotent: true,
      timeoutMs: 120_000,
      replay: 'recorded',
    },
    'receipts.list': {
      via: 'pure',
      input: receiptsInput,
      output: receiptsOutput,
      idempotent: true,
      timeoutMs: 60_000,
      replay: 'recompute',
    },
  },
  pure: { 'records.compose': composeRecords, 'receipts.list': listReceipts },
  machine,
  determinism: { level: 'bit-exact' },
  tools: [
    {
      name: 'get_proof',
      title: 'Get a proof',
      description: 'Returns a record of the ledger with the proof that it is included under a signed checkpoint.',
      input: proofInput,
      output: proofOutput,
      hints: { readOnly: true, destructive: false, idempotent: true, openWorld: false },
    },
  ],
  facts: (output: AuditOutput): readonly Fact[] => [
    { id: 'ledger.size', label: 'records in the ledger', value: output.ledgerSize },
    { id: 'ledger.root', label: 'root of the ledger', value: output.ledgerRoot },
  ],
  migrations: {},
});

export default skill;
