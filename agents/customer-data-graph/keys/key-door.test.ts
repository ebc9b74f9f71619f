import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { generateX25519Identity, identityToRecipient } from 'age-encryption';
import { describe, expect, it } from 'vitest';

import { verifyCheckpoint } from '../../../skills/audit/verify/verify.ts';
import { sealPersonKey } from '../../adapters/files/person-keys.ts';
import { openKeptVault } from '../../adapters/vault/kept-vault.ts';
import { rewrapVault } from '../../adapters/vault/rewrap-vault.ts';
import { openAgent } from '../agent.ts';
import { addPerson } from '../govern/models/people.ts';
import { initOperatorDirectory } from '../operator-directory.ts';
import { attestRecords } from '../record/attest-records.ts';
import type { RecordToWrite } from '../record/record-interface.ts';
import { openWorkspace, type Workspace } from '../workspace.ts';
import { keyDoor } from './key-door.ts';

const withCode = (code: string): unknown => expect.objectContaining({ code });

async function operator(): Promise<string> {
  const directory = join(mkdtempSync(join(tmpdir(), 'cohortium-key-door-')), 'shop');
  await initOperatorDirectory(directory, { merchant: 'Shop', currency: 'EUR' });
  return directory;
}

const about = (subject: string, value: number): RecordToWrite => ({ kind: 'score', stream: 'value', subject, body: { value } });
const write = async (workspace: Workspace, subject: string, value: number): Promise<void> => {
  await workspace.records().write([about(subject, value)], `${subject}/${value}`);
};
/** A record and a statement of the service. */
const attested = async (workspace: Workspace, name: string): Promise<void> => {
  const { origin, attestor } = workspace.keys();
  const asked = { time: '2026-01-01T00:00:00.000Z', size: 0, effects: [name], leaves: [] };
  const attestation = await attestRecords(attestor(), origin, asked);
  await workspace.records().write([{ ...about('ada', 1), stream: name, attestation }], name);
};
const valuesOf = async (workspace: Workspace, subject: string): Promise<readonly unknown[]> =>
  (await workspace.records().about(subject)).map(({ body }) => body?.['value']);

async function inside<Answer>(directory: string, work: (workspace: Workspace) => Promise<Answer>): Promise<Answer> {
  const workspace = openWorkspace(directory);
  try {
    return await work(workspace);
  } finally {
    await workspace.close();
  }
}

