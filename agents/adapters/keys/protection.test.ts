import { mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Decrypter, armor, generateX25519Identity, identityToRecipient } from 'age-encryption';
import { describe, expect, it } from 'vitest';

import type { KeyProtection } from '../../customer-data-graph/keys/keys-config.ts';
import { openKeyring, type Keyring } from './keyring.ts';

const folder = (): string => join(mkdtempSync(join(tmpdir(), 'cohortium-sealed-')), 'keys');
const withCode = (code: string): unknown => expect.objectContaining({ code });
const hasArgon2 = Number(process.versions.node.split('.')[0]) >= 24;

const secretsOf = (keyring: Keyring): readonly string[] => [
  keyring.verifierKey,
  keyring.commit('a'),
  keyring.webhookSecret('offers'),
  keyring.vaultKeys.exists() ? keyring.vaultKeys.current().toString('hex') : keyring.vaultKeys.make().toString('hex'),
];

function expectSealed(directory: string): void {
  for (const name of readdirSync(directory).filter(
    (file) => /^(ledger|subject|webhook|vault-wrapping)/.test(file) && file.endsWith('.json'),
  )) {
    expect(statSync(join(directory, name)).mode & 0o777).toBe(0o600);
    expect(JSON.parse(readFileSync(join(directory, name), 'utf8'))).toMatchObject({ format: 'cohortium/sealed-key@1' });
  }
}

describe.skipIf(!hasArgon2)('key files under a passphrase', () => {
  const protect: KeyProtection = { by: 'passphrase', env: 'PASS' };
  const open = (directory: string, passphrase?: string): Keyring =>
    openKeyring(directory, { protect, env: passphrase === undefined ? {} : { PASS: passphrase } });

  it('open with it, and with no other', () => {
    const directory = folder();
    const made = secretsOf(open(directory, 'correct horse'));
    expectSealed(directory);
    expect(secretsOf(open(directory, 'correct horse'))).toEqual(made);
    expect(() => open(directory, 'battery staple')).toThrow(withCode('KEY_UNAVAILABLE'));
    expect(() => open(directory)).toThrow(expect.objectContaining({ code: 'KEY_UNAVAILABLE', message: expect.stringContaining('PASS') }));
    expect(() => openKeyring(directory)).toThrow(expect.objectContaining({ message: expect.stringContaining('keys.protect') }));
  });

  it('say of those for demonstration that they are, also when they are sealed', () => {
    const directory = folder();
    const sealed = { protect, env: { PASS: 'late' } };
    const made = openKeyring(directory, { demonstrationSeed: '42' }).verifierKey;
    for (const open of ['when sealed', 'and ever after']) {
      expect(openKeyring(directory, sealed), open).toMatchObject({ verifierKey: made, isDemonstration: true });
    }
    expectSealed(directory);
    expect(openKeyring(folder(), { ...sealed, demonstrationSeed: '42' }).isDemonstration).toBe(true);
    expect(openKeyring(folder(), sealed).isDemonstration).toBe(false);
  });

  it('seal those that were made before there was one, and keep them', () => {
    const directory = folder();
    const made = secretsOf(openKeyring(directory));
    expect(secretsOf(open(directory, 'late'))).toEqual(made);
    expectSealed(directory);
    expect(secretsOf(open(directory, 'late'))).toEqual(made);
  });

  it('cannot be exchanged for one another, nor have their strength lowered unseen', () => {
    const directory = folder();
    secretsOf(open(directory, 'p'));
    const path = join(directory, 'ledger-signing.json');
    const text = readFileSync(path, 'utf8');
    const { sealed } = JSON.parse(readFileSync(join(directory, 'subject-commitment.json'), 'utf8')) as { readonly sealed: string };
    writeFileSync(path, JSON.stringify({ ...(JSON.parse(text) as object), sealed }));
    expect(() => open(directory, 'p')).toThrow(withCode('KEY_UNAVAILABLE'));
    writeFileSync(path, text);
    const protection = join(directory, 'protection.json');
    writeFileSync(protection, readFileSync(protection, 'utf8').replace('"passes": 3', '"passes": 1'));
    expect(() => open(directory, 'p')).toThrow(withCode('KEY_UNAVAILABLE'));
    writeFileSync(protection, 'not json');
    expect(() => open(directory, 'p')).toThrow(withCode('KEY_UNAVAILABLE'));
  });
});

describe('key files in an age folder', () => {
  it('open with the identity of a file, and with that of a second recipient through any age tool', async () => {
    const [own, other] = [await generateX25519Identity(), await generateX25519Identity()];
    const directory = folder();
    const home = mkdtempSync(join(tmpdir(), 'cohortium-identity-'));
    writeFileSync(join(home, 'me.txt'), `# created: today\n${own}\n`);
    const protect: KeyProtection = { by: 'age', identityFile: 'me.txt', recipients: [await identityToRecipient(other)] };
    const open = (): Keyring => openKeyring(directory, { protect, operatorDirectory: home });
    const made = secretsOf(open());
    expectSealed(directory);
    expect(secretsOf(open())).toEqual(made);
    const { file } = JSON.parse(readFileSync(join(directory, 'protection.json'), 'utf8')) as { readonly file: string };
    const decrypter = new Decrypter();
    decrypter.addIdentity(other);
    expect(await decrypter.decrypt(armor.decode(file))).toHaveLength(32);
    writeFileSync(join(home, 'me.txt'), `${await generateX25519Identity()}\n`);
    expect(open).toThrow(withCode('KEY_UNAVAILABLE'));
    writeFileSync(join(home, 'me.txt'), 'nothing');
    expect(open).toThrow(expect.objectContaining({ code: 'KEY_UNAVAILABLE', message: expect.stringContaining('age-keygen') }));
  });

  it('open with a passphrase on any Node', () => {
    const directory = folder();
    const protect: KeyProtection = { by: 'age', passphraseEnv: 'PASS', recipients: [] };
    const made = secretsOf(openKeyring(directory, { protect, env: { PASS: 'a' } }));
    expect(secretsOf(openKeyring(directory, { protect, env: { PASS: 'a' } }))).toEqual(made);
    expect(() => openKeyring(directory, { protect, env: { PASS: 'b' } })).toThrow(withCode('KEY_UNAVAILABLE'));
  });
});
