/**
 * The receipt of an erasure: an in-toto statement about the record that says it is through, signed in a DSSE envelope, and the proof that
 * the record stands in the ledger. Has no identifier of the person in it.
 */
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { canonicalJson, CohortiumError, type Json, sha256 } from '../../../skills/sdk/index.ts';
import { writeNewFile } from '../../adapters/files/write-new-file.ts';
import type { Hand } from '../record/attest-act.ts';
import { signStatement, statementOf } from '../record/attest.ts';
import type { DsseEnvelope } from '../record/attestation-interface.ts';
import { writeProofFile } from '../record/proof-file.ts';
import type { Workspace } from '../workspace.ts';
import type { ErasureReceipt } from './erasure-interface.ts';

/** Writes receipt and proof, once. @returns their paths in the operator directory */
export async function writeReceipt(
  workspace: Workspace,
  {
    erasure,
    by,
    why,
    record,
    hand,
  }: {
    readonly erasure: string;
    readonly by: string;
    readonly why: string;
    readonly record: number;
    /** Who ordered it, where they are still there; an erasure that was gone on with has their order on record alone. */
    readonly hand: Hand | undefined;
  },
  said: Readonly<Record<string, Json>>,
): Promise<readonly string[]> {
  const proof = workspace.ledger().proof(record);
  const attestor = workspace.keys().attestor();
  const statement = statementOf('erasure', [{ name: `record ${record}`, sha256: sha256(canonicalJson(proof.record)) }], {
    identity: attestor.identity,
    time: new Date(workspace.clock.now()).toISOString(),
    decision: `erased by order of ${by}`,
    rationale: why,
    ledger: { origin: workspace.keys().origin, size: proof.treeSize },
    automation: null,
    ...said,
  });
  // The service says what it has done, and who ordered it that this was the order.
  const signers = hand && hand.attestor.keyId !== attestor.keyId ? [attestor, hand.attestor] : [attestor];
  const envelope = await signStatement(statement, signers);
  const files = receiptFiles(erasure);
  mkdirSync(join(workspace.paths.registries, 'erasures'), { recursive: true, mode: 0o700 });
  writeNewFile(join(workspace.paths.directory, files[0]), `${JSON.stringify(envelope, null, 2)}\n`, 0o644);
  writeNewFile(join(workspace.paths.directory, files[1]), writeProofFile(proof), 0o644);
  return files;
}

/** @throws {CohortiumError} RECORD_NOT_FOUND */
export function readReceipt(directory: string, erasure: string): ErasureReceipt {
  const [envelope, proof] = receiptFiles(erasure).map((file) => join(directory, file));
  if (!/^[0-9a-f]+$/.test(erasure) || envelope === undefined || proof === undefined || !existsSync(envelope) || !existsSync(proof)) {
    throw new CohortiumError(
      'RECORD_NOT_FOUND',
      `there is no receipt of an erasure '${erasure.slice(0, 40)}'; \`cohortium erase --list\` shows those that there are`,
    );
  }
  return { envelope: JSON.parse(readFileSync(envelope, 'utf8')) as DsseEnvelope, proof: readFileSync(proof, 'utf8') }; // written above
}

function receiptFiles(erasure: string): readonly [string, string] {
  return [`registries/erasures/${erasure}.receipt`, `registries/erasures/${erasure}.tlog-proof`];
}
