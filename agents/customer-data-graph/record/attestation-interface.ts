/** Signed statements about records: in-toto Statement v1 in a DSSE envelope. @see https://github.com/in-toto/attestation, https://github.com/secure-systems-lab/dsse */
import type { Json } from '../../../skills/sdk/index.ts';

export interface DsseEnvelope {
  readonly payloadType: 'application/vnd.in-toto+json';
  /** Base64 of the statement's canonical JSON. */
  readonly payload: string;
  readonly signatures: readonly { readonly keyid: string; readonly sig: string }[];
}

export interface InTotoStatement {
  readonly _type: 'https://in-toto.io/Statement/v1';
  readonly subject: readonly { readonly name: string; readonly digest: { readonly sha256: string } }[];
  readonly predicateType: string;
  readonly predicate: Readonly<Record<string, Json>>;
}
