/**
 * Keys outside of files, against real ones: a PKCS#11 token (SoftHSM 2) that signs checkpoints and wraps the vault key, and the protocol
 * of AWS KMS (moto's server). What cannot be installed here is skipped, and says so.
 */
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { createPublicKey, randomBytes, verify } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

import { afterAll, describe, expect, it } from 'vitest';

import { openKeyring } from '../../agents/adapters/keys/keyring.ts';
import { openToken } from '../../agents/adapters/keys/pkcs11.ts';
import { rawKeyOf } from '../../agents/adapters/keys/verifier-key.ts';
import { keyDoor } from '../../agents/customer-data-graph/keys/key-door.ts';
import type { Pkcs11Setting } from '../../agents/customer-data-graph/keys/keys-config.ts';
import { initOperatorDirectory } from '../../agents/customer-data-graph/operator-directory.ts';
import { openWorkspace, type Workspace } from '../../agents/customer-data-graph/workspace.ts';
import { freePorts } from '../fixtures/free-ports.ts';

const folder = mkdtempSync(join(tmpdir(), 'cohortium-key-services-'));
const withCode = (code: string): unknown => expect.objectContaining({ code });

function softHsm(): string | undefined {
  const places = [
    '/usr/lib/softhsm/libsofthsm2.so',
    '/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so',
    '/usr/lib64/pkcs11/libsofthsm2.so',
  ];
  const found = (): string | undefined => places.find((place) => existsSync(place));
  if (!found() && process.getuid?.() === 0) {
    const install = (): number | null =>
      spawnSync('apt-get', ['install', '-y', '--no-install-recommends', 'softhsm2'], { stdio: 'ignore' }).status;
    if (install() !== 0 && spawnSync('apt-get', ['update'], { stdio: 'ignore' }).status === 0) install();
  }
  return found();
}

function hasClient(): boolean {
  return spawnSync(process.execPath, ['-e', "require('pkcs11js')"], { cwd: join(import.meta.dirname, '..', '..') }).status === 0;
}

async function operator(name: string, keys: string): Promise<string> {
  const directory = join(folder, name);
  await initOperatorDirectory(directory, { merchant: 'Shop', currency: 'EUR' });
  setKeys(directory, keys);
  return directory;
}

function setKeys(directory: string, keys: string): void {
  const file = join(directory, 'cohortium.yaml');
  writeFileSync(file, readFileSync(file, 'utf8').replace(/^keys: .*$/m, `keys: ${keys}`));
}

async function inside<Answer>(directory: string, work: (workspace: Workspace) => Promise<Answer>): Promise<Answer> {
  const workspace = openWorkspace(directory);
  try {
    return await work(workspace);
  } finally {
    await workspace.close();
  }
}

const write = async (workspace: Workspace, value: number): Promise<void> => {
  await workspace.records().write([{ kind: 'score', stream: 'value', subject: 'ada', body: { value } }], `ada/${value}`);
};
const values = async (workspace: Workspace): Promise<readonly unknown[]> =>
  (await workspace.records().about('ada')).map(({ body }) => body?.['value']);

const library = softHsm();
const cannotTry = library === undefined ? 'SoftHSM 2 cannot be installed here' : hasClient() ? undefined : 'pkcs11js was not built here';