describe('rotating the checkpoint key', () => {
  it('signs on with a new key, keeps the origin, and verifies what either signed', async () => {
    const directory = await operator();
    const first = await inside(directory, async (workspace) => {
      await write(workspace, 'ada', 1);
      const before = workspace.keys().verifierKey;
      const rotation = await keyDoor(workspace).rotate('checkpoint');
      expect(rotation).toMatchObject({ role: 'checkpoint', before, key: workspace.keys().verifierKey });
      expect(rotation.key).not.toBe(before);
      expect(rotation.key.split('+')[0]).toBe(before.split('+')[0]);
      const record = await workspace.records().at({ index: rotation.index, item: null });
      expect(record).toMatchObject({
        kind: 'key.rotated',
        body: { role: 'checkpoint', before, key: rotation.key, after: rotation.index + 1 },
      });
      await write(workspace, 'ada', 2);
      expect(workspace.ledger().verify()).toMatchObject({ verified: true, faults: [] });
      return rotation;
    });
    expect(readFileSync(join(directory, '.cohortium/keys/ledger.vkey'), 'utf8')).toBe(`${first.key}\n`);
    await inside(directory, async (workspace) => {
      await write(workspace, 'ada', 3);
      const second = await keyDoor(workspace).rotate('checkpoint');
      expect(second.before).toBe(first.key);
      expect(workspace.keys().verifierKeys).toHaveLength(3);
      await write(workspace, 'bob', 4);
      expect(workspace.ledger().verify()).toMatchObject({ verified: true, faults: [] });
      const { retired } = await keyDoor(workspace).list();
      expect(retired.map(({ key }) => key)).toEqual([first.before, first.key]);
      expect(await valuesOf(workspace, 'ada')).toEqual([1, 2, 3]);
    });
    expect(readdirSync(join(directory, '.cohortium/keys')).filter((name) => name.includes('next'))).toEqual([]);
  });

  it('does not accept a checkpoint that the old key signs afterwards', async () => {
    const directory = await operator();
    const old = mkdtempSync(join(tmpdir(), 'cohortium-old-keys-'));
    await inside(directory, async (workspace) => {
      await write(workspace, 'ada', 1);
      cpSync(join(directory, '.cohortium/keys'), old, { recursive: true }); // the thief's copy
      await keyDoor(workspace).rotate('checkpoint');
    });
    cpSync(join(old, 'ledger-signing.json'), join(directory, '.cohortium/keys/ledger-signing.json'));
    await inside(directory, async (workspace) => {
      await expect(write(workspace, 'ada', 2)).rejects.toThrow(withCode('KEY_UNAVAILABLE'));
    });
  });

  it('publishes a list by which a stranger verifies checkpoints of either key', async () => {
    const directory = await operator();
    await inside(directory, async (workspace) => {
      await write(workspace, 'ada', 1);
      await keyDoor(workspace).rotate('checkpoint');
      await write(workspace, 'ada', 2);
      const list = readFileSync(join(directory, 'registries/attestations/verifier-keys.json'), 'utf8');
      expect(JSON.parse(list).attestor).toEqual([{ key: workspace.keys().attestor().keyId, after: 0, signatures: null }]);
      const notes = workspace.ledger().checkpoints();
      expect(notes.map(({ size }) => size)).toEqual([1, 2, 3]);
      for (const { note } of notes) expect(verifyCheckpoint(note, list)).toMatchObject({ holds: true });
      expect(notes.map(({ note }) => verifyCheckpoint(note, workspace.keys().verifierKey).holds)).toEqual([false, false, true]);
    });
  });

  it('goes on where it was killed: before the record, after it, and before the new key was in place', async () => {
    const directory = await operator();
    await inside(directory, async (workspace) => {
      await write(workspace, 'ada', 1);
      workspace.keys().handOver('checkpoint', 2); // killed with the new key made
    });
    const rotation = await inside(directory, (workspace) => keyDoor(workspace).rotate('checkpoint'));
    await inside(directory, async (workspace) => {
      await write(workspace, 'ada', 2);
      const keyring = workspace.keys();
      const handover = keyring.handOver('checkpoint', 4);
      await workspace
        .records()
        .write([{ kind: 'key.rotated', stream: 'checkpoint', subject: null, body: { ...handover } }], 'killed after the record');
      const beforeComplete = readFileSync(join(directory, '.cohortium/keys/ledger-signing.json'));
      const next = readFileSync(join(directory, '.cohortium/keys/ledger-signing-next.json'));
      keyring.complete(handover);
      // As if killed after the list was published: old key in place, new one beside it.
      writeFileSync(join(directory, '.cohortium/keys/ledger-signing.json'), beforeComplete);
      writeFileSync(join(directory, '.cohortium/keys/ledger-signing-next.json'), next, { mode: 0o600 });
    });
    await inside(directory, async (workspace) => {
      expect(workspace.keys().verifierKey).not.toBe(rotation.key);
      await write(workspace, 'ada', 3);
      expect(workspace.ledger().verify()).toMatchObject({ verified: true, faults: [] });
    });
  });

  it('refuses a list of keys that somebody changed', async () => {
    const directory = await operator();
    await inside(directory, async (workspace) => {
      await write(workspace, 'ada', 1);
      await keyDoor(workspace).rotate('checkpoint');
    });
    const path = join(directory, 'registries/attestations/verifier-keys.json');
    const text = readFileSync(path, 'utf8');
    writeFileSync(path, text.replace(/"after": 2/, '"after": 1'));
    await inside(directory, async (workspace) => {
      expect(() => workspace.keys()).toThrow(withCode('LEDGER_SIGNATURE_INVALID'));
    });
    writeFileSync(path, '{');
    await inside(directory, async (workspace) => {
      expect(() => workspace.keys()).toThrow(withCode('LEDGER_SIGNATURE_INVALID'));
    });
    writeFileSync(path, text);
    await inside(directory, async (workspace) => write(workspace, 'ada', 2));
  });
});

