import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Decrypter, armor, generateX25519Identity, identityToRecipient } from 'age-encryption';
import { describe, expect, it } from 'vitest';

import type { KeyProtection } from '../../customer-data-graph/keys/keys-config.ts';
import { unwrapKey, wrapKey } from './key-wrap.ts';
import { openKeyring, type Keyring } from './keyring.ts';
import { keyOfPassphrase } from './passphrase.ts';

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
    (file) => /^(ledger|service|subject|webhook|vault-wrapping)/.test(file) && file.endsWith('.json'),
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
    const sealed = { protect, env: { PASS: 'late but long enough' } };
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
    expect(secretsOf(open(directory, 'late but long enough'))).toEqual(made);
    expectSealed(directory);
    expect(secretsOf(open(directory, 'late but long enough'))).toEqual(made);
  });

  it('are all sealed once the folder is opened, and not one after the other as they are used', () => {
    const directory = folder();
    const plain = openKeyring(directory);
    secretsOf(plain);
    const { keyId } = plain.attestor();
    const files = readdirSync(directory).filter((name) => name.endsWith('.json') && name !== 'vault-key.json');
    expect(files).toEqual(expect.arrayContaining(['service-attestor.json', 'vault-wrapping-1.json', 'webhook-offers.json']));
    const sealed = open(directory, 'late but long enough');
    for (const file of files) {
      expect(JSON.parse(readFileSync(join(directory, file), 'utf8')), file).toMatchObject({ format: 'cohortium/sealed-key@1' });
      expect(sealed.folder.isSealed(file.replace(/\.json$/, ''))).toBe(true);
    }
    expect(sealed.attestor().keyId).toBe(keyId);
  });

  it('take no short passphrase to begin with, and open with a short one that they were made with', () => {
    const directory = folder();
    const short = expect.objectContaining({ code: 'ARGUMENT_INVALID', message: expect.stringContaining('in PASS, found 11') });
    expect(() => open(directory, 'eleven char')).toThrow(short);
    expect(existsSync(join(directory, 'protection.json'))).toBe(false);
    const made = secretsOf(open(directory, 'twelve chars'));
    const path = join(directory, 'protection.json');
    // As a version made it that took any passphrase.
    const file = JSON.parse(readFileSync(path, 'utf8')) as { wrapped: string; readonly argon2id: Parameters<typeof keyOfPassphrase>[1] };
    const key = unwrapKey(keyOfPassphrase('twelve chars', file.argon2id), Buffer.from(file.wrapped, 'base64')) ?? Buffer.alloc(0);
    file.wrapped = wrapKey(keyOfPassphrase('short', file.argon2id), key).toString('base64');
    writeFileSync(path, JSON.stringify(file));
    expect(secretsOf(open(directory, 'short'))).toEqual(made);
  });

  it('cannot be exchanged for one another, nor have their strength lowered unseen', () => {
    const directory = folder();
    secretsOf(open(directory, 'passphrase of all'));
    const path = join(directory, 'ledger-signing.json');
    const text = readFileSync(path, 'utf8');
    const { sealed } = JSON.parse(readFileSync(join(directory, 'subject-commitment.json'), 'utf8')) as { readonly sealed: string };
    writeFileSync(path, JSON.stringify({ ...(JSON.parse(text) as object), sealed }));
    expect(() => open(directory, 'passphrase of all')).toThrow(withCode('KEY_UNAVAILABLE'));
    writeFileSync(path, text);
    const protection = join(directory, 'protection.json');
    writeFileSync(protection, readFileSync(protection, 'utf8').replace('"passes": 3', '"passes": 1'));
    expect(() => open(directory, 'passphrase of all')).toThrow(withCode('KEY_UNAVAILABLE'));
    writeFileSync(protection, 'not json');
    expect(() => open(directory, 'passphrase of all')).toThrow(withCode('KEY_UNAVAILABLE'));
  });
});

describe('key files in an age folder', () => {
  it('open with the identity of a file, and with that of a second recipient through any age tool', async () => {
    const [own, other] = [await generateX25519Identity(), await generateX25519Identity()];
    const directory = folder();
    const home = mkdtempSync(join(tmpdir(), 'cohortium-identity-'));
    writeFileSync(join(home, 'me.txt'), `# created: today\n${own}\n`, { mode: 0o600 });
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

  it.skipIf(process.platform === 'win32')('refuse an identity that others can read', async () => {
    const home = mkdtempSync(join(tmpdir(), 'cohortium-identity-'));
    const path = join(home, 'me.txt');
    writeFileSync(path, `${await generateX25519Identity()}\n`);
    chmodSync(path, 0o644);
    const directory = folder();
    const open = (): Keyring =>
      openKeyring(directory, { protect: { by: 'age', identityFile: path, recipients: [] }, operatorDirectory: home });
    expect(open).toThrow(expect.objectContaining({ code: 'LEDGER_KEY_UNSAFE', message: expect.stringContaining(`chmod 600 ${path}`) }));
    chmodSync(path, 0o600);
    open();
    chmodSync(path, 0o640);
    expect(open).toThrow(withCode('LEDGER_KEY_UNSAFE'));
  });

  it('open with a passphrase on any Node', () => {
    const directory = folder();
    const protect: KeyProtection = { by: 'age', passphraseEnv: 'PASS', recipients: [] };
    expect(() => openKeyring(directory, { protect, env: { PASS: 'a' } })).toThrow(withCode('ARGUMENT_INVALID'));
    const made = secretsOf(openKeyring(directory, { protect, env: { PASS: 'a passphrase' } }));
    expect(secretsOf(openKeyring(directory, { protect, env: { PASS: 'a passphrase' } }))).toEqual(made);
    expect(() => openKeyring(directory, { protect, env: { PASS: 'b passphrase' } })).toThrow(withCode('KEY_UNAVAILABLE'));
  });
});