describe.skipIf(cannotTry !== undefined)(`a PKCS#11 token${cannotTry === undefined ? '' : `: skipped, ${cannotTry}`}`, () => {
  const setting: Pkcs11Setting = { by: 'pkcs11', library: library ?? '', token: 'cohortium', pinEnv: 'TOKEN_PIN', label: 'ledger' };
  const yaml = `{ by: pkcs11, library: ${library}, token: cohortium, pinEnv: TOKEN_PIN, label: ledger }`;
  mkdirSync(join(folder, 'tokens'), { recursive: true });
  writeFileSync(
    join(folder, 'softhsm2.conf'),
    `directories.tokendir = ${join(folder, 'tokens')}\nobjectstore.backend = file\nlog.level = ERROR\n`,
  );
  process.env['SOFTHSM2_CONF'] = join(folder, 'softhsm2.conf'); // read by the library when it is loaded, below
  process.env['TOKEN_PIN'] = '4711';
  if (cannotTry === undefined) {
    execFileSync('softhsm2-util', ['--init-token', '--free', '--label', 'cohortium', '--so-pin', '0815', '--pin', '4711'], {
      stdio: 'ignore',
    });
  }

  it('signs with a key that it made, and gives only the public half', () => {
    const pair = openToken(setting, process.env).makePair();
    const message = Buffer.from('a checkpoint');
    const signature = pair.sign(message);
    const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: pair.publicKey.toString('base64url') }, format: 'jwk' });
    expect(verify(null, message, key, signature)).toBe(true);
    expect(verify(null, Buffer.from('another'), key, signature)).toBe(false);
    expect(openToken(setting, process.env).pair(pair.id).publicKey).toEqual(pair.publicKey);
  });

  it('wraps a key, and opens nothing that was changed', () => {
    const token = openToken(setting, process.env);
    const key = randomBytes(32);
    const wrapped = token.encrypt(key);
    expect(wrapped.includes(key)).toBe(false);
    expect(openToken(setting, process.env).decrypt(wrapped)).toEqual(key);
    wrapped[20] = (wrapped[20] ?? 0) ^ 1;
    expect(() => token.decrypt(wrapped)).toThrow(withCode('KEY_UNAVAILABLE'));
  });

  it('says what is wrong with a PIN, a token, a library or a key', () => {
    expect(() => openToken(setting, {})).toThrow(/TOKEN_PIN is not set/);
    expect(() => openToken({ ...setting, token: 'nobody' }, process.env)).toThrow(withCode('KEY_UNAVAILABLE'));
    expect(() => openToken({ ...setting, library: '/nowhere.so' }, process.env)).toThrow(withCode('KEY_UNAVAILABLE'));
    expect(() => openToken(setting, process.env).pair('00')).toThrow(withCode('KEY_UNAVAILABLE'));
  });

  it('holds the checkpoint key and wraps the vault of an operator, and rotates both', async () => {
    const directory = await operator(
      'token',
      `{ kind: random, checkpoint: ${yaml}, vault: ${yaml.replace('label: ledger', 'label: vault')} }`,
    );
    await inside(directory, async (workspace) => {
      await write(workspace, 1);
      const rotation = await keyDoor(workspace).rotate('checkpoint');
      expect(rawKeyOf(rotation.key)).not.toEqual(rawKeyOf(rotation.before));
      await keyDoor(workspace).rotate('vault');
      await write(workspace, 2);
    });
    await inside(directory, async (workspace) => {
      await write(workspace, 3);
      expect(await values(workspace)).toEqual([1, 2, 3]);
      expect(workspace.ledger().verify()).toMatchObject({ verified: true, faults: [] });
      const { keys } = await keyDoor(workspace).list();
      expect(keys.find(({ role }) => role === 'checkpoint')?.heldBy).toBe('pkcs11:cohortium/ledger');
      expect(keys.find(({ role }) => role === 'vault')?.heldBy).toBe('pkcs11:cohortium/vault');
    });
    const files = readdirSync(join(directory, '.cohortium', 'keys'));
    expect(files.filter((name) => /^(ledger-signing|vault-wrapping).*(?<!token)\.json$/.test(name))).toEqual([]);
  });

  it('takes over from key files', async () => {
    const directory = await operator('moved', '{ kind: random }');
    await inside(directory, (workspace) => write(workspace, 1));
    setKeys(directory, `{ kind: random, checkpoint: ${yaml}, vault: ${yaml.replace('label: ledger', 'label: vault')} }`);
    await inside(directory, async (workspace) => {
      expect(await values(workspace)).toEqual([1]);
      await keyDoor(workspace).rotate('checkpoint');
      await keyDoor(workspace).rotate('vault');
      await write(workspace, 2);
      expect(await values(workspace)).toEqual([1, 2]);
      expect(workspace.ledger().verify()).toMatchObject({ verified: true });
      expect(workspace.keys().heldBy('checkpoint')).toBe('pkcs11:cohortium/ledger');
    });
    const files = readdirSync(join(directory, '.cohortium', 'keys'));
    expect(files.some((name) => name === 'ledger-signing.json' || name.startsWith('vault-wrapping'))).toBe(false);
    setKeys(directory, '{ kind: random }');
    await inside(directory, async (workspace) => expect(() => workspace.keys()).toThrow(withCode('KEY_UNAVAILABLE')));
  });
});

interface Kms {
  readonly process: ChildProcess;
  readonly endpoint: string;
  readonly keyId: string;
}

/** Without standing still, so that the runner is answered while packages are fetched. */
function succeeds(command: string, parameters: readonly string[]): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn(command, parameters, { stdio: 'ignore' });
    child.once('error', () => resolve(false));
    child.once('close', (status) => resolve(status === 0));
  });
}

