/** The proof that a record was in the ledger. */
import { z } from 'zod';

import { readsOnly } from './tool-fields.ts';
import { defineTool } from './tool-spec.ts';

export const getProof = defineTool({
  name: 'get_proof',
  title: 'Get a proof',
  description: `The ledger record behind a value and the proof that it is in the ledger: an RFC 6962 audit path and a signed checkpoint that anyone can check offline. Use it when the user asks for evidence; index comes from record.index of lookup_value. Returns hashes as hex.`,
  input: z.strictObject({ index: z.int().min(0).describe('Ledger index, from 0.') }),
  output: z.object({
    index: z.number(),
    record: z.record(z.string(), z.unknown()),
    leafHash: z.string(),
    treeSize: z.number(),
    root: z.string(),
    inclusion: z.array(z.string()),
    checkpoint: z.string().describe('Signed note of the newest checkpoint.'),
  }),
  hints: readsOnly,
  call: ({ index }, { agent }) => agent.proof(index),
});
