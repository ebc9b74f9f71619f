/** The verifier against published vectors, against a log written as the RFC defines it, against forgers, and against garbage. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import {
  checkpointText,
  plainGrowth,
  plainPath,
  plainRoot,
  type PlainSigner,
  plainSigner,
  plainWitness,
  postQuantumWitness,
  signedNote,
} from '../../../test/fixtures/plain-log.ts';
import { canonicalJson } from '../../sdk/index.ts';
import {
  fieldCommitment,
  leafHash,
  readProofFile,
  readVerifierKey,
  readVerifierKeys,
  treeRoot,
  verifyAttestationOf,
  verifyCheckpoint,
  verifyConsistency,
  verifyDisclosure,
  verifyEnvelope,
  verifyErasure,
  verifyGrowth,
  verifyInclusion,
  verifyNote,
  verifyProof,
} from './verify.ts';

const hex = (hash: Uint8Array): string => Buffer.from(hash).toString('hex');
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const origin = 'ledger.example/one';
const ledger = plainSigner(origin);
const head = { kind: 'score', time: '2026-01-31T00:00:00.000Z', schema: 'cohortium/score@1', class: 'value' };

const fields = [
  { name: 'brand', salt: '01'.repeat(16), value: 'Ä "b"\n' },
  { name: 'clvMinor', salt: '02'.repeat(16), value: 12_345 },
  { name: 'tier', salt: '03'.repeat(16), value: { name: 'high', since: null } },
];
const commitments = fields.map(({ name, salt, value }) => fieldCommitment(name, Buffer.from(salt, 'hex'), value));
const commit = createHash('sha256')
  .update(Buffer.from(commitments.join(''), 'hex'))
  .digest('hex');
const items = Array.from({ length: 5 }, (_, position) =>
  canonicalJson({ position, kid: 'ab'.repeat(16), commit: position === 3 ? commit : sha256(`${position}`), ct: sha256('ct') }),
);
/** Records, but for leaf 4, which is a batch. */
const leaves = Array.from({ length: 7 }, (_, index) =>
  canonicalJson(
    index === 4
      ? { format: 'cohortium/batch@1', index, ...head, count: items.length, root: hex(plainRoot(items)) }
      : { format: 'cohortium/record@2', index, ...head, kid: 'cd'.repeat(16), commit, ct: sha256('ct'), att: sha256('att') },
  ),
);
const checkpoint = signedNote(checkpointText(origin, leaves), ledger.line(checkpointText(origin, leaves)));

function proofFile(index: number, extra: object = {}, note = checkpoint, log = leaves): string {
  const text = Buffer.from(canonicalJson({ leaf: log[index], ...extra })).toString('base64');
  const path = plainPath(index, log).map((hash) => hash.toString('base64'));
  return ['c2sp.org/tlog-proof@v1', `extra ${text}`, `index ${index}`, ...path, '', note].join('\n');
}

const item = { text: items[3], path: plainPath(3, items).map(hex) };
const recordProof = proofFile(2, { fields });
const itemProof = proofFile(4, { item, fields: [commitments[0], fields[1], commitments[2]] });

