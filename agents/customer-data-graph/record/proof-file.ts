/**
 * Proof files as C2SP writes them: what somebody keeps who wants to show that a record stood in the ledger, and what any tool that
 * knows the format checks. Says nothing about whether they hold; skills/audit/verify does.
 */
import type { FieldOrCommitment } from '../../../skills/audit/verify/verify.ts';
import { canonicalJson } from '../../../skills/sdk/index.ts';
import type { ProofAnswer } from '../interface.ts';

/**
 * Text of a `.tlog-proof` file. The line `extra` carries the leaf and the item of a batch, which nobody can fetch from a published log.
 * @param fields every field of the body in the order of names, shown with its salt or as its commitment; none are shown when absent
 * @see https://c2sp.org/tlog-proof
 */
export function writeProofFile({ index, record, item, inclusion, checkpoint }: ProofAnswer, fields?: readonly FieldOrCommitment[]): string {
  const extra = canonicalJson({
    leaf: canonicalJson(record),
    item: item ? { text: canonicalJson(item.record), path: item.inclusion } : undefined,
    fields,
  });
  const head = ['c2sp.org/tlog-proof@v1', `extra ${Buffer.from(extra).toString('base64')}`, `index ${index}`];
  return [...head, ...inclusion.map(base64Of), '', checkpoint].join('\n');
}

/**
 * Proof that the ledger of a checkpoint grew out of its first `from` leaves, as a witness is given it.
 * @see https://c2sp.org/tlog-witness, add-checkpoint
 */
export function writeGrowthFile({ from, path, checkpoint }: GrowthAnswer): string {
  return [`old ${from}`, ...path.map(base64Of), '', checkpoint].join('\n');
}

export interface GrowthAnswer {
  /** Leaves of the older tree. */
  readonly from: number;
  /** RFC 6962 consistency proof, hex. */
  readonly path: readonly string[];
  /** Signed note of the newest checkpoint. */
  readonly checkpoint: string;
}

function base64Of(hash: string): string {
  return Buffer.from(hash, 'hex').toString('base64');
}
