import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, describe, expect, it } from 'vitest';

import { rawKeyOf } from '../keys/verifier-key.ts';
import { isSameKey, isSignedWith, makePersonKey, openPersonKey, personKeyState, sealPersonKey } from './person-keys.ts';

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

  it('open under a passphrase of the person and no other once they are sealed, and stay the same key', () => {
    makePersonKey(folder, 'eve');
    const open = openPersonKey(folder, 'eve');
    const path = join(folder, 'person-eve.json');
    const { d } = JSON.parse(readFileSync(path, 'utf8')) as { readonly d: string };
    expect(personKeyState(folder, 'eve')).toBe('open');
    const never = (): string => {
      throw new Error('an open key asks for nothing');
    };
    sealPersonKey(folder, 'eve', never, () => 'first passphrase');
    expect(personKeyState(folder, 'eve')).toBe('sealed');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const text = readFileSync(path, 'utf8');
    expect(text).not.toContain(d);
    const sealed = openPersonKey(folder, 'eve', () => 'first passphrase');
    expect(sealed.verifierKey).toBe(open.verifierKey);
    expect(isSignedWith(open.verifierKey, message, sealed.sign(message))).toBe(true);
    const wrong = expect.objectContaining({ code: 'KEY_UNAVAILABLE' });
    expect(() => openPersonKey(folder, 'eve', () => 'First passphrase')).toThrow(wrong);
    expect(() => sealPersonKey(folder, 'eve', () => 'not the passphrase', never)).toThrow(wrong);
    expect(readFileSync(path, 'utf8')).toBe(text);
    // Weaker settings in the file make another key of the passphrase.
    writeFileSync(path, text.replace('"passes": 3', '"passes": 1'));
    expect(() => openPersonKey(folder, 'eve', () => 'first passphrase')).toThrow(wrong);
    writeFileSync(path, text);
    chmodSync(path, 0o640);
    expect(() => openPersonKey(folder, 'eve', never)).toThrow(expect.objectContaining({ code: 'LEDGER_KEY_UNSAFE' }));
    expect(personKeyState(folder, 'nobody')).toBe('absent');
  });

  it('are not said to be sealed anew under the passphrase that they have', () => {
    makePersonKey(folder, 'iris', () => 'first passphrase');
    const path = join(folder, 'person-iris.json');
    const before = readFileSync(path, 'utf8');
    expect(() =>
      sealPersonKey(
        folder,
        'iris',
        () => 'first passphrase',
        () => 'first passphrase',
      ),
    ).toThrow(
      expect.objectContaining({
        code: 'ARGUMENT_INVALID',
        message: expect.stringMatching(/nothing was changed.*unset COHORTIUM_PERSON_IRIS_PASSPHRASE/u),
      }),
    );
    expect(readFileSync(path, 'utf8')).toBe(before);
  });

  it('are sealed from the beginning, or not made at all', () => {
    const nothing = (): string => {
      throw new Error('no passphrase');
    };
    expect(() => makePersonKey(folder, 'nora', nothing)).toThrow('no passphrase');
    expect(personKeyState(folder, 'nora')).toBe('absent');
    const made = makePersonKey(folder, 'nora', () => 'first passphrase');
    expect(personKeyState(folder, 'nora')).toBe('sealed');
    const sealed = openPersonKey(folder, 'nora', () => 'first passphrase');
    expect(sealed.verifierKey).toBe(made?.verifierKey);
    expect(isSignedWith(sealed.verifierKey, message, sealed.sign(message))).toBe(true);
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
