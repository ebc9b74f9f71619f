import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, describe, expect, it } from 'vitest';

import { rawKeyOf } from './keyring.ts';
import { isSameKey, isSignedWith, makePersonKey, openPersonKey } from './person-keys.ts';

const folder = mkdtempSync(join(tmpdir(), 'person-keys-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('keys of persons', () => {
  const message = new TextEncoder().encode('approved');

  it('sign what the public half verifies, and nothing else', () => {
    const key = makePersonKey(folder, 'ada');
    const other = makePersonKey(folder, 'grace');
    const signature = key?.sign(message) ?? '';
    expect(isSignedWith(key?.verifierKey ?? '', message, signature)).toBe(true);
    expect(isSignedWith(key?.verifierKey ?? '', new TextEncoder().encode('approveD'), signature)).toBe(false);
    expect(isSignedWith(other?.verifierKey ?? '', message, signature)).toBe(false);
    expect(isSignedWith('no key', message, signature)).toBe(false);
    expect(isSignedWith(key?.verifierKey ?? '', message, 'not base64!')).toBe(false);
  });

  it('are one whatever name they carry', () => {
    const ada = openPersonKey(folder, 'ada').verifierKey;
    writeFileSync(
      join(folder, 'person-countess.json'),
      readFileSync(join(folder, 'person-ada.json'), 'utf8').replace('"ada"', '"countess"'),
      {
        mode: 0o600,
      },
    );
    const countess = openPersonKey(folder, 'countess').verifierKey;
    expect(countess).not.toBe(ada);
    expect(isSameKey(countess, ada)).toBe(true);
    expect(isSameKey(openPersonKey(folder, 'grace').verifierKey, ada)).toBe(false);
    expect(isSameKey('no key', ada)).toBe(false);
  });

  it('are made once, with a mode that keeps others out', () => {
    const before = openPersonKey(folder, 'ada').verifierKey;
    expect(makePersonKey(folder, 'ada')).toBeUndefined();
    expect(openPersonKey(folder, 'ada').verifierKey).toBe(before);
    expect(rawKeyOf(before)).toHaveLength(32);
    expect(statSync(join(folder, 'person-ada.json')).mode & 0o777).toBe(0o600);
  });

  it('are refused when absent, readable by others, of another person or damaged', () => {
    expect(() => openPersonKey(folder, 'nobody')).toThrow(expect.objectContaining({ code: 'PERSON_NOT_FOUND' }));
    makePersonKey(folder, 'mary');
    const path = join(folder, 'person-mary.json');
    chmodSync(path, 0o644);
    expect(() => openPersonKey(folder, 'mary')).toThrow(/mode 0644.*chmod 600/);
    chmodSync(path, 0o600);
    writeFileSync(path, readFileSync(join(folder, 'person-ada.json')));
    expect(() => openPersonKey(folder, 'mary')).toThrow(expect.objectContaining({ code: 'LEDGER_KEY_UNSAFE' }));
    const own = JSON.parse(readFileSync(path, 'utf8')) as Record<string, string>;
    for (const d of ['', 'abc', 'A'.repeat(44)]) {
      writeFileSync(path, JSON.stringify({ ...own, person: 'mary', d }));
      expect(() => openPersonKey(folder, 'mary')).toThrow(
        expect.objectContaining({ code: 'LEDGER_KEY_UNSAFE', message: expect.stringContaining('no Ed25519 key') }),
      );
    }
    writeFileSync(path, '{');
    expect(() => openPersonKey(folder, 'mary')).toThrow(expect.objectContaining({ code: 'LEDGER_KEY_UNSAFE' }));
  });
});
