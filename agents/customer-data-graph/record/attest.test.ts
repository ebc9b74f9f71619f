import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, describe, expect, it } from 'vitest';

import { makePersonKey } from '../../adapters/files/person-keys.ts';
import { digestOfEnvelope, openEnvelope, preAuthEncoding, signStatement, statementOf } from './attest.ts';
import type { Attestor } from './key-interface.ts';

const folder = mkdtempSync(join(tmpdir(), 'cohortium-attest-'));
afterAll(() => rmSync(folder, { recursive: true }));

function attestorOf(id: string): Attestor {
  const key = makePersonKey(folder, id);
  if (!key) throw new Error(`no key for ${id}`);
  return { keyId: key.verifierKey, identity: `person:${id}`, sign: async (message) => Buffer.from(key.sign(message), 'base64') };
}

const [ada, ben] = [attestorOf('ada'), attestorOf('ben')];
const trusted = (keyId: string): string | undefined => [ada.keyId, ben.keyId].find((known) => known === keyId);
const statement = statementOf('counsel-decision', [{ name: 'rev-1', sha256: 'ab'.repeat(32) }], {
  identity: 'person:ada',
  time: '2026-11-20T10:00:00.000Z',
  decision: 'approve',
  rationale: 'the balancing test is signed',
  ledger: { origin: 'cohortium.local/ledger/x', size: 12 },
  automation: { gdpr22: { significantEffect: 'no' } },
});

describe('the pre-authentication encoding', () => {
  it('is that of the published example', () => {
    // DSSE protocol.md: payload "hello world" of type "http://example.com/HelloWorld".
    const encoded = preAuthEncoding('http://example.com/HelloWorld', Buffer.from('hello world'));
    expect(encoded.toString()).toBe('DSSEv1 29 http://example.com/HelloWorld 11 hello world');
  });

  it('counts bytes, not characters', () => {
    expect(
      preAuthEncoding('tür', Buffer.from([1, 2]))
        .subarray(0, 15)
        .toString(),
    ).toBe('DSSEv1 4 tür 2');
    expect(preAuthEncoding('', Buffer.alloc(0)).toString()).toBe('DSSEv1 0  0 ');
  });
});

describe('an attestation', () => {
  it('is an in-toto statement that the signers are found by', async () => {
    const envelope = await signStatement(statement, [ada, ben]);
    const opened = openEnvelope(envelope, trusted);
    expect(opened).toEqual(statement);
    expect(opened._type).toBe('https://in-toto.io/Statement/v1');
    expect(opened.predicateType).toBe('https://cohortium.dev/attestation/counsel-decision/v1');
    expect(envelope.signatures.map(({ keyid }) => keyid)).toEqual([ada.keyId, ben.keyId]);
    expect(digestOfEnvelope(envelope)).toMatch(/^[0-9a-f]{64}$/);
  });

  it('is refused when a byte of it was changed, when a stranger signed, and when nobody did', async () => {
    const envelope = await signStatement(statement, [ada]);
    const other = statementOf('counsel-decision', [], {
      ...(statement.predicate as never as Parameters<typeof statementOf>[2]),
      decision: 'reject',
    });
    const forged = { ...envelope, payload: Buffer.from(JSON.stringify(other)).toString('base64') };
    const refused = expect.objectContaining({ code: 'ATTESTATION_INVALID' });
    expect(() => openEnvelope(forged, trusted)).toThrow(refused);
    expect(() => openEnvelope(envelope, () => undefined)).toThrow(refused);
    expect(() => openEnvelope({ ...envelope, signatures: [] }, trusted)).toThrow(refused);
    expect(() => openEnvelope({ ...envelope, payloadType: 'text/plain' as never }, trusted)).toThrow(refused);
    expect(() => openEnvelope({ ...envelope, payload: `${envelope.payload}!` }, trusted)).toThrow(refused);
  });

  it('is refused when one of two signatures does not hold', async () => {
    const envelope = await signStatement(statement, [ada, ben]);
    const [first] = envelope.signatures;
    const swapped = { ...envelope, signatures: [first, { keyid: ben.keyId, sig: first?.sig ?? '' }] };
    expect(() => openEnvelope(swapped as typeof envelope, trusted)).toThrow(expect.objectContaining({ code: 'ATTESTATION_INVALID' }));
  });

  it('is refused when what was signed is no statement', async () => {
    const signed = await signStatement({ any: 'thing' } as never, [ada]);
    expect(() => openEnvelope(signed, trusted)).toThrow(expect.objectContaining({ code: 'ATTESTATION_INVALID' }));
  });
});