describe('rotating the attestor key', () => {
  it('publishes both keys, and signs with the new one', async () => {
    await inside(await operator(), async (workspace) => {
      const before = workspace.keys().attestor().keyId;
      const rotation = await keyDoor(workspace).rotate('attestor');
      expect(rotation.before).toBe(before);
      expect(workspace.keys().attestor().keyId).toBe(rotation.key);
      expect(workspace.keys().attestorKeys.map(({ key }) => key)).toEqual([before, rotation.key]);
      expect((await keyDoor(workspace).list()).retired).toMatchObject([{ role: 'attestor', key: before }]);
    });
  });
});

describe('rotating the key of the vault', () => {
  it('rewraps every data key and changes none; what was shredded stays gone', async () => {
    const directory = await operator();
    await inside(directory, async (workspace) => {
      for (const [at, subject] of ['ada', 'bob', 'eve'].entries()) await write(workspace, subject, at);
      const [eve] = workspace.vault().entriesOf('eve');
      workspace.vault().hold(
        workspace
          .vault()
          .entriesOf('bob')
          .map(({ kid }) => kid),
        true,
      );
      workspace.vault().shred([eve?.kid ?? ''], 0);
      const old = workspace.keys().vaultKeys.current();
      const rotation = await keyDoor(workspace).rotate('vault');
      expect(rotation.rewrapped).toBeGreaterThanOrEqual(2);
      expect(await valuesOf(workspace, 'ada')).toEqual([0]);
      expect(await valuesOf(workspace, 'eve')).toEqual([]);
      expect(workspace.vault().stateOf(eve?.kid ?? '')).toBe('shredded');
      expect(workspace.vault().entriesOf('bob')[0]?.state).toBe('held');
      expect(workspace.keys().vaultKeys.current()).not.toEqual(old);
      expect(workspace.keys().vaultKeys.next()).toBeUndefined();
    });
    await inside(directory, async (workspace) => {
      await write(workspace, 'ada', 7);
      expect(await valuesOf(workspace, 'ada')).toEqual([0, 7]);
    });
    expect(readdirSync(join(directory, '.cohortium/keys')).filter((name) => name.startsWith('vault-wrapping'))).toHaveLength(1);
  });

  it('is finished or taken back at the next open when it was killed', async () => {
    const directory = await operator();
    await inside(directory, (workspace) => write(workspace, 'ada', 1));
    const state = join(directory, '.cohortium');
    const clock = { now: () => 0 };
    for (const isRewrapped of [false, true]) {
      await inside(directory, async (workspace) => {
        const { vaultKeys } = workspace.keys();
        const from = vaultKeys.current();
        const to = Buffer.alloc(32, isRewrapped ? 1 : 2);
        vaultKeys.announce(to);
        if (isRewrapped) rewrapVault(state, from, to);
        openKeptVault({ directory: state, keys: vaultKeys, clock, readonly: true }).close(); // who only looks settles nothing
        expect(vaultKeys.next()).toEqual(to);
        openKeptVault({ directory: state, keys: vaultKeys, clock }).close();
        expect(vaultKeys.next()).toBeUndefined();
        expect(vaultKeys.current()).toEqual(isRewrapped ? to : from);
        expect(await valuesOf(workspace, 'ada')).toEqual([1]);
      });
    }
  });
});