describe('signed notes', () => {
  it('hold as those of the Go checksum database do', () => {
    // The second is the example of c2sp.org/tlog-checkpoint under the name that it was taken from.
    const notes = [
      [
        "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n\n— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n",
        'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW',
      ],
      [
        'go.sum database tree\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n— sum.golang.org Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n',
        'sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8',
      ],
    ] as const;
    for (const [note, key] of notes) {
      expect(verifyNote(note, key)).toMatchObject({ holds: true, text: note.slice(0, note.indexOf('\n\n') + 1) });
      expect(verifyNote(note.replace('o', 'a'), key).holds).toBe(false);
      expect(verifyNote(note, ledger.verifierKey)).toEqual({ holds: false, reason: 'no trusted key has signed the note' });
    }
  });

  it('take a verifier key only when its id is that of its bytes', () => {
    expect(readVerifierKey(ledger.verifierKey)).toMatchObject({ holds: true, key: { name: origin, type: 'ed25519' } });
    const [name = '', id = '', ...rest] = ledger.verifierKey.split('+');
    const other = `${name}+${id.startsWith('0') ? '1' : '0'}${id.slice(1)}+${rest.join('+')}`;
    expect(readVerifierKey(other)).toMatchObject({ reason: expect.stringContaining('but its bytes are those of') });
    expect(readVerifierKey(`${name}+${id}+${Buffer.alloc(33, 9).toString('base64')}`).holds).toBe(false);
    expect(readVerifierKey(`${name}+${id}+${Buffer.alloc(30, 1).toString('base64')}`)).toMatchObject({
      reason: expect.stringContaining('29'),
    });
    expect(readVerifierKeys(`# ours\n\n${ledger.verifierKey}\n`)).toMatchObject({ holds: true, keys: [{ name: origin }] });
    expect(readVerifierKeys('\n')).toEqual({ holds: false, reason: 'there is no key' });
  });

  it('need the key of the ledger itself, and every key where all are required', () => {
    const text = checkpointText(origin, leaves);
    const [second, witness] = [plainSigner(origin), plainWitness('witness.example/w1')];
    const both = signedNote(text, ledger.line(text), second.line(text), witness.line(text, 1_767_225_600));
    const all = [ledger, second, witness].map(({ verifierKey }) => verifierKey).join('\n');
    const found = verifyCheckpoint(both, all, { isEveryKeyRequired: true });
    expect(found).toMatchObject({ holds: true, size: 7, root: hex(plainRoot(leaves)) });
    expect(found.holds && found.signers.map(({ time }) => time)).toEqual([null, null, 1_767_225_600]);
    expect(verifyCheckpoint(checkpoint, all).holds).toBe(true);
    expect(verifyCheckpoint(checkpoint, all, { isEveryKeyRequired: true })).toMatchObject({
      reason: expect.stringContaining('no signature'),
    });
    expect(verifyCheckpoint(both, witness.verifierKey)).toEqual({
      holds: false,
      reason: `no trusted key of ${origin} has signed the checkpoint`,
    });
    // A line that names a trusted key and does not hold spoils the note, whoever else has signed.
    const bad = signedNote(text, ledger.line(text), witness.line(checkpointText(origin, []), 1));
    expect(verifyCheckpoint(bad, all)).toMatchObject({ reason: expect.stringContaining('witness.example/w1') });
  });

  it('hold with a second signature by ML-DSA-44 where the runtime has it', () => {
    const text = checkpointText(origin, leaves);
    const witness = postQuantumWitness(origin);
    if (!witness) return; // Node before 24.6
    const note = signedNote(text, ledger.line(text), witness.line(text, 0));
    const keys = `${ledger.verifierKey}\n${witness.verifierKey}\n`;
    expect(verifyCheckpoint(note, keys, { isEveryKeyRequired: true })).toMatchObject({
      signers: [{ type: 'ed25519' }, { type: 'ml-dsa-44', time: null }],
    });
    const other = signedNote(text, ledger.line(text), witness.line(checkpointText(origin, leaves.slice(1)), 0));
    expect(verifyCheckpoint(other, keys).holds).toBe(false);
  });
});

describe('trees', () => {
  it('have the roots of the test vectors of Certificate Transparency', () => {
    // Leaves and roots as in the Merkle tree tests of the CT log implementations.
    const vectors = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f'].map((leaf) =>
      Buffer.from(leaf, 'hex'),
    );
    const roots = [
      'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
      '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
      'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
      'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
      'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
      '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
      '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
      'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
      '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
    ];
    expect(roots.map((_, size) => treeRoot(vectors.slice(0, size)))).toEqual(roots);
  });

  it('are proved as recursion over all leaves proves them, up to 3,000 leaves', () => {
    const all = Array.from({ length: 3000 }, (_, index) => `leaf ${index}`);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: all.length }), fc.nat(), fc.nat(), fc.nat({ max: 255 }), (size, a, b, bit) => {
        const log = all.slice(0, size);
        const [index, old] = [a % size, b % (size + 1)];
        const root = hex(plainRoot(log));
        expect(treeRoot(log)).toBe(root);
        const claim = { leafHash: leafHash(log[index] ?? ''), index, size, path: plainPath(index, log).map(hex), root };
        const growth = {
          from: { size: old, root: hex(plainRoot(log.slice(0, old))) },
          to: { size, root },
          path: plainGrowth(old, log).map(hex),
        };
        expect(verifyInclusion(claim)).toEqual({ holds: true });
        expect(verifyConsistency(growth)).toEqual({ holds: true });
        const flip = (hash: string): string => {
          const bytes = Buffer.from(hash, 'hex');
          bytes[bit >> 3]! ^= 1 << (bit & 7);
          return hex(bytes);
        };
        const bend = (path: readonly string[], at: number): string[] => path.map((hash, step) => (step === at ? flip(hash) : hash));
        const spoilt = [
          { ...claim, leafHash: flip(claim.leafHash) },
          { ...claim, root: flip(root) },
          { ...claim, path: [...claim.path, root] },
          ...(claim.path.length > 0
            ? [
                { ...claim, path: bend(claim.path, b % claim.path.length) },
                { ...claim, path: claim.path.slice(1) },
              ]
            : []),
          ...(size > 1 ? [{ ...claim, index: (index + 1) % size }] : []),
        ];
        for (const one of spoilt) expect(verifyInclusion(one).holds).toBe(false);
        const forked = [
          { ...growth, from: { ...growth.from, root: flip(growth.from.root) } },
          ...(old > 0 ? [{ ...growth, to: { size, root: flip(root) } }] : []),
          ...(old > 0 ? [{ ...growth, path: [...growth.path, root] }] : []),
          ...(growth.path.length > 0
            ? [
                { ...growth, path: bend(growth.path, a % growth.path.length) },
                { ...growth, path: growth.path.slice(1) },
              ]
            : []),
        ];
        for (const one of forked) expect(verifyConsistency(one).holds).toBe(false);
      }),
      { numRuns: 40 },
    );
  });
});

