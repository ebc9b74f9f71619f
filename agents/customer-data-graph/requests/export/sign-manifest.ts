/**
 * manifest.json of an answer: every file by its SHA-256, and the same as a statement signed by this service, so that whoever has the
 * archive can tell that nothing in it was changed. in-toto Statement v1 in a DSSE envelope; Ed25519 signs the same bytes the same way.
 * @see https://github.com/secure-systems-lab/dsse/blob/master/protocol.md
 */
import { canonicalJson, sha256 } from '../../../../skills/sdk/index.ts';
import type { DsseEnvelope, InTotoStatement } from '../../record/attestation-interface.ts';
import type { Attestor } from '../../record/key-interface.ts';
import type { ArchivedFile } from './zip-files.ts';

export const exportPredicate = 'https://cohortium.dev/subject-export/v1';

export interface ManifestFile {
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
}

export function manifestOf(files: readonly ArchivedFile[]): readonly ManifestFile[] {
  return files.map(({ path, bytes }) => ({ path, bytes: bytes.length, sha256: sha256(bytes) }));
}

/** @param about what the archive is: request, moment, ledger */
export async function signedManifest(
  files: readonly ManifestFile[],
  about: InTotoStatement['predicate'],
  attestor: Pick<Attestor, 'keyId' | 'sign'>,
): Promise<ArchivedFile> {
  const payloadType = 'application/vnd.in-toto+json';
  const statement: InTotoStatement = {
    _type: 'https://in-toto.io/Statement/v1',
    subject: files.map(({ path, sha256: digest }) => ({ name: path, digest: { sha256: digest } })),
    predicateType: exportPredicate,
    predicate: about,
  };
  const payload = Buffer.from(canonicalJson(statement));
  const envelope: DsseEnvelope = {
    payloadType,
    payload: payload.toString('base64'),
    signatures: [{ keyid: attestor.keyId, sig: (await attestor.sign(preAuthEncoding(payloadType, payload))).toString('base64') }],
  };
  const text = JSON.stringify({ format: 'cohortium/subject-export-manifest@1', ...about, files, envelope }, null, 2);
  return { path: 'manifest.json', bytes: Buffer.from(`${text}\n`) };
}

/** What a DSSE signature is over. */
export function preAuthEncoding(payloadType: string, payload: Uint8Array): Buffer {
  const type = Buffer.from(payloadType);
  return Buffer.concat([Buffer.from(`DSSEv1 ${type.length} `), type, Buffer.from(` ${payload.length} `), payload]);
}
