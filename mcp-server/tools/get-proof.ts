/** The proof that a record was in the ledger. */
import { z } from 'zod';

import { readsOnly } from './tool-fields.ts';
import { defineTool } from './tool-spec.ts';

export const getProof = defineTool({
  name: 'get_proof',
  title: 'Get a proof',
  description: `The ledger record behind a value and the proof that it is in the ledger: an RFC 6962 audit path and a signed checkpoint that anyone can check offline. Use it when the user asks for evidence; index and item come from record of lookup_value. Returns hashes as hex, and the text of a .tlog-proof file to hand on.`,
  input: z.strictObject({
    index: z.int().min(0).describe('Ledger index, from 0.'),
    item: z.int().min(0).max(255).optional().describe('Position in a batch; none where the leaf is the record.'),
  }),
  output: z.object({
    index: z.number(),
    record: z.record(z.string(), z.unknown()),
    leafHash: z.string(),
    treeSize: z.number(),
    root: z.string(),
    inclusion: z.array(z.string()),
    checkpoint: z.string().describe('Signed note of the newest checkpoint.'),
    item: z.looseObject({}).nullable().describe('Of a batch: position, record, hash, count, inclusion.'),
    file: z.string().describe('Text of a .tlog-proof file (c2sp.org/tlog-proof).'),
  }),
  hints: readsOnly,
  call: async ({ index, item = null }, { agent }) => ({
    ...(await agent.proof(index, item)),
    file: await agent.ledger.proofFile({ index, item }),
  }),
});