describe('proof files', () => {
  it('prove a record, an item of a batch, and the fields that are shown', () => {
    const record = verifyProof(recordProof, ledger.verifierKey);
    expect(record).toMatchObject({ holds: true, index: 2, item: null, kind: 'score', time: head.time, checkpoint: { size: 7, origin } });
    expect(record.holds && record.fields).toEqual(Object.fromEntries(fields.map(({ name, value }) => [name, value])));
    const one = verifyProof(itemProof, ledger.verifierKey);
    expect(one).toMatchObject({ holds: true, index: 4, item: 3, commits: { position: 3, commit } });
    expect(one.holds && one.fields).toEqual({ clvMinor: 12_345 });
    expect(verifyProof(proofFile(6), ledger.verifierKey)).toMatchObject({ holds: true, fields: null });
  });

  it('are refused with any one character changed', () => {
    for (const proof of [recordProof, itemProof]) {
      for (let at = 0; at < proof.length; at++) {
        const changed = proof[at] === 'A' ? 'B' : 'A';
        const verdict = verifyProof(`${proof.slice(0, at)}${changed}${proof.slice(at + 1)}`, ledger.verifierKey);
        expect(verdict.holds, `character ${at} of ${JSON.stringify(proof.slice(at - 10, at + 10))}`).toBe(false);
      }
    }
  });

  it('say what is missing or does not fit', () => {
    const reason = (proof: string): string => {
      const verdict = verifyProof(proof, ledger.verifierKey);
      return verdict.holds ? 'holds' : verdict.reason;
    };
    expect(reason(proofFile(4))).toBe('the leaf is a batch of 5 records, but the proof does not say which');
    expect(reason(proofFile(2, { item }))).toBe('the leaf is one record, but the proof names an item in it');
    expect(reason(proofFile(4, { item: { ...item, text: items[2] } }))).toContain('in the batch: ');
    expect(reason(proofFile(4, { item: { ...item, path: [] } }))).toBe(
      'in the batch: the inclusion proof has fewer hashes than the tree has levels',
    );
    expect(reason(proofFile(2, { fields: [fields[1]] }))).toBe('the disclosed fields are not those that the record commits to');
    expect(reason(proofFile(2, { fields: [fields[0], fields[0], fields[1]] }))).toBe("the field 'brand' is out of order, or there twice");
    expect(reason(proofFile(2, { other: 1 }))).toBe('the proof does not carry the leaf that it is about');
    expect(reason(recordProof.replace(/^extra .*\n/m, ''))).toBe('the proof does not carry the leaf that it is about');
    expect(reason(proofFile(2).replace('index 2', 'index 02'))).toContain('the file is no proof');
    expect(reason(proofFile(2).replace('index 2', 'index 99'))).toBe('there is no leaf 99 in a tree of 7');
    expect(reason('')).toContain('the file is no proof');
  });

  it('are refused for a leaf that is signed for but can be read in two ways', () => {
    const log = [leaves[0] ?? '', '{"format":"cohortium/record@2","index":0,"index":1,"kind":"score","time":"t"}', '{"index": 2}'];
    const note = signedNote(checkpointText(origin, log), ledger.line(checkpointText(origin, log)));
    expect(verifyProof(proofFile(0, {}, note, log), ledger.verifierKey).holds).toBe(true);
    for (const index of [1, 2]) {
      expect(verifyProof(proofFile(index, {}, note, log), ledger.verifierKey)).toMatchObject({
        reason: expect.stringContaining('no record'),
      });
    }
  });

  it('prove that a ledger only grew', () => {
    const old = signedNote(checkpointText(origin, leaves.slice(0, 3)), ledger.line(checkpointText(origin, leaves.slice(0, 3))));
    const file = (log: readonly string[], size = 3): string =>
      [
        `old ${size}`,
        ...plainGrowth(size, log).map((hash) => hash.toString('base64')),
        '',
        signedNote(checkpointText(origin, log), ledger.line(checkpointText(origin, log))),
      ].join('\n');
    expect(verifyGrowth(file(leaves), old, ledger.verifierKey)).toMatchObject({ holds: true, from: { size: 3 }, to: { size: 7 } });
    // Signed with the stolen key, and consistent in itself.
    const forged = leaves.map((leaf, index) => (index === 1 ? leaf.replace('score', 'other') : leaf));
    expect(verifyGrowth(file(forged), old, ledger.verifierKey)).toMatchObject({ reason: expect.stringContaining('history was rewritten') });
    expect(verifyGrowth(file(leaves, 2), old, ledger.verifierKey)).toMatchObject({ reason: expect.stringContaining('has 3') });
    expect(verifyGrowth(file(leaves.slice(0, 2), 0), old, ledger.verifierKey).holds).toBe(false);
  });
});