describe('escrow', () => {
  it('opens the vault again when the whole key folder is lost; shredded keys stay gone, and a new checkpoint key says so', async () => {
    const directory = await operator();
    const identity = await generateX25519Identity();
    const recipient = await identityToRecipient(identity);
    const { escrow, oldKey } = await inside(directory, async (workspace) => {
      await write(workspace, 'ada', 1);
      await write(workspace, 'eve', 2);
      const sealed = await keyDoor(workspace).escrow([recipient]);
      // After the escrow: new subjects are in it all the same, and shredded ones are not.
      await write(workspace, 'bob', 3);
      workspace.vault().shred(
        workspace
          .vault()
          .entriesOf('eve')
          .map(({ kid }) => kid),
        0,
      );
      return { escrow: sealed, oldKey: workspace.keys().verifierKey };
    });
    expect(escrow.text).toMatch(/^-----BEGIN AGE ENCRYPTED FILE-----/);
    rmSync(join(directory, '.cohortium/keys'), { recursive: true });
    await inside(directory, async (workspace) => {
      expect(() => workspace.vault()).toThrow(withCode('KEY_UNAVAILABLE'));
      await expect(write(workspace, 'ada', 9)).rejects.toThrow(
        expect.objectContaining({ code: expect.stringMatching(/^(KEY_UNAVAILABLE|LEDGER_SIGNATURE_INVALID)$/) }),
      );
      const recovery = await keyDoor(workspace).recover(escrow.text, identity);
      expect(recovery).toMatchObject({ key: escrow.key, checkpoint: { before: oldKey }, attestor: null });
      expect(await valuesOf(workspace, 'ada')).toEqual([1]);
      expect(await valuesOf(workspace, 'bob')).toEqual([3]);
      expect(await valuesOf(workspace, 'eve')).toEqual([]);
      await write(workspace, 'ada', 10);
      expect(workspace.ledger().verify()).toMatchObject({ verified: true, faults: [] });
      await expect(keyDoor(workspace).recover(escrow.text, identity)).rejects.toThrow(withCode('ARGUMENT_INVALID'));
    });
    const list = JSON.parse(readFileSync(join(directory, 'registries/attestations/verifier-keys.json'), 'utf8'));
    expect(list.checkpoint[1].signatures.before).toBeNull();
    await inside(directory, async (workspace) => expect(await valuesOf(workspace, 'ada')).toEqual([1, 10]));
  });

  const newEscrow = async (directory: string): Promise<{ readonly text: string; readonly identity: string }> => {
    const identity = await generateX25519Identity();
    const recipient = await identityToRecipient(identity);
    const { text } = await inside(directory, (workspace) => keyDoor(workspace).escrow([recipient]));
    return { text, identity };
  };
  const deepFaults = async (directory: string): Promise<readonly string[]> => {
    const agent = await openAgent(directory, { readonly: true });
    return agent
      .verify('deep')
      .then(({ faults }) => faults.map(({ code, message }) => `${code}: ${message}`))
      .finally(() => agent.close());
  };

  it('keeps what the lost key of the service signed verifiable in depth, on and before what its new key signs', async () => {
    const directory = await operator();
    const old = await inside(directory, async (workspace) => {
      await attested(workspace, 'one');
      return workspace.keys().attestor().keyId;
    });
    const { text, identity } = await newEscrow(directory);
    expect(await deepFaults(directory)).toEqual([]);
    rmSync(join(directory, '.cohortium/keys'), { recursive: true });
    await inside(directory, async (workspace) => {
      const { attestor } = await keyDoor(workspace).recover(text, identity);
      expect(attestor).toEqual({ before: old, key: workspace.keys().attestor().keyId, after: 2 });
      expect(attestor?.key).not.toBe(old);
      expect((await keyDoor(workspace).list()).retired).toMatchObject([
        { role: 'checkpoint' },
        { role: 'attestor', key: old, after: 0, upTo: 2 },
      ]);
      await attested(workspace, 'two');
    });
    expect(await deepFaults(directory)).toEqual([]);
    const { attestor } = JSON.parse(readFileSync(join(directory, 'registries/attestations/verifier-keys.json'), 'utf8'));
    expect(attestor).toMatchObject([
      { key: old, signatures: null },
      { after: 2, signatures: { before: null } },
    ]);
  });

  it('goes by the published list where the key of the service was replaced before it was lost', async () => {
    const directory = await operator();
    const rotated = await inside(directory, async (workspace) => {
      await attested(workspace, 'one');
      cpSync(join(directory, '.cohortium/keys/service-attestor.json'), join(directory, 'older.json'));
      const rotation = await keyDoor(workspace).rotate('attestor');
      await attested(workspace, 'two');
      return rotation;
    });
    const { text, identity } = await newEscrow(directory);
    rmSync(join(directory, '.cohortium/keys'), { recursive: true });
    const attestorFile = join(directory, '.cohortium/keys/service-attestor.json');
    mkdirSync(join(directory, '.cohortium/keys'), { mode: 0o700 });
    cpSync(join(directory, 'older.json'), attestorFile);
    await inside(directory, async (workspace) => {
      // A key that was replaced signs nothing any more.
      const older = expect.objectContaining({ code: 'KEY_UNAVAILABLE', message: expect.stringContaining('older copy') });
      await expect(keyDoor(workspace).recover(text, identity)).rejects.toThrow(older);
    });
    rmSync(attestorFile);
    await inside(directory, async (workspace) => {
      const { attestor } = await keyDoor(workspace).recover(text, identity);
      expect(attestor?.before).toBe(rotated.key);
      expect(workspace.keys().attestorKeys.map(({ key }) => key)).toEqual([rotated.before, rotated.key, attestor?.key]);
    });
    expect(await deepFaults(directory)).toEqual([]);
  });

  it('makes good a single signing key that was lost, with an escrow from before', async () => {
    const directory = await operator();
    await inside(directory, (workspace) => attested(workspace, 'one'));
    const { text, identity } = await newEscrow(directory);
    await inside(directory, (workspace) => keyDoor(workspace).rotate('vault')); // the escrow opens nothing now, and need not
    rmSync(join(directory, '.cohortium/keys/service-attestor.json'));
    // A new one is made and signs before anybody notices.
    await inside(directory, (workspace) => attested(workspace, 'two'));
    expect(await deepFaults(directory)).toEqual([expect.stringContaining('no key of this agent')]);
    await inside(directory, async (workspace) => {
      const before = workspace.ledger().checkpoints().at(-1)?.size;
      expect(await keyDoor(workspace).recover(text, identity)).toMatchObject({ checkpoint: null, attestor: { after: 4 } });
      expect(workspace.ledger().checkpoints().at(-1)?.size).toBe(before);
    });
    expect(await deepFaults(directory)).toEqual([]);
    rmSync(join(directory, '.cohortium/keys/ledger-signing.json'));
    await inside(directory, async (workspace) => {
      expect(await keyDoor(workspace).recover(text, identity)).toMatchObject({ attestor: null, checkpoint: { after: 5 } });
      await expect(keyDoor(workspace).recover(text, identity)).rejects.toThrow(withCode('ARGUMENT_INVALID'));
      await attested(workspace, 'three');
    });
    expect(await deepFaults(directory)).toEqual([]);
  });

  it('is named by who only looks at a ledger whose keys are lost, and who makes none', async () => {
    const directory = await operator();
    await inside(directory, (workspace) => attested(workspace, 'one'));
    const { text, identity } = await newEscrow(directory);
    rmSync(join(directory, '.cohortium/keys'), { recursive: true });
    const agent = await openAgent(directory, { readonly: true });
    const lost = expect.objectContaining({ code: 'KEY_UNAVAILABLE', message: expect.stringContaining('cohortium keys recover') });
    await expect(agent.verify()).rejects.toThrow(lost);
    await expect(agent.keys.list()).rejects.toThrow(lost);
    const { ok, checks } = await agent.doctor();
    await agent.close();
    expect(ok).toBe(false);
    expect(checks.find(({ name }) => name === 'keys')).toMatchObject({
      ok: false,
      found: expect.stringContaining('cohortium keys recover'),
    });
    expect(existsSync(join(directory, '.cohortium/keys'))).toBe(false);
    // Nor by who has an escrow that does not fit.
    await inside(directory, async (workspace) => {
      const other = await newEscrow(await operator());
      await expect(keyDoor(workspace).recover(other.text, other.identity)).rejects.toThrow(withCode('VAULT_KEY_WRONG'));
    });
    expect(existsSync(join(directory, '.cohortium/keys/ledger-signing.json'))).toBe(false);
    await inside(directory, (workspace) => keyDoor(workspace).recover(text, identity));
    rmSync(join(directory, '.cohortium/keys/vault-key.json'));
    const again = await openAgent(directory, { readonly: true });
    const found = (await again.doctor()).checks.find(({ name }) => name === 'keys');
    await again.close();
    expect(found).toMatchObject({ ok: false, found: expect.stringContaining('vault-key.json is gone') });
  });

  it('refuses another identity, another vault, an escrow from before a rotation, and what is none', async () => {
    const directory = await operator();
    const [identity, other] = [await generateX25519Identity(), await generateX25519Identity()];
    const recipient = await identityToRecipient(identity);
    const stale = await inside(directory, async (workspace) => {
      await write(workspace, 'ada', 1);
      const { text } = await keyDoor(workspace).escrow([recipient]);
      await keyDoor(workspace).rotate('vault');
      await expect(keyDoor(workspace).escrow([])).rejects.toThrow(withCode('ARGUMENT_INVALID'));
      await expect(keyDoor(workspace).escrow(['age1nonsense'])).rejects.toThrow(withCode('ARGUMENT_INVALID'));
      return text;
    });
    rmSync(join(directory, '.cohortium/keys/vault-key.json'));
    await inside(directory, async (workspace) => {
      await expect(keyDoor(workspace).recover(stale, identity)).rejects.toThrow(withCode('VAULT_KEY_WRONG'));
      await expect(keyDoor(workspace).recover(stale, other)).rejects.toThrow(withCode('KEY_UNAVAILABLE'));
      await expect(keyDoor(workspace).recover('no age file', identity)).rejects.toThrow(withCode('KEY_UNAVAILABLE'));
    });
    expect(existsSync(join(directory, '.cohortium/keys/vault-key.json'))).toBe(false);
  });
});

