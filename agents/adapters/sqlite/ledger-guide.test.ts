/** The proof checker of docs/how-to/verify-the-ledger.md, pasted into a file and run on proofs of a real ledger. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { canonicalJson, column, errorTable, makeTable } from '../../../skills/sdk/index.ts';
import { createMemoryContent } from '../../../test/fixtures/memory-content.ts';
import { openKeyring } from '../files/keyring.ts';
import { createLedger } from './ledger.ts';

const guide = readFileSync(join(import.meta.dirname, '..', '..', '..', 'docs', 'how-to', 'verify-the-ledger.md'), 'utf8');

describe('the guide to verifying the ledger', () => {
  it('has a checker that takes every true proof and no other', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'cohortium-guide-'));
    writeFileSync(join(directory, 'check-proof.mjs'), /```js\n([^]*?)```/.exec(guide)?.[1] ?? '');
    const content = createMemoryContent();
    const keyring = openKeyring(join(directory, 'keys'));
    const ledger = createLedger({ directory, content, keyring, clock: { now: () => 0 } });
    const rows = Array.from({ length: 7 }, (_, row) => row);
    const table = makeTable({
      kind: column.text(rows.map(() => 'decision')),
      key: column.text(rows.map(String)),
      subject: column.text(rows.map(String)),
      body: column.text(rows.map((row) => canonicalJson({ row, text: 'ä "quoted"\n', list: [1.5, null, true] }))),
    });
    await ledger.append({ records: content.putTable(table) }, { signal: new AbortController().signal, idempotencyKey: 'e' });
    const check = (proof: unknown, vkey = keyring.verifierKey): number | null => {
      writeFileSync(join(directory, 'proof.json'), JSON.stringify(proof, null, 2));
      writeFileSync(join(directory, 'other.vkey'), `${vkey}\n`);
      return spawnSync(process.execPath, ['check-proof.mjs', 'proof.json', 'other.vkey'], { cwd: directory }).status;
    };
    for (const index of [0, 3, 6]) expect(check(ledger.proof(index))).toBe(0);
    const proof = ledger.proof(4);
    expect(check({ ...proof, record: { ...proof.record, kind: 'other' } })).toBe(1);
    expect(check({ ...proof, index: 5 })).toBe(1);
    expect(check({ ...proof, inclusion: proof.inclusion.slice(1) })).toBe(1);
    expect(check(proof, openKeyring(join(directory, 'others')).verifierKey)).toBe(1);
  });

  it('names only codes that there are', () => {
    const named = Array.from(guide.matchAll(/`((?:LEDGER|STORE)_[A-Z_]+)`/g), ([, code]) => code ?? '');
    expect(named.length).toBeGreaterThan(5);
    for (const code of named) expect(Object.keys(errorTable)).toContain(code);
  });
});