describe('disclosed fields', () => {
  it('hold in any selection, and in no other', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { minLength: 3, maxLength: 3 }), (shown) => {
        const given = fields.map((field, at) => (shown[at] ? field : (commitments[at] ?? '')));
        const expected = Object.fromEntries(fields.filter((_, at) => shown[at]).map(({ name, value }) => [name, value]));
        expect(verifyDisclosure(given, commit)).toEqual({ holds: true, fields: expected });
        expect(verifyDisclosure(given.slice(1), commit).holds).toBe(false);
        expect(verifyDisclosure([...given, given[0] ?? ''], commit).holds).toBe(false);
      }),
      { numRuns: 8 },
    );
    const with1 = (change: object): boolean =>
      verifyDisclosure([commitments[0]!, { ...fields[1]!, ...change }, commitments[2]!], commit).holds;
    expect(with1({})).toBe(true);
    expect([with1({ value: 12_346 }), with1({ value: '12345' }), with1({ name: 'clv' }), with1({ salt: '04'.repeat(16) })]).toEqual([
      false,
      false,
      false,
      false,
    ]);
    expect(with1({ salt: '02' })).toBe(false);
  });
});

describe('statements', () => {
  const person = plainSigner('counsel.example/jane');
  const statement = (digest: string, predicate: object = { decision: 'pass' }): object => ({
    _type: 'https://in-toto.io/Statement/v1',
    subject: [{ name: 'record', digest: { sha256: digest } }],
    predicateType: 'https://cohortium.example/decision/v1',
    predicate,
  });

  it('hold when a trusted key signed them', () => {
    const envelope = person.envelope(statement(sha256('x')));
    expect(verifyEnvelope(envelope, person.verifierKey)).toMatchObject({
      holds: true,
      signers: [{ name: 'counsel.example/jane' }],
      subjects: { record: sha256('x') },
      predicate: { decision: 'pass' },
    });
    expect(verifyEnvelope(JSON.stringify(envelope), person.verifierKey).holds).toBe(true);
    expect(verifyEnvelope(envelope, ledger.verifierKey)).toEqual({ holds: false, reason: 'no trusted key has signed the envelope' });
    const other = Buffer.from(JSON.stringify(statement(sha256('y')))).toString('base64');
    expect(verifyEnvelope({ ...envelope, payload: other }, person.verifierKey).holds).toBe(false);
    expect(verifyEnvelope({ ...envelope, payloadType: 'text/plain' }, person.verifierKey).holds).toBe(false);
    expect(verifyEnvelope({ ...envelope, signatures: [] }, person.verifierKey).holds).toBe(false);
    expect(verifyEnvelope(person.envelope(statement('short')), person.verifierKey)).toMatchObject({
      reason: expect.stringContaining('with subjects and their SHA-256'),
    });
  });

  it('are signed by keys that sign texts, once each; a witness of trees states nothing', () => {
    const envelope = person.envelope(statement(sha256('x')));
    const raw = Buffer.from(person.verifierKey.split('+').slice(2).join('+'), 'base64').subarray(1);
    const bytes = Buffer.concat([Buffer.from([4]), raw]);
    const id = createHash('sha256').update('witness.example\n').update(bytes).digest('hex').slice(0, 8);
    const witness = `witness.example+${id}+${bytes.toString('base64')}`;
    expect(readVerifierKey(witness)).toMatchObject({ holds: true, key: { type: 'ed25519-cosignature' } });
    expect(verifyEnvelope(envelope, witness)).toEqual({ holds: false, reason: 'no trusted key has signed the envelope' });
    const [signature] = envelope['signatures'] as readonly unknown[];
    const twice = verifyEnvelope({ ...envelope, signatures: [signature, signature] }, person.verifierKey);
    expect(twice.holds && twice.signers.length).toBe(1);
  });

  it('belong to the record whose leaf names their digest', () => {
    const envelope = person.envelope(statement(sha256('x')));
    const log = [canonicalJson({ format: 'cohortium/record@2', index: 0, ...head, att: sha256(canonicalJson(envelope)) }), leaves[1] ?? ''];
    const note = signedNote(checkpointText(origin, log), ledger.line(checkpointText(origin, log)));
    const [first, second] = [0, 1].map((index) => verifyProof(proofFile(index, {}, note, log), ledger.verifierKey));
    if (!first?.holds || !second?.holds) throw new Error('the proofs hold');
    expect(verifyAttestationOf(first, envelope, person.verifierKey).holds).toBe(true);
    expect(verifyAttestationOf(first, JSON.stringify(envelope, null, 2), person.verifierKey).holds).toBe(true);
    expect(verifyAttestationOf(second, envelope, person.verifierKey)).toMatchObject({
      reason: expect.stringContaining('another attestation'),
    });
    expect(verifyAttestationOf(first, person.envelope(statement(sha256('z'))), person.verifierKey).holds).toBe(false);
  });

  it('of the service belong to the records that they name only', () => {
    const attested = (subject: string, digest: string) => {
      const envelope = person.envelope({
        ...statement(digest),
        subject: [{ name: subject, digest: { sha256: digest } }],
        predicateType: 'https://cohortium.dev/attestation/records/v1',
      });
      const log = [canonicalJson({ format: 'cohortium/record@2', index: 0, ...head, commit, att: sha256(canonicalJson(envelope)) })];
      const text = checkpointText(origin, log);
      const proven = verifyProof(proofFile(0, {}, signedNote(text, ledger.line(text)), log), ledger.verifierKey);
      if (!proven.holds) throw new Error(proven.reason);
      return verifyAttestationOf(proven, envelope, person.verifierKey);
    };
    expect(attested('score/0', commit).holds).toBe(true);
    expect(attested('score/1', commit)).toMatchObject({ reason: expect.stringContaining('not about record 0') });
    expect(attested('score/0', sha256('other')).holds).toBe(false);
  });

  it('about an act belong to a record of that act that comes after what they know, and to no other body', () => {
    const said = { act: 'ab'.repeat(16), hold: 'suit' };
    const salts = ['04', '05'].map((digit) => digit.repeat(16));
    const names = Object.keys(said).sort() as (keyof typeof said)[];
    const shown = names.map((name, at) => ({ name, salt: salts[at] ?? '', value: said[name] }));
    const hidden = shown.map(({ name, salt, value }) => fieldCommitment(name, Buffer.from(salt, 'hex'), value));
    const whole = createHash('sha256')
      .update(Buffer.concat(hidden.map((one) => Buffer.from(one, 'hex'))))
      .digest('hex');
    const attested = (
      kind: string,
      change: { readonly size?: number; readonly body?: unknown; readonly act?: string },
      shows: readonly unknown[] = shown,
    ) => {
      const envelope = person.envelope({
        _type: 'https://in-toto.io/Statement/v1',
        subject: [{ name: 'custody.held', digest: { sha256: sha256(canonicalJson(change.body ?? said)) } }],
        predicateType: `https://cohortium.dev/attestation/${change.act ?? 'held'}/v1`,
        predicate: { ledger: { origin, size: change.size ?? 0 } },
      });
      const log = [
        canonicalJson({ format: 'cohortium/record@2', index: 0, ...head, kind, commit: whole, att: sha256(canonicalJson(envelope)) }),
      ];
      const text = checkpointText(origin, log);
      const proven = verifyProof(proofFile(0, { fields: shows }, signedNote(text, ledger.line(text)), log), ledger.verifierKey);
      if (!proven.holds) throw new Error(proven.reason);
      return verifyAttestationOf(proven, envelope, person.verifierKey);
    };
    expect(attested('custody.held', {})).toMatchObject({ holds: true });
    expect(attested('custody.released', {})).toMatchObject({ reason: expect.stringContaining('another act') });
    expect(attested('custody.held', { act: 'released' })).toMatchObject({ reason: expect.stringContaining('another act') });
    expect(attested('custody.held', { size: 1 })).toMatchObject({ reason: expect.stringContaining('stands before them') });
    expect(attested('custody.held', { body: { ...said, hold: 'other' } })).toMatchObject({
      reason: expect.stringContaining('another body'),
    });
    // What is not shown cannot be compared.
    expect(attested('custody.held', { body: { ...said, hold: 'other' } }, [shown[0], hidden[1]])).toMatchObject({ holds: true });
  });

  it('of an erasure hold with the proof of its record only', () => {
    const leaf = canonicalJson({ format: 'cohortium/record@2', index: 0, ...head, kind: 'erasure.completed', commit, ct: commit });
    const log = [leaf, leaves[1] ?? ''];
    const note = signedNote(checkpointText(origin, log), ledger.line(checkpointText(origin, log)));
    const keys = `${ledger.verifierKey}\n${person.verifierKey}`;
    const receipt = { envelope: person.envelope(statement(sha256(leaf))), proof: proofFile(0, {}, note, log) };
    expect(verifyErasure(receipt, keys)).toMatchObject({ holds: true, record: { kind: 'erasure.completed' } });
    expect(verifyErasure(JSON.stringify(receipt), keys).holds).toBe(true);
    expect(verifyErasure(receipt, ledger.verifierKey).holds).toBe(false);
    expect(verifyErasure({ ...receipt, proof: proofFile(1, {}, note, log) }, keys)).toMatchObject({
      reason: expect.stringContaining("'score'"),
    });
    expect(verifyErasure({ ...receipt, envelope: person.envelope(statement(sha256('other'))) }, keys)).toMatchObject({
      reason: 'the statement is about another record than the one proved',
    });
  });
});

