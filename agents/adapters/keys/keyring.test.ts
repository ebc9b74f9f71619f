import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { openKeyring } from './keyring.ts';

const folder = (): string => join(mkdtempSync(join(tmpdir(), 'cohortium-keys-')), 'keys');
const codeOf = (work: () => unknown): unknown => {
  try {
    work();
  } catch (error) {
    return (error as { readonly code?: unknown }).code; // the code is what is asked for
  }
  return undefined;
};

describe('the keyring', () => {
  it('makes keys that only their owner can read, and finds them again', () => {
    const directory = folder();
    const keys = openKeyring(directory);
    const secret = keys.webhookSecret('offers');
    for (const name of readdirSync(directory).filter((file) => file.endsWith('.json'))) {
      expect(statSync(join(directory, name)).mode & 0o777).toBe(0o600);
    }
    expect(statSync(directory).mode & 0o777).toBe(0o700);
    const again = openKeyring(directory);
    expect(again.verifierKey).toBe(keys.verifierKey);
    expect(again.webhookSecret('offers')).toBe(secret);
    expect(again.webhookSecret('loyalty-desk')).not.toBe(secret);
    expect(again.isDemonstration).toBe(false);
    expect(readFileSync(join(directory, 'ledger.vkey'), 'utf8')).toBe(`${keys.verifierKey}\n`);
  });

  it('draws other keys in every folder', () => {
    const [a, b] = [openKeyring(folder()), openKeyring(folder())];
    expect(a.verifierKey).not.toBe(b.verifierKey);
    expect(a.commit('subject', 'c-1')).not.toBe(b.commit('subject', 'c-1'));
  });

  it('derives the same keys from the same seed, and says in the files that they are for demonstration', () => {
    const directory = folder();
    const keys = openKeyring(directory, { demonstrationSeed: '42' });
    expect(openKeyring(folder(), { demonstrationSeed: '42' }).verifierKey).toBe(keys.verifierKey);
    expect(openKeyring(folder(), { demonstrationSeed: '43' }).verifierKey).not.toBe(keys.verifierKey);
    expect(keys.isDemonstration).toBe(true);
    expect(readFileSync(join(directory, 'ledger-signing.json'), 'utf8')).toContain('DEMONSTRATION KEY');
  });

  it('keeps a real key when it is opened with a seed afterwards', () => {
    const directory = folder();
    const keys = openKeyring(directory);
    expect(openKeyring(directory, { demonstrationSeed: '42' })).toMatchObject({ verifierKey: keys.verifierKey, isDemonstration: false });
  });

  it.skipIf(process.platform === 'win32')('refuses a key that others can read', () => {
    const directory = folder();
    openKeyring(directory);
    chmodSync(join(directory, 'ledger-signing.json'), 0o640);
    expect(codeOf(() => openKeyring(directory))).toBe('LEDGER_KEY_UNSAFE');
  });

  it('refuses a file that is not the key it should be', () => {
    const directory = folder();
    openKeyring(directory);
    writeFileSync(join(directory, 'ledger-signing.json'), readFileSync(join(directory, 'subject-commitment.json')));
    expect(codeOf(() => openKeyring(directory))).toBe('LEDGER_KEY_UNSAFE');
    writeFileSync(join(directory, 'ledger-signing.json'), 'not json');
    expect(codeOf(() => openKeyring(directory))).toBe('LEDGER_KEY_UNSAFE');
  });

  it('makes no checkpoint key beside a ledger that another one signed, but where a seed gives the same one', () => {
    const directory = folder();
    const demonstration = openKeyring(directory, { demonstrationSeed: '42' }).verifierKey;
    writeFileSync(join(dirname(directory), 'ledger.db'), '');
    rmSync(directory, { recursive: true });
    const lost = expect.objectContaining({ code: 'KEY_UNAVAILABLE', message: expect.stringContaining('cohortium keys recover') });
    expect(() => openKeyring(directory)).toThrow(lost);
    expect(existsSync(directory)).toBe(false);
    mkdirSync(directory, { mode: 0o700 });
    expect(() => openKeyring(directory)).toThrow(lost);
    expect(readdirSync(directory)).toEqual([]);
    expect(openKeyring(directory, { demonstrationSeed: '42' }).verifierKey).toBe(demonstration);
  });

  it('commits to a pair of texts, not to their concatenation', () => {
    const keys = openKeyring(folder());
    expect(keys.commit('a', 'bc')).not.toBe(keys.commit('ab', 'c'));
  });
});