describe('key files at rest', () => {
  it.skipIf(process.platform === 'win32')('are refused in a folder that others can enter', async () => {
    const directory = await operator();
    await inside(directory, async (workspace) => void workspace.keys());
    chmodSync(join(directory, '.cohortium/keys'), 0o750);
    await inside(directory, async (workspace) => {
      expect(() => workspace.keys()).toThrow(
        expect.objectContaining({ code: 'LEDGER_KEY_UNSAFE', message: expect.stringContaining('chmod 700') }),
      );
    });
  });

  it('are listed as sealed where a person has put a passphrase on theirs', async () => {
    await inside(await operator(), async (workspace) => {
      const { directory } = workspace.keys().folder;
      addPerson(workspace.paths, 'ada', undefined, 0);
      const ofAda = async (): Promise<unknown> => (await keyDoor(workspace).list()).keys.find(({ role }) => role === 'person');
      expect(await ofAda()).not.toHaveProperty('isSealed');
      sealPersonKey(directory, 'ada', undefined, () => 'correct horse battery');
      expect(await ofAda()).toMatchObject({ name: 'ada', heldBy: 'file:person-ada', isSealed: true });
      rmSync(join(directory, 'person-ada.json'));
      expect(await ofAda()).toMatchObject({ heldBy: 'elsewhere' });
    });
  });

  it('are listed as sealed, each by what lies there, where the agent has them sealed', async () => {
    const directory = await operator();
    await inside(directory, async (workspace) => {
      await attested(workspace, 'one');
      workspace.keys().webhookSecret('offers');
      addPerson(workspace.paths, 'ada', undefined, 0);
      const { isSealed, keys } = await keyDoor(workspace).list();
      expect([isSealed, ...keys.map((key) => key.isSealed)]).toEqual([false, ...keys.map(() => undefined)]);
    });
    writeFileSync(join(directory, 'me.txt'), `${await generateX25519Identity()}\n`, { mode: 0o600 });
    const file = join(directory, 'cohortium.yaml');
    const keys = 'keys: { kind: random, protect: { by: age, identityFile: me.txt } }';
    writeFileSync(file, readFileSync(file, 'utf8').replace(/^keys: .*$/m, keys));
    await inside(directory, async (workspace) => {
      const list = await keyDoor(workspace).list();
      expect(list.isSealed).toBe(true);
      expect(list.keys.map(({ role, isSealed }) => [role, isSealed === true])).toEqual([
        ['checkpoint', true],
        ['attestor', true],
        ['vault', true],
        ['commitment', true],
        ['webhook', true],
        ['person', false],
      ]);
    });
  });

  it('are listed without a private byte', async () => {
    await inside(await operator(), async (workspace) => {
      await write(workspace, 'ada', 1);
      workspace.keys().webhookSecret('offers');
      const list = await keyDoor(workspace).list();
      expect(list.keys.map(({ role }) => role)).toEqual(['checkpoint', 'attestor', 'vault', 'commitment', 'webhook']);
      const text = JSON.stringify(list);
      const { folder } = workspace.keys();
      for (const file of readdirSync(folder.directory).filter((name) => name.endsWith('.json'))) {
        const { key } = JSON.parse(readFileSync(join(folder.directory, file), 'utf8')) as { readonly key?: string };
        if (key !== undefined) expect(text).not.toContain(key);
      }
    });
  });
});