/** moto's server in an environment of its own, made once. */
async function startKms(): Promise<Kms | undefined> {
  const home = join(import.meta.dirname, '..', '..', 'node_modules', '.cache', 'cohortium-moto-5.1.22');
  if (!existsSync(join(home, 'bin', 'moto_server'))) {
    const isMade =
      (await succeeds('python3', ['-m', 'venv', home])) &&
      (await succeeds(join(home, 'bin', 'pip'), ['install', '--quiet', 'moto[server,kms]==5.1.22']));
    if (!isMade) return undefined;
  }
  const [port = 0] = await freePorts(1);
  const server = spawn(join(home, 'bin', 'moto_server'), ['-H', '127.0.0.1', '-p', String(port)], { stdio: 'ignore' });
  const endpoint = `http://127.0.0.1:${port}`;
  for (let attempt = 0; attempt < 150; attempt++) {
    if (
      await fetch(`${endpoint}/moto-api/`).then(
        ({ ok }) => ok,
        () => false,
      )
    ) {
      const { CreateKeyCommand, KMSClient } = await import('@aws-sdk/client-kms');
      const { KeyMetadata } = await new KMSClient({ endpoint, region: 'eu-central-1' }).send(new CreateKeyCommand({}));
      return { process: server, endpoint, keyId: KeyMetadata?.KeyId ?? '' };
    }
    await wait(200);
  }
  server.kill();
  return undefined;
}

Object.assign(process.env, { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test', AWS_REGION: 'eu-central-1' }); // what moto takes
const kms = await startKms();
afterAll(() => void kms?.process.kill());

describe.skipIf(!kms)(`a KMS${kms ? '' : ': skipped, moto cannot be installed here'}`, () => {
  const yaml = `{ kind: random, vault: { by: aws-kms, keyId: ${kms?.keyId}, endpoint: '${kms?.endpoint}' } }`;

  it('wraps the key of a vault, which opens again, is rotated, and holds no key in its folder', async () => {
    const directory = await operator('kms', yaml);
    await inside(directory, (workspace) => write(workspace, 1));
    await inside(directory, async (workspace) => {
      expect(await values(workspace)).toEqual([1]);
      await keyDoor(workspace).rotate('vault');
      expect(await values(workspace)).toEqual([1]);
      expect((await keyDoor(workspace).list()).keys.find(({ role }) => role === 'vault')?.heldBy).toBe(`aws-kms:${kms?.keyId}`);
    });
    expect(readdirSync(join(directory, '.cohortium', 'keys')).filter((name) => name.startsWith('vault-wrapping'))).toEqual([]);
  });

  it('refuses what another key or another use encrypted, and says when it cannot be reached', async () => {
    const directory = join(folder, 'keys-of-kms');
    const vault = { by: 'aws-kms', keyId: kms?.keyId ?? '', endpoint: kms?.endpoint ?? '' } as const;
    const made = openKeyring(directory, { vault }).vaultKeys.make();
    expect(openKeyring(directory, { vault }).vaultKeys.current()).toEqual(made);
    const file = join(directory, 'vault-key.json');
    const text = readFileSync(file, 'utf8');
    const { KMSClient, EncryptCommand } = await import('@aws-sdk/client-kms');
    const foreign = await new KMSClient({ endpoint: vault.endpoint }).send(
      new EncryptCommand({ KeyId: vault.keyId, Plaintext: made, EncryptionContext: { purpose: 'something else' } }),
    );
    const wrapped = Buffer.from(foreign.CiphertextBlob ?? []).toString('base64');
    writeFileSync(file, text.replace(/"wrapped": "[^"]+"/, `"wrapped": "${wrapped}"`));
    expect(() => openKeyring(directory, { vault }).vaultKeys.current()).toThrow(withCode('KEY_UNAVAILABLE'));
    writeFileSync(file, text);
    const [nobody = 0] = await freePorts(1);
    const gone = { ...vault, endpoint: `http://127.0.0.1:${nobody}` };
    expect(() => openKeyring(directory, { vault: gone }).vaultKeys.current()).toThrow(withCode('KEY_UNAVAILABLE'));
    expect(() => openKeyring(directory, { vault: { ...vault, keyId: 'another' } }).vaultKeys.current()).toThrow(
      withCode('KEY_UNAVAILABLE'),
    );
    expect(() => openKeyring(directory).vaultKeys.current()).toThrow(/keys\.vault/);
  });
});
