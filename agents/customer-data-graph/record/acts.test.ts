/** Acts on the record, by whose hand: the person's, the service's on behalf of one, a schedule's; and every hand that is none. */
import { chmodSync, copyFileSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { verifyAttestationOf, verifyErasure, verifyProof } from '../../../skills/audit/verify/verify.ts';
import { openRequestDesk, type RequestDesk, someSignals } from '../../../test/fixtures/request-desk.ts';
import { passphraseVariable } from '../../adapters/keys/person-passphrase.ts';
import { readPerson, setRoles, signerOf } from '../govern/models/people.ts';
import { actNames } from './act-config.ts';
import { handOf, signAct } from './attest-act.ts';
import { digestOfEnvelope, signStatement, statementOf } from './attest.ts';
import type { DsseEnvelope } from './attestation-interface.ts';
import type { OpenRecord, RecordPlace, RecordToWrite } from './record-interface.ts';

let desk: RequestDesk;
const open = async (more = ''): Promise<void> => void (desk = await openRequestDesk('2026-02-01', more));
beforeEach(() => open());
afterEach(() => desk.close());

const suit = { id: 'suit', matter: 'M-1', reason: 'a claim', everything: true };
const held = (by: string): Promise<unknown> => desk.agent.erasure.holds.set({ ...suit, by });
const keyFile = (person: string): string => join(desk.directory, '.cohortium', 'keys', `person-${person}.json`);

async function newest(kind: OpenRecord['kind']): Promise<OpenRecord> {
  const record = (await desk.workspace.records().ofKind([kind])).at(-1);
  if (!record) throw new Error(`no record of kind ${kind}`);
  return record;
}

/** The envelope that a record commits to, as whoever may open the ledger finds it. */
async function envelopeOf(place: RecordPlace): Promise<DsseEnvelope> {
  const { att } = desk.workspace.ledger().at(place).leaf;
  const found = (await desk.workspace.records().ofKind(['attestation'])).map(({ body }) => body?.['envelope'] as unknown as DsseEnvelope);
  const envelope = found.find((one) => digestOfEnvelope(one) === att);
  if (!envelope) throw new Error(`record ${place.index} has no statement`);
  return envelope;
}

/** What a stranger finds who is given proof, envelope and keys. */
async function strangerOn(record: OpenRecord, keys: string): Promise<ReturnType<typeof verifyAttestationOf>> {
  const proof = await desk.agent.ledger.proofFile(record, Object.keys(record.body ?? {}));
  const proven = verifyProof(proof, `${desk.workspace.keys().verifierKey}\n`);
  if (!proven.holds) throw new Error(proven.reason);
  return verifyAttestationOf(proven, await envelopeOf(record), keys);
}

const deepFaults = async (): Promise<readonly string[]> => (await desk.agent.verify('deep')).faults.map(({ message }) => message);

describe('an act by a person whose key is here', () => {
  it('is signed with that key, says so on record, and a stranger can check it', async () => {
    await held('ada');
    const record = await newest('custody.held');
    expect(record.body).toMatchObject({ by: 'ada', hand: { identity: 'person:ada', onBehalfOf: null, because: null } });
    const { key } = readPerson(desk.workspace.paths, 'ada');
    expect(await strangerOn(record, key)).toMatchObject({
      holds: true,
      predicateType: 'https://cohortium.dev/attestation/held/v1',
      predicate: { identity: 'person:ada', decision: 'hold', rationale: 'a claim', ledger: { origin: desk.workspace.keys().origin } },
    });
    expect(await strangerOn(record, desk.workspace.keys().attestor().keyId)).toMatchObject({ holds: false });
    expect(await deepFaults()).toEqual([]);
  });

  it('covers holds, releases, corrections, redactions and erasures alike', async () => {
    const { agent, workspace } = desk;
    await someSignals(agent, 'customer-77', 'US-CA');
    const automation = { gdpr22: { significantEffect: 'no' } };
    const body = { customer: 'kid', tier: 'high', note: 'x', automation };
    const [place] = await workspace
      .records()
      .write([{ kind: 'score', stream: 'a', subject: 'customer-77', class: 'decision', body }], 'first');
    if (!place) throw new Error('nothing was written');
    await held('ada');
    await agent.erasure.holds.release('suit', 'ada', 'settled');
    await agent.erasure.correct({ place, customer: 'customer-77', fields: { tier: 'mid' }, by: 'ada', why: 'customer-77 asked for it' });
    await agent.erasure.redact({ place, fields: ['note'], by: 'ada', why: 'request 12' });
    const corrected = await strangerOn(await newest('correction'), readPerson(workspace.paths, 'ada').key);
    expect(corrected).toMatchObject({ holds: true, predicate: { automation, rationale: expect.not.stringContaining('customer-77') } });
    const report = await agent.erasure.erase({ customer: 'customer-77', by: 'ada', why: 'request 12' });
    expect(report.state).toBe('completed');
    for (const kind of ['custody.held', 'custody.released', 'redaction', 'erasure.started'] as const) {
      expect((await newest(kind)).body, kind).toMatchObject({ by: 'ada', hand: { identity: 'person:ada' } });
    }
    expect((await newest('custody.erased')).body).toMatchObject({ by: 'ada', hand: { identity: 'person:ada' }, order: expect.any(String) });
    // Whoever asks again, by any identity of then, hears what became of them; a name that nobody had says nothing.
    const again = { by: 'ada', why: 'request 13' };
    const before = new RegExp(
      `^'customer-77' was erased on 2026-02-01: erasure ${report.erasure}, record ${report.record}; nothing is kept`,
      'u',
    );
    await expect(agent.erasure.erase({ customer: 'customer-77', ...again })).rejects.toMatchObject({
      code: 'CUSTOMER_NOT_FOUND',
      message: expect.stringMatching(before),
    });
    await expect(agent.erasure.plan('customer-78')).rejects.toMatchObject({ message: "nothing is kept of 'customer-78'" });
    const receipt = await agent.erasure.receipt(report.erasure);
    const both = [workspace.keys().verifierKey, workspace.keys().attestor().keyId, readPerson(workspace.paths, 'ada').key].join('\n');
    const proven = verifyErasure(receipt, both);
    expect(proven.holds && proven.statement.signers.map(({ name }) => name)).toEqual([
      expect.stringContaining('/attestor/'),
      'cohortium.local/person/ada',
    ]);
    expect(await deepFaults()).toEqual([]);
  });
});

describe('an act by a person whose key is elsewhere', () => {
  it('is signed by the service, which says on whose behalf', async () => {
    rmSync(keyFile('ada'));
    await held('ada');
    const record = await newest('custody.held');
    expect(record.body).toMatchObject({
      by: 'ada',
      hand: { identity: 'service:cohortium', onBehalfOf: 'person:ada', because: 'the key of the person is not here' },
    });
    expect(await strangerOn(record, desk.workspace.keys().attestor().keyId)).toMatchObject({
      holds: true,
      predicate: { identity: 'service:cohortium', onBehalfOf: 'person:ada' },
    });
    expect(await deepFaults()).toEqual([]);
  });

  it('is refused where the operator wants a hand of their own', async () => {
    await desk.close();
    await open('acts: { personalHand: true }\n');
    await held('ada');
    await desk.agent.erasure.holds.release('suit', 'ada', 'settled');
    rmSync(keyFile('ada'));
    await expect(held('ada')).rejects.toMatchObject({ code: 'HAND_REQUIRED', message: expect.stringContaining('person-ada.json') });
    expect(await desk.agent.erasure.holds.list()).toEqual([]);
    // A schedule has no hand, and says so.
    await desk.agent.executeRetention({ schedule: 'nightly' });
  });
});

describe('an act of a schedule', () => {
  it('is signed by the service and names the schedule', async () => {
    const { agent, workspace } = desk;
    const hand = handOf(workspace, 'erase', { schedule: 'nightly' });
    await workspace.records().write([await signAct(workspace, hand, anErasure)], 'one');
    expect((await newest('custody.erased')).body).toMatchObject({
      by: 'schedule:nightly',
      hand: { identity: 'service:cohortium', onBehalfOf: 'schedule:nightly' },
    });
    expect(await agent.verify('deep')).toMatchObject({ verified: true, faults: [] });
  });
});

const anErasure = { kind: 'custody.erased', stream: 'one', subject: null, body: { bodies: 1 }, rationale: 'over' } as const;

describe('an act without a reason', () => {
  it('is refused at every door, and leaves nothing', async () => {
    const { agent, workspace } = desk;
    await held('ada');
    const size = workspace.ledger().checkpoints().at(-1)?.size;
    const place = { index: 0, item: null };
    for (const why of ['', ' \n']) {
      const refused = { code: 'ARGUMENT_INVALID', message: expect.stringContaining('reason') };
      await expect(agent.erasure.erase({ customer: 'customer-77', by: 'ada', why })).rejects.toMatchObject(refused);
      await expect(agent.erasure.correct({ place, fields: { matter: 'M-2' }, by: 'ada', why })).rejects.toMatchObject(refused);
      await expect(agent.erasure.redact({ place, fields: ['matter'], by: 'ada', why })).rejects.toMatchObject(refused);
      await expect(agent.erasure.lift('0', 'ada', why)).rejects.toMatchObject(refused);
      await expect(agent.erasure.holds.set({ ...suit, id: 'other', by: 'ada', reason: why })).rejects.toMatchObject(refused);
      await expect(agent.erasure.holds.release('suit', 'ada', why)).rejects.toMatchObject(refused);
      await expect(agent.ledger.override({ person: 'ada', reason: why })).rejects.toMatchObject(refused);
      const hand = handOf(workspace, 'erase', 'ada');
      await expect(signAct(workspace, hand, { ...anErasure, rationale: why })).rejects.toMatchObject(refused);
    }
    expect(workspace.ledger().checkpoints().at(-1)?.size).toBe(size);
  });
});

describe('a hand that is none', () => {
  it('is that of nobody in the registry, whatever is to be done', () => {
    for (const act of actNames) {
      expect(() => handOf(desk.workspace, act, 'nobody'), act).toThrow(expect.objectContaining({ code: 'PERSON_NOT_FOUND' }));
      expect(() => handOf(desk.workspace, act, ''), act).toThrow(expect.objectContaining({ code: 'ARGUMENT_INVALID' }));
      expect(() => handOf(desk.workspace, act, '../ada'), act).toThrow(expect.objectContaining({ code: 'ARGUMENT_INVALID' }));
    }
  });

  it('is that of a person without the role, at every door', async () => {
    await desk.close();
    const roles = `[counsel]`;
    await open(
      `acts: { roles: { erase: ${roles}, hold: ${roles}, release: ${roles}, correct: ${roles}, redact: ${roles}, override: ${roles} } }\n`,
    );
    const { agent, workspace } = desk;
    const place = { index: 0, item: null };
    const refused = { code: 'PERSON_REFUSED', message: expect.stringContaining('takes one of: counsel') };
    await expect(held('ada')).rejects.toMatchObject(refused);
    await expect(agent.erasure.holds.release('suit', 'ada', 'over')).rejects.toMatchObject(refused);
    await expect(agent.erasure.erase({ customer: 'customer-77', by: 'ada', why: 'asked for' })).rejects.toMatchObject(refused);
    await expect(agent.erasure.correct({ place, fields: { tier: 'mid' }, by: 'ada', why: 'asked for' })).rejects.toMatchObject(refused);
    await expect(agent.erasure.redact({ place, fields: ['tier'], by: 'ada', why: 'asked for' })).rejects.toMatchObject(refused);
    await expect(agent.erasure.lift('0', 'ada', 'again')).rejects.toMatchObject(refused);
    await expect(agent.ledger.override({ person: 'bob', reason: 'now' })).rejects.toMatchObject({
      message: expect.stringContaining('bob has no role'),
    });
    await expect(agent.executeRetention('ada')).rejects.toMatchObject(refused);
    setRoles(workspace.paths, 'ada', ['counsel']);
    await held('ada');
  });

  it('is a key file that others can read, or that is somebody else’s', async () => {
    chmodSync(keyFile('ada'), 0o644);
    await expect(held('ada')).rejects.toMatchObject({ code: 'LEDGER_KEY_UNSAFE' });
    copyFileSync(keyFile('bob'), keyFile('ada'));
    chmodSync(keyFile('ada'), 0o600);
    await expect(held('ada')).rejects.toMatchObject({ code: 'LEDGER_KEY_UNSAFE' });
    writeFileSync(keyFile('ada'), readFileSync(keyFile('bob'), 'utf8').replace('"bob"', '"ada"'));
    await expect(held('ada')).rejects.toMatchObject({
      code: 'LEDGER_KEY_UNSAFE',
      message: expect.stringContaining('one of the two was replaced'),
    });
  });

  it('is a sealed key without its passphrase, which nobody stands in for', async () => {
    const variable = passphraseVariable('ada');
    process.env[variable] = 'correct horse battery';
    try {
      await desk.agent.models.sealPerson('ada');
      await held('ada');
      process.env[variable] = 'another horse battery';
      await expect(desk.agent.erasure.holds.release('suit', 'ada', 'over')).rejects.toMatchObject({ code: 'KEY_UNAVAILABLE' });
    } finally {
      delete process.env[variable];
    }
    await expect(desk.agent.erasure.holds.release('suit', 'ada', 'over')).rejects.toMatchObject({
      code: 'KEY_UNAVAILABLE',
      message: expect.stringContaining(variable),
    });
    expect((await newest('custody.held')).body).toMatchObject({ hand: { identity: 'person:ada' } });
  });

  it('is nobody who was to be added with a sealed key and gave no passphrase', async () => {
    const variable = passphraseVariable('carl');
    const add = () => desk.agent.models.addPerson('carl', undefined, [], true);
    await expect(add()).rejects.toMatchObject({ code: 'KEY_UNAVAILABLE', message: expect.stringContaining(variable) });
    expect(existsSync(keyFile('carl'))).toBe(false);
    expect((await desk.agent.models.people()).map(({ id }) => id)).toEqual(['ada', 'bob']);
    process.env[variable] = 'correct horse battery';
    try {
      await add();
      await held('carl');
    } finally {
      delete process.env[variable];
    }
    expect(readFileSync(keyFile('carl'), 'utf8')).toContain('cohortium/sealed-person-key@1');
  });

  it('is a key that was revoked', async () => {
    await desk.agent.models.revokePerson('ada', 'stolen laptop');
    await expect(held('ada')).rejects.toMatchObject({ code: 'PERSON_KEY_REVOKED', message: expect.stringContaining('stolen laptop') });
    await expect(desk.agent.models.revokePerson('ada', 'again')).rejects.toMatchObject({ code: 'PERSON_KEY_REVOKED' });
    expect((await newest('key.rotated')).body).toMatchObject({ role: 'person', person: 'ada', key: null });
  });
});

describe('a deep verification', () => {
  const heldRecord = (body: RecordToWrite['body'], attestation: DsseEnvelope): RecordToWrite => ({
    kind: 'custody.held',
    stream: `forged ${JSON.stringify(body).length}`,
    subject: null,
    body,
    attestation,
  });

  it('finds a statement that was taken from another act', async () => {
    await held('ada');
    const first = await newest('custody.held');
    const replayed = await envelopeOf(first);
    const other = { ...first.body, hold: 'another' } as RecordToWrite['body'];
    await desk.workspace.records().write([heldRecord(other, replayed)], 'forged');
    expect(await deepFaults()).toEqual([expect.stringContaining('its statement is about another body')]);
    const released: RecordToWrite = { ...heldRecord(other, replayed), kind: 'custody.released' };
    await desk.workspace.records().write([released], 'forged too');
    expect(await deepFaults()).toEqual([expect.any(String), expect.stringContaining('its statement is about another act')]);
    // A stranger who is shown everything finds both as well.
    const key = readPerson(desk.workspace.paths, 'ada').key;
    expect(await strangerOn(await newest('custody.held'), key)).toMatchObject({ reason: expect.stringContaining('another body') });
    expect(await strangerOn(await newest('custody.released'), key)).toMatchObject({ reason: expect.stringContaining('another act') });
    expect(await strangerOn(first, key)).toMatchObject({ holds: true });
  });

  it('finds a statement in the name of one person with the key of another', async () => {
    const { workspace } = desk;
    const { person, sign } = signerOf(workspace.paths, 'bob');
    const statement = statementOf('held', [{ name: 'custody.held', sha256: 'ab'.repeat(32) }], {
      identity: 'person:ada',
      time: '2026-02-01T00:00:00.000Z',
      decision: 'hold',
      rationale: '',
      ledger: { origin: workspace.keys().origin, size: 0 },
      automation: null,
    });
    const envelope = await signStatement(statement, [
      { keyId: person.key, identity: 'person:ada', sign: async (message) => Buffer.from(sign(message), 'base64') },
    ]);
    await workspace.records().write([heldRecord({ hold: 'x' }, envelope)], 'forged');
    expect(await deepFaults()).toEqual([expect.stringContaining('it says that it is by person:ada, and was signed by person:bob')]);
  });

  it('takes the place in the ledger for the time of a statement: before a revocation it holds, after it and before the key it does not', async () => {
    const { agent, workspace } = desk;
    const person = readPerson(workspace.paths, 'ada');
    const hand = handOf(workspace, 'hold', 'ada'); // the thief's copy of the key
    await held('ada');
    const before = await newest('custody.held');
    await agent.models.revokePerson('ada', 'stolen laptop');
    expect(await deepFaults()).toEqual([]);
    const list = readFileSync(join(desk.directory, 'registries/attestations/verifier-keys.json'), 'utf8');
    expect(JSON.parse(list).people).toContainEqual({ key: person.key, after: 0, upTo: 2 });
    expect(await strangerOn(before, list)).toMatchObject({ holds: true });
    // It says that it is as old as can be; the leaf that commits to it is not.
    const late = await signAct({ ...workspace, clock: { now: () => 0 } }, hand, {
      ...anErasure,
      kind: 'custody.held',
      rationale: 'a claim',
    });
    await workspace.records().write([late], 'late');
    expect(await deepFaults()).toEqual([
      expect.stringContaining('the key of person:ada that signed it signs up to 2 records and no further'),
      expect.stringContaining('no statement that holds belongs to it'),
    ]);
    expect(await strangerOn(await newest('custody.held'), list)).toMatchObject({ reason: expect.stringContaining('not in force at') });
  });

  it('keeps a key revoked that the registry has forgotten to be', async () => {
    const { workspace, agent } = desk;
    const hand = handOf(workspace, 'hold', 'ada'); // the thief's copy of the key
    await held('ada');
    await agent.models.revokePerson('ada', 'stolen laptop');
    const file = join(desk.directory, 'registries/people/ada.json');
    writeFileSync(file, JSON.stringify({ ...readPerson(workspace.paths, 'ada'), revoked: null }));
    const late = await signAct(workspace, hand, { ...anErasure, kind: 'custody.held', rationale: 'a claim' });
    await workspace.records().write([late], 'late');
    const faults = await deepFaults();
    expect(faults).toContainEqual(expect.stringContaining('registries/people/ada.json has it as in force'));
    expect(faults).toContainEqual(expect.stringContaining('signs up to 2 records and no further'));
  });

  it('refuses what was signed before the key was entered', async () => {
    await held('ada');
    expect(await deepFaults()).toEqual([]);
    const file = join(desk.directory, 'registries/people/ada.json');
    writeFileSync(file, readFileSync(file, 'utf8').replace('"after": 0', '"after": 40'));
    expect(await deepFaults()).toContainEqual(expect.stringContaining('was made after 40 records only'));
    const late = await desk.agent.models.addPerson('late', 'Late');
    expect(late.after).toBe(desk.workspace.ledger().checkpoints().at(-1)?.size);
  });
});