describe('garbage', () => {
  const doors: readonly ((...args: readonly never[]) => unknown)[] = [
    readVerifierKey,
    readVerifierKeys,
    verifyNote,
    verifyCheckpoint,
    verifyInclusion,
    verifyConsistency,
    readProofFile,
    verifyProof,
    verifyGrowth,
    verifyDisclosure,
    verifyEnvelope,
    verifyAttestationOf,
    verifyErasure,
  ];

  it('is refused by every function, and makes none throw', () => {
    const anything = fc.anything({ withBigInt: true, withNullPrototype: true, withTypedArray: true });
    fc.assert(
      fc.property(fc.constantFrom(...doors), fc.array(anything, { maxLength: 3 }), (door, args) => {
        const verdict = door(...(args as never[]));
        expect(verdict).toMatchObject({ holds: false, reason: expect.any(String) });
      }),
      { numRuns: 2000 },
    );
  });

  it('spliced into a proof is refused too', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(recordProof, itemProof),
        fc.nat(),
        fc.nat({ max: 40 }),
        fc.string({ unit: 'binary' }),
        (proof, a, cut, text) => {
          const at = a % proof.length;
          const spliced = `${proof.slice(0, at)}${text}${proof.slice(at + cut)}`;
          fc.pre(spliced !== proof);
          expect(verifyProof(spliced, ledger.verifierKey).holds).toBe(false);
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('of any depth ends in a refusal', () => {
    const deep = `${'['.repeat(200_000)}${']'.repeat(200_000)}`;
    const extra = Buffer.from(`{"leaf":${JSON.stringify('x')},"fields":${deep}}`).toString('base64');
    expect(verifyProof(proofFile(2).replace(/^extra .*$/m, `extra ${extra}`), ledger.verifierKey).holds).toBe(false);
    expect(verifyErasure(deep, ledger.verifierKey).holds).toBe(false);
  });
});

describe("a list of keys that took each other's place", () => {
  const [first, second, third] = [plainSigner(origin), plainSigner(origin), plainSigner(origin)];
  const [service, nextService] = [plainSigner('ledger.example/service'), plainSigner('ledger.example/service')];
  type Handover = readonly [role: string, after: number, before: PlainSigner, key: PlainSigner];
  const handover = ([role, after, before, key]: Handover, isLost = false) => {
    const text = `cohortium/key-handover@1\n${role}\n${origin}\n${after}\n${before.verifierKey}\n${key.verifierKey}\n`;
    return { key: key.verifierKey, after, signatures: { before: isLost ? null : before.signed(text), itself: key.signed(text) } };
  };
  const list = (checkpoint: readonly unknown[], attestor: readonly unknown[] = []): string =>
    JSON.stringify({ format: 'cohortium/verifier-keys@1', origin, checkpoint, attestor });
  const start = { key: first.verifierKey, after: 0, signatures: null };
  const keys = list([start, handover(['checkpoint', 4, first, second]), handover(['checkpoint', 6, second, third])]);
  const note = (size: number, signer: PlainSigner): string => {
    const text = checkpointText(origin, leaves.slice(0, size));
    return signedNote(text, signer.line(text));
  };
  const at = (size: number, signer: PlainSigner): boolean => verifyCheckpoint(note(size, signer), keys).holds;

  it('lets each sign for the sizes of its time, and for no others', () => {
    const sizes = [0, 1, 4, 5, 6, 7];
    expect(sizes.filter((size) => at(size, first))).toEqual([0, 1, 4]);
    expect(sizes.filter((size) => at(size, second))).toEqual([5, 6]);
    expect(sizes.filter((size) => at(size, third))).toEqual([7]);
    expect(verifyCheckpoint(note(7, first), keys)).toMatchObject({ reason: expect.stringContaining('that signs at 7 leaves') });
  });

  it('proves that the ledger grew across a change of keys', () => {
    const [older, newer] = [note(3, first), note(7, third)];
    const growth = `old 3\n${plainGrowth(3, leaves)
      .map((hash) => `${hash.toString('base64')}\n`)
      .join('')}\n${newer}`;
    expect(verifyGrowth(growth, older, keys)).toMatchObject({ holds: true, from: { size: 3 }, to: { size: 7 } });
    expect(verifyGrowth(growth, older, third.verifierKey).holds).toBe(false);
  });

  it('is refused when a key was not signed for, is out of order or is no list', () => {
    const good = handover(['checkpoint', 4, first, second]);
    const bad = (entry: unknown) => readVerifierKeys(list([start, entry]));
    expect(bad({ ...good, after: 5 })).toMatchObject({ reason: expect.stringContaining('did not sign for itself') });
    expect(bad({ ...good, signatures: { ...good.signatures, before: good.signatures.itself } })).toMatchObject({
      reason: expect.stringContaining('was not signed for by the key before it'),
    });
    expect(bad({ ...good, signatures: null }).holds).toBe(false);
    expect(bad({ ...good, after: -1 }).holds).toBe(false);
    expect(readVerifierKeys(list([good])).holds).toBe(false);
    expect(readVerifierKeys(list([])).holds).toBe(false);
    expect(readVerifierKeys('{').holds).toBe(false);
    expect(readVerifierKeys(keys.replace('keys@1', 'keys@2'))).toMatchObject({ reason: expect.stringContaining('keys@1') });
  });

  it('ends where a key was lost, so that the next has to be given in another way', () => {
    const lost = list([start, handover(['checkpoint', 4, first, second], true), handover(['checkpoint', 6, second, third])]);
    expect(verifyCheckpoint(note(4, first), lost).holds).toBe(true);
    expect(verifyCheckpoint(note(5, first), lost).holds).toBe(false);
    expect(verifyCheckpoint(note(5, second), lost).holds).toBe(false);
    expect(verifyCheckpoint(note(7, third), lost).holds).toBe(false);
    expect(verifyCheckpoint(note(5, second), second.verifierKey).holds).toBe(true);
  });

  it('holds the keys that statements are signed with', () => {
    const both = list([start], [{ key: service.verifierKey, after: 0, signatures: null }, handover(['attestor', 4, service, nextService])]);
    const statement = {
      _type: 'https://in-toto.io/Statement/v1',
      subject: [{ name: 'one', digest: { sha256: sha256('one') } }],
      predicateType: 'https://example.com/any/v1',
      predicate: {},
    };
    expect(verifyEnvelope(service.envelope(statement), both).holds).toBe(true);
    expect(verifyEnvelope(nextService.envelope(statement), both).holds).toBe(true);
    expect(verifyEnvelope(third.envelope(statement), both).holds).toBe(false);
  });

  const attestors = [{ key: service.verifierKey, after: 0, signatures: null }, handover(['attestor', 4, service, nextService])];
  const claiming = (size: number) => ({
    _type: 'https://in-toto.io/Statement/v1',
    subject: [{ name: 'one', digest: { sha256: sha256('one') } }],
    predicateType: 'https://example.com/any/v1',
    predicate: { time: '2020-01-01T00:00:00.000Z', ledger: { origin, size } },
  });

  it('lets a key verify what stands in the ledger while it was in force: not before it was made, nor after it was replaced', () => {
    const both = list([start], attestors);
    const holdsAt = (signer: typeof service, claimed: number): readonly number[] =>
      [1, 4, 5, 7].filter((size) => verifyEnvelope(signer.envelope(claiming(claimed)), both, { size }).holds);
    expect(holdsAt(service, 0)).toEqual([1, 4]);
    expect(holdsAt(nextService, 0)).toEqual([5, 7]);
    // Whatever the statement claims of its own time.
    expect(holdsAt(service, 6)).toEqual([1, 4]);
    expect(holdsAt(nextService, 2)).toEqual([5, 7]);
    expect(verifyEnvelope(service.envelope(claiming(0)), both, { size: 7 })).toMatchObject({
      reason: expect.stringContaining('not in force at 7 leaves'),
    });
  });

  it('goes by what a statement claims only where nothing else is known', () => {
    const both = list([start], attestors);
    expect(verifyEnvelope(service.envelope(claiming(3)), both).holds).toBe(true);
    expect(verifyEnvelope(service.envelope(claiming(4)), both).holds).toBe(true);
    expect(verifyEnvelope(service.envelope(claiming(5)), both).holds).toBe(false);
    expect(verifyEnvelope(nextService.envelope(claiming(3)), both).holds).toBe(false);
    expect(verifyEnvelope(nextService.envelope(claiming(4)), both).holds).toBe(true);
  });

  it('has the keys of people with their end; one that was revoked verifies by its place in the ledger alone', () => {
    const person = plainSigner('cohortium.local/person/ada');
    const withPeople = (people: unknown): string => JSON.stringify({ ...(JSON.parse(list([start])) as object), people });
    const keys = withPeople([{ key: person.verifierKey, after: 2, upTo: 5 }]);
    const envelope = person.envelope(claiming(3));
    expect([1, 2, 3, 5, 6].filter((size) => verifyEnvelope(envelope, keys, { size }).holds)).toEqual([3, 5]);
    expect(verifyEnvelope(envelope, keys)).toMatchObject({ reason: expect.stringContaining('without a place in the ledger') });
    const inForce = withPeople([{ key: person.verifierKey, after: 2, upTo: null }]);
    expect(verifyEnvelope(envelope, inForce).holds).toBe(true);
    expect(verifyEnvelope(envelope, inForce, { size: 2 }).holds).toBe(false);
    expect(verifyEnvelope(envelope, inForce, { size: 7 }).holds).toBe(true);
    for (const bad of [
      {},
      [7],
      [{ key: person.verifierKey }],
      [{ key: 'x', after: 0, upTo: null }],
      [{ key: person.verifierKey, after: -1, upTo: 2 }],
    ]) {
      expect(readVerifierKeys(withPeople(bad)).holds, JSON.stringify(bad)).toBe(false);
    }
  });
});

describe('the file', () => {
  it('imports nothing but node:crypto, and runs alone', () => {
    const source = readFileSync(join(import.meta.dirname, 'verify.ts'), 'utf8');
    expect([...source.matchAll(/^import .* from '(.*)';$/gm)].map(([, name]) => name)).toEqual(['node:crypto']);
    const folder = mkdtempSync(join(tmpdir(), 'cohortium-verify-'));
    copyFileSync(join(import.meta.dirname, 'verify.ts'), join(folder, 'verify.mts'));
    const write = (name: string, text: string): string => {
      writeFileSync(join(folder, name), text);
      return name;
    };
    const run = (...args: readonly string[]) => spawnSync(process.execPath, ['verify.mts', ...args], { cwd: folder, encoding: 'utf8' });
    const key = write('ledger.vkey', `${ledger.verifierKey}\n`);
    const good = run(write('good.tlog-proof', itemProof), key);
    expect(good.stdout).toContain(`holds: record 4/3 of kind score, written ${head.time}, is in the ledger`);
    expect(good.stdout).toContain('field      clvMinor = 12345');
    expect(good.status).toBe(0);
    const bad = run(write('bad.tlog-proof', itemProof.replace('index 4', 'index 5')), key);
    expect(bad.stdout).toBe(`does NOT hold: leaf 5 does not lead to the root ${hex(plainRoot(leaves))}\n`);
    expect(bad.status).toBe(1);
    // Whoever made the proof must not be able to write the verdict.
    const forged = 'x\u001b[2K\rholds: record 1\nholds: record 1\u009b1A\u202e';
    const log = [canonicalJson({ format: forged, index: 0, kind: forged, time: head.time })];
    const note = signedNote(checkpointText(origin, log), ledger.line(checkpointText(origin, log)));
    const sly = run(write('sly.tlog-proof', proofFile(0, {}, note, log)), key);
    expect(sly.status).toBe(1);
    expect(sly.stdout).toMatch(/^does NOT hold: the leaf has the format 'x·[^\n]*\n$/);
    // oxlint-disable-next-line no-control-regex -- these are what must not be printed
    expect(sly.stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/);
    expect(run('absent', key)).toMatchObject({ status: 2, stderr: expect.stringContaining('ENOENT') });
    expect(run()).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/^usage: node verify\.mts <record.*\n {7}node verify\.mts <growth>/),
    });
  });
});
