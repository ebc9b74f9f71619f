import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, afterEach, describe, expect, it } from 'vitest';

import { newPassphraseOf, passphraseOf, passphraseVariable, useTerminal } from './person-passphrase.ts';

const folder = mkdtempSync(join(tmpdir(), 'cohortium-passphrase-'));
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(() => useTerminal(undefined));

const variable = 'COHORTIUM_PERSON_ADA_LOVELACE_PASSPHRASE';
const unavailable = expect.objectContaining({ code: 'KEY_UNAVAILABLE', message: expect.stringContaining(variable) });

/** A terminal at which these are typed, one after the other. */
function typing(...lines: readonly (string | undefined)[]): readonly string[] {
  const left = [...lines];
  const asked: string[] = [];
  useTerminal((question) => {
    asked.push(question);
    return left.shift();
  });
  return asked;
}

describe('the passphrase of a person', () => {
  it('stands in a variable of its own, or in a file that only its owner can read', () => {
    expect(passphraseVariable('ada-lovelace')).toBe(variable);
    expect(passphraseOf('ada-lovelace', { [variable]: 'of the variable' })).toBe('of the variable');
    const file = join(folder, 'passphrase');
    writeFileSync(file, 'of the file\nnot this\n', { mode: 0o600 });
    expect(passphraseOf('ada-lovelace', { [`${variable}_FILE`]: file })).toBe('of the file');
    chmodSync(file, 0o644);
    expect(() => passphraseOf('ada-lovelace', { [`${variable}_FILE`]: file })).toThrow(
      expect.objectContaining({ code: 'LEDGER_KEY_UNSAFE' }),
    );
    expect(() => passphraseOf('ada-lovelace', { [`${variable}_FILE`]: join(folder, 'absent') })).toThrow(unavailable);
  });

  it('is asked for once where there is a terminal, and nowhere else', () => {
    expect(() => passphraseOf('ada-lovelace', {})).toThrow(unavailable);
    const asked = typing('typed', 'never asked for');
    expect([passphraseOf('ada-lovelace', {}), passphraseOf('ada-lovelace', {})]).toEqual(['typed', 'typed']);
    expect(asked).toEqual(['Passphrase of ada-lovelace: ']);
    typing('');
    expect(() => passphraseOf('ada-lovelace', {})).toThrow(unavailable);
    typing(undefined);
    expect(() => passphraseOf('ada-lovelace', {})).toThrow(unavailable);
  });

  it('is typed twice where it is new, and long enough', () => {
    typing('correct horse battery', 'correct horse battery');
    expect(newPassphraseOf('ada-lovelace', {})).toBe('correct horse battery');
    const refused = expect.objectContaining({ code: 'ARGUMENT_INVALID' });
    typing('correct horse battery', 'correct horse batterie');
    expect(() => newPassphraseOf('ada-lovelace', {})).toThrow(refused);
    typing('too short', 'too short');
    expect(() => newPassphraseOf('ada-lovelace', {})).toThrow(refused);
    expect(() => newPassphraseOf('ada-lovelace', { [variable]: 'short' })).toThrow(refused);
    useTerminal(undefined);
    expect(() => newPassphraseOf('ada-lovelace', {})).toThrow(unavailable);
    // A key that is still open is not called sealed.
    expect(() => newPassphraseOf('ada-lovelace', {})).toThrow(/^a new passphrase is needed; nothing was sealed; set /u);
    expect(() => newPassphraseOf('ada-lovelace', { [variable]: 'short' })).toThrow('12 characters at least was expected, found 5;');
  });
});
