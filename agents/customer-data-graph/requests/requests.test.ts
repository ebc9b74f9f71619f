import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { decidedAbout, openRequestDesk, type RequestDesk, someSignals } from '../../../test/fixtures/request-desk.ts';
import { denialReasons } from './answers-file.ts';
import { extendableTo } from './judge-request.ts';
import type { IdentityEvidence, ReceiveRequest, RequestDoor } from './request-interface.ts';

const evidence = (method: IdentityEvidence['method'], points = 0, isDeclared = false): IdentityEvidence => ({
  method,
  points,
  isDeclared,
  note: '',
});
const account = { evidence: evidence('account') };

let desk: RequestDesk;
let requests: RequestDoor;
beforeAll(async () => {
  desk = await openRequestDesk('2026-11-02');
  ({ requests } = desk.agent);
  await someSignals(desk.agent, 'u-1', 'US-CA');
});
afterAll(() => desk.close());

const receive = async (more: Partial<ReceiveRequest> = {}): Promise<string> =>
  (await requests.receive({ kind: 'access', manner: 'web-form', claims: ['u-1'], residence: 'US-CA', ...more })).id;

const verified = async (more: Partial<ReceiveRequest> = {}): Promise<string> => {
  const id = await receive(more);
  await requests.verify(id, account, 'ada');
  return id;
};

/** What whoever asks can see of a request, without its number. */
const seenBy = async (id: string): Promise<string> => (await requests.show(id)).letter.replaceAll(id, 'ID');

describe('an impostor', () => {
  it('gets the same receipt for somebody who is known and somebody who is not', async () => {
    const ask = (claims: readonly string[]) => requests.receive({ kind: 'access', manner: 'web-form', claims, residence: 'US-CA' });
    const [known, unknown] = [await ask(['u-1']), await ask(['u-nobody'])];
    expect({ ...known, id: '' }).toEqual({ ...unknown, id: '' });
    expect(await seenBy(known.id)).toBe(await seenBy(unknown.id));
    expect(Object.keys(known).sort()).toEqual(['confirmBy', 'id', 'kind', 'receivedAt', 'respondBy']);
  });

  it.each(['access', 'know', 'port', 'erase', 'correct', 'human-review'] as const)(
    'gets no %s, is told the same when denied, and changes nothing',
    async (kind) => {
      const more = { kind, ...(kind === 'correct' ? { corrections: [{ attribute: 'city', value: 'Lyon' }] } : {}) };
      const letters: string[] = [];
      for (const claims of [['u-1'], ['u-nobody']]) {
        const id = await receive({ ...more, claims });
        const weak = await requests.verify(id, { evidence: evidence('data-points', 1) }, 'ada');
        expect(weak).toMatchObject({ status: 'awaiting-identity', level: 'unverified' });
        expect(weak.state.customer).toBeNull();
        await expect(requests.export(id, join(desk.directory, `${id}.zip`), 'ada')).rejects.toMatchObject({ code: 'REQUEST_REFUSED' });
        await expect(requests.fulfil(id, 'ada')).rejects.toMatchObject({ code: 'REQUEST_REFUSED' });
        expect((await requests.preview(id)).would).toEqual([]);
        // What would tell that the person is known, or is not, cannot be said.
        for (const reason of [
          'no-match',
          'no-automated-decision',
          'no-significant-effect',
          'exempt-data',
          'legal-hold',
          'rights-of-others',
          'correction-contested',
          'too-many-requests',
        ] as const) {
          await expect(requests.deny(id, reason, '', 'ada')).rejects.toMatchObject({ code: 'REQUEST_REFUSED' });
        }
        await requests.deny(id, 'identity-not-verified', 'u-1 is a customer since 2026', 'ada');
        letters.push(await seenBy(id));
      }
      expect(letters[0]).toBe(letters[1]);
      expect(letters[0]).not.toMatch(/\bu-1\b|customer since|hold data about/);
    },
  );

  it('cannot have the request of the person closed as a duplicate of its own', async () => {
    const first = await receive();
    const own = await verified();
    await expect(requests.closeAsDuplicate(own, first, 'ada')).rejects.toMatchObject({ code: 'REQUEST_REFUSED' });
    const again = await verified();
    expect((await requests.closeAsDuplicate(again, own, 'ada')).status).toBe('duplicate');
  });

  it('with enough for categories gets those, and no piece', async () => {
    const id = await receive();
    const seen = await requests.verify(id, { evidence: evidence('data-points', 2) }, 'ada');
    expect(seen).toMatchObject({ level: 'reasonable', status: 'awaiting-identity' });
    const { files } = await requests.export(id, join(desk.directory, 'know.zip'), 'ada');
    expect(files.map(({ path }) => path).filter((path) => path.startsWith('csv/') || path.startsWith('proofs/'))).toEqual([]);
    const done = await requests.fulfil(id, 'ada');
    expect(done.status).toBe('partly-fulfilled');
    expect(done.letter).toContain('§ 7024(a)');
  });
});

describe('a residence', () => {
  it.each(['Mars', 'California', 'USA', 'ZZ', 'US-ZZ', 'EU-BY', 'US_CA', 'DE-'])(
    'that is no place, such as %s, is refused',
    async (residence) => {
      const says = {
        code: 'ARGUMENT_INVALID',
        message: expect.stringMatching(`ISO 3166 such as DE, US-CA .* was expected; found '${residence}'`),
      };
      await expect(receive({ residence })).rejects.toMatchObject(says);
      await expect(requests.deadlines('2026-11-02', residence)).rejects.toMatchObject(says);
    },
  );

  it.each(['', 'us-ca', ' DE ', 'DE-BY', 'EU', 'UK', 'GB-SCT', 'PR', 'US', 'JP-13', 'NZ'])(
    '%j is taken down, with a law of its own or without',
    async (residence) => {
      expect((await requests.show(await receive({ residence }))).residence).toBe(residence.trim().toUpperCase());
    },
  );
});

describe('a level of identity', () => {
  it.each([
    [evidence('account'), 'reasonably-high'],
    [evidence('document'), 'reasonably-high'],
    [evidence('data-points', 3, true), 'reasonably-high'],
    [evidence('data-points', 3), 'reasonable'],
    [evidence('data-points', 2), 'reasonable'],
    [evidence('data-points', 1, true), 'unverified'],
    [evidence('other'), 'unverified'],
  ] as const)('%o makes %s', async (given, level) => {
    expect((await requests.verify(await receive(), { evidence: given }, 'ada')).level).toBe(level);
  });

  it.each([
    { kind: 'correct', corrections: [{ attribute: 'city', value: 'Lyon' }] },
    { kind: 'opt-in', purposes: ['marketing'] },
  ] as const)('who is verified as nobody that is known changes nothing of somebody that is claimed besides: $kind', async (more) => {
    const before = await desk.agent.graph.customer('u-1');
    const consents = await desk.agent.consents.show('u-1');
    const id = await receive({ ...more, claims: ['u-1', 'u-nobody'] });
    await requests.verify(id, { ...account, customer: 'u-nobody' }, 'ada');
    await expect(requests.fulfil(id, 'ada')).rejects.toMatchObject({ code: 'REQUEST_REFUSED' });
    expect((await desk.agent.graph.customer('u-1')).attributes).toEqual(before.attributes);
    expect((await desk.agent.consents.show('u-1')).history).toEqual(consents.history);
  });

  it('can be stepped up', async () => {
    const id = await receive({ kind: 'erase' });
    await requests.ask(id, 'Please sign in to your account.', 'ada');
    expect((await requests.verify(id, { evidence: evidence('data-points', 1) }, 'ada')).status).toBe('awaiting-identity');
    expect((await requests.verify(id, { evidence: evidence('data-points', 2) }, 'ada')).status).toBe('in-progress');
  });

  it('is asked of people, and of people in a role', async () => {
    const id = await receive();
    await expect(requests.verify(id, account, 'nobody')).rejects.toMatchObject({ code: 'PERSON_NOT_FOUND' });
    await expect(requests.verify(id, account, 'bob')).rejects.toMatchObject({ code: 'REQUEST_REFUSED' });
    await expect(requests.verify(id, account, 'agent')).rejects.toMatchObject({ code: 'PERSON_NOT_FOUND' });
    await expect(requests.verify(id, { evidence: evidence('data-points', -1) }, 'ada')).rejects.toMatchObject({ code: 'ARGUMENT_INVALID' });
  });
});

describe('an agent', () => {
  const agent = (proof: 'none' | 'signed-permission' | 'power-of-attorney', isConfirmed = false) => ({
    name: 'Permission Slip',
    proof,
    isConfirmed,
  });

  it.each([
    ['opt-out', agent('signed-permission'), 'in-progress'],
    ['opt-out', agent('none'), 'awaiting-identity'],
    ['access', agent('signed-permission'), 'awaiting-identity'],
    ['access', agent('signed-permission', true), 'in-progress'],
    ['access', agent('power-of-attorney'), 'in-progress'],
    ['erase', agent('none', true), 'awaiting-identity'],
  ] as const)('asks for %s with %o: %s', async (kind, given, status) => {
    const id = await receive({ kind, agent: given, ...(kind === 'opt-out' ? { purposes: ['sale'] as const } : {}) });
    const { status: found } = kind === 'opt-out' ? await requests.show(id) : await requests.verify(id, account, 'ada');
    expect(found).toBe(status);
  });
});

describe('a household', () => {
  it('gets an answer when every member is verified', async () => {
    const id = await receive({ householdMembers: 3 });
    expect(await requests.verify(id, { ...account, householdVerified: 2 }, 'ada')).toMatchObject({ status: 'awaiting-identity' });
    expect(await requests.verify(id, { ...account, householdVerified: 3 }, 'ada')).toMatchObject({ status: 'in-progress' });
  });
});

let decisions = 0;

describe('each reason to deny', () => {
  const correction = { kind: 'correct', corrections: [{ attribute: 'city', value: 'Lyon' }] } as const;
  const cases: Readonly<
    Record<
      (typeof denialReasons)[number],
      { readonly fits: () => Promise<string>; readonly not: () => Promise<string>; readonly cites: RegExp }
    >
  > = {
    'identity-not-verified': { fits: () => receive(), not: () => verified(), cites: /§§ 7022\(a\), 7023\(a\), 7024\(a\)-\(b\)/ },
    'agent-not-authorised': {
      fits: () => receive({ agent: { name: 'A', proof: 'none', isConfirmed: false } }),
      not: () => verified(),
      cites: /7063/,
    },
    'household-not-verified': { fits: () => receive({ householdMembers: 2 }), not: () => verified(), cites: /Cal\. Civ\. Code/ },
    'suspected-fraud': { fits: () => receive(), not: async () => closed(await receive()), cites: /7023\(h\)/ },
    'no-match': { fits: () => verified({ claims: ['u-nobody'] }), not: () => verified(), cites: /1798\.130\(a\)\(3\)/ },
    'no-automated-decision': {
      fits: () => verified({ kind: 'human-review', residence: 'DE' }),
      not: () => contested('credit'),
      cites: /art\. 22\(1\)/,
    },
    'no-significant-effect': {
      fits: () => contested('offer-eligibility'),
      not: () => contested('credit'),
      cites: /art\. 22\(1\)/,
    },
    'right-not-given': { fits: () => receive({ ...correction, residence: 'US-IA' }), not: () => receive(correction), cites: /^$/ },
    'exempt-data': { fits: () => verified({ kind: 'erase' }), not: () => verified(), cites: /1798\.105\(d\)/ },
    'legal-hold': {
      fits: () => verified({ kind: 'erase', residence: 'DE' }),
      not: () => receive({ kind: 'erase' }),
      cites: /art\. 17\(3\)\(b\) and \(e\)/,
    },
    'rights-of-others': {
      fits: () => verified({ residence: 'DE' }),
      not: () => verified({ kind: 'erase' }),
      cites: /arts 15\(4\) and 20\(4\)/,
    },
    'correction-contested': { fits: () => verified(correction), not: () => verified(), cites: /7023\(b\)/ },
    'outside-jurisdiction': { fits: () => receive({ residence: 'US-WY' }), not: () => receive({ residence: '' }), cites: /^$/ },
    'too-many-requests': { fits: () => oneTooMany(), not: () => verified({ claims: ['u-nobody'] }), cites: /1798\.130\(b\)/ },
    'manifestly-unfounded': { fits: () => receive(), not: async () => closed(await receive()), cites: /1798\.145\(h\)\(3\)/ },
    'impossible-or-disproportionate': { fits: () => verified(), not: () => receive(), cites: /7024\(h\)/ },
    'appeal-unfounded': { fits: () => appealOfDenied(), not: () => receive(), cites: /Colorado|C\.R\.S\./ },
  };

  async function contested(purpose: string): Promise<string> {
    decisions += 1;
    const customer = `u-decided-${decisions}`;
    await someSignals(desk.agent, customer, 'DE');
    await decidedAbout(desk.workspace, customer, purpose);
    return verified({ kind: 'human-review', residence: 'DE', claims: [customer] });
  }

  async function closed(id: string): Promise<string> {
    await requests.withdraw(id, 'changed my mind', 'ada');
    return id;
  }

  /** Two were answered within the year. */
  async function oneTooMany(residence = 'US-CA'): Promise<string> {
    for (let answered = 0; answered < 2; answered++) {
      const id = await verified({ kind: 'port', residence });
      await requests.export(id, join(desk.directory, `${id}.zip`), 'ada');
      await requests.fulfil(id, 'ada');
    }
    return verified({ kind: 'port', residence });
  }

  it('is not refused for its number where the law only allows a fee', async () => {
    const id = await oneTooMany('US-VA');
    expect((await requests.show(id)).deniableAs).not.toContain('too-many-requests');
    await expect(requests.deny(id, 'too-many-requests', '', 'ada')).rejects.toMatchObject({ code: 'REQUEST_REFUSED' });
  });

  async function appealOfDenied(): Promise<string> {
    const id = await receive({ residence: 'US-CO' });
    await requests.deny(id, 'suspected-fraud', '', 'ada');
    return receive({ kind: 'appeal', claims: [], appealOf: id, residence: 'US-CO' });
  }

  it.each(denialReasons)('%s denies what it fits, with its citation, and nothing else', async (reason) => {
    const { fits, not, cites } = cases[reason];
    const id = await fits();
    expect((await requests.show(id)).deniableAs).toContain(reason);
    const denied = await requests.deny(id, reason, '', 'ada');
    expect(denied.status).toBe('denied');
    expect(denied.state.denial?.basis.map(({ citation }) => citation).join(' | ')).toMatch(cites);
    const other = await not();
    expect((await requests.show(other)).deniableAs).not.toContain(reason);
    await expect(requests.deny(other, reason, '', 'ada')).rejects.toMatchObject({ code: 'REQUEST_REFUSED' });
  });

  it('is one of the list', async () => {
    await expect(requests.deny(await receive(), 'because' as 'no-match', '', 'ada')).rejects.toMatchObject({ code: 'ARGUMENT_INVALID' });
  });
});

describe('an extension', () => {
  it('is told with its reason, once, and reaches as far as the law allows', async () => {
    const id = await receive();
    await expect(requests.extend(id, ' ', 'ada')).rejects.toMatchObject({ code: 'ARGUMENT_INVALID' });
    await expect(requests.extend(id, 'two systems', 'ada', '2027-02-01')).rejects.toMatchObject({ code: 'REQUEST_REFUSED' });
    const extended = await requests.extend(id, 'two systems', 'ada');
    expect(extended).toMatchObject({ respondBy: '2027-01-31' });
    expect(extended.letter).toContain('two systems');
    expect(extended.extendableTo).toBeNull();
    await expect(requests.extend(id, 'three systems', 'ada')).rejects.toMatchObject({ code: 'REQUEST_REFUSED' });
  });

  it('is offered while it can be taken, and not once it was answered', async () => {
    const id = await verified({ claims: ['u-nobody'] });
    const { extendableTo: until, state } = await requests.show(id);
    expect(until).toBe('2027-01-31');
    // Carried out here: only recipients have still to say so.
    expect(extendableTo({ ...state, status: 'awaiting-sinks' }, '2026-11-02')).toBeNull();
    await requests.deny(id, 'no-match', '', 'ada');
    expect((await requests.show(id)).extendableTo).toBeNull();
    expect((await requests.show(await receive({ residence: 'BR' }))).extendableTo).toBeNull();
  });

  it('is none where the law knows none', async () => {
    await expect(requests.extend(await receive({ residence: 'BR' }), 'two systems', 'ada')).rejects.toThrow(/no law .* knows an extension/);
    await expect(requests.extend(await receive({ kind: 'opt-out', purposes: ['sale'] }), 'busy', 'ada')).rejects.toThrow(/no law/);
  });
});

describe('carrying out', () => {
  it('records an opt-out of whoever asks, as the law wants it', async () => {
    const id = await receive({ kind: 'opt-out', purposes: ['sale', 'sharing'] });
    const done = await requests.fulfil(id, 'ada');
    expect(done.status).toBe('fulfilled');
    const { standing } = await desk.agent.consents.show('u-1');
    expect(standing.filter(({ isRefused }) => isRefused === true).map(({ purpose }) => purpose)).toEqual(['sale', 'sharing']);
  });

  it('corrects what was declared', async () => {
    const id = await verified({ kind: 'correct', corrections: [{ attribute: 'city', value: 'Lyon' }] });
    expect((await requests.preview(id)).would).toEqual(['declare city anew, and keep that it was corrected']);
    expect((await requests.fulfil(id, 'ada')).status).toBe('fulfilled');
    const { attributes } = await desk.agent.graph.customer('u-1');
    expect(attributes.find(({ name }) => name === 'city')).toMatchObject({ value: 'Lyon', source: 'correction' });
  });

  it('refuses to correct what nobody declares', async () => {
    await expect(receive({ kind: 'correct', corrections: [{ attribute: 'score', value: '9' }] })).rejects.toThrow(
      /nothing that is declared/,
    );
  });

  it('erases, says what stays, and keeps the log of the request', async () => {
    await someSignals(desk.agent, 'u-gone', 'US-CA');
    const id = await verified({ kind: 'erase', claims: ['u-gone'] });
    const { would, isDestructive } = await requests.preview(id);
    expect(isDestructive).toBe(true);
    expect(would.join('\n')).toMatch(/erase \d+ .*signals/);
    const done = await requests.fulfil(id, 'ada');
    expect(['fulfilled', 'partly-fulfilled', 'awaiting-sinks']).toContain(done.status);
    await expect(desk.agent.graph.customer('u-gone')).rejects.toMatchObject({ code: 'CUSTOMER_NOT_FOUND' });
    expect((await requests.log()).find((row) => row.id === id)).toMatchObject({ nature: 'erase', response: done.status });
    expect((await requests.show(id)).letter).toContain('keys destroyed');
  });

  it('takes back a decision that was appealed, and answers anew', async () => {
    const id = await verified({ residence: 'US-CO' });
    await requests.deny(id, 'rights-of-others', '', 'ada').catch(() => requests.deny(id, 'manifestly-unfounded', '', 'ada'));
    const appeal = await receive({ kind: 'appeal', claims: [], appealOf: id, residence: 'US-CO' });
    expect((await requests.show(appeal)).respondBy).toBe('2026-12-17');
    await requests.fulfil(appeal, 'ada');
    expect(await requests.show(id)).toMatchObject({ status: 'in-progress' });
    await expect(receive({ kind: 'appeal', claims: [], appealOf: id })).rejects.toMatchObject({ code: 'REQUEST_REFUSED' });
  });
});

describe('a request that cannot be one', () => {
  it.each([
    [{ claims: [] }, /at least one identity/],
    [{ claims: [''] }, /claim:/],
    [{ claims: ['email:not-an-address'] }, /claim:/],
    [{ kind: 'opt-out' }, /purposes/],
    [{ kind: 'correct' }, /what is to be corrected/],
    [{ kind: 'appeal' }, /names the request/],
    [{ kind: 'everything' as 'access' }, /no kind of request/],
    [{ receivedAt: '2027-01-01' }, /not ahead/],
    [{ receivedAt: 'yesterday' }, /not ahead/],
    [{ householdMembers: 1 }, /household/],
  ] as const)('%o is refused', async (more, why) => {
    await expect(receive(more)).rejects.toThrow(why);
  });

  it('keeps no address in clear', async () => {
    const id = await receive({ claims: ['Ann@Example.org', '+49 30 1234567'] });
    const { claims } = (await requests.show(id)).state;
    expect(claims).toEqual([expect.stringMatching(/^email:[0-9a-f]{64}$/), expect.stringMatching(/^phone:[0-9a-f]{64}$/)]);
    expect(readFileSync(join(desk.directory, '.cohortium', 'requests.db')).includes('Ann@Example.org')).toBe(false);
  });

  it('runs from the day on which it arrived', async () => {
    expect((await requests.show(await receive({ receivedAt: '2026-10-15' }))).respondBy).toBe('2026-11-29');
  });
});

describe('the log', () => {
  it('has of each request what has to be kept, and every step is a record of the ledger', async () => {
    const rows = await requests.log();
    expect(rows.length).toBeGreaterThan(40);
    for (const row of rows.filter(({ response }) => response === 'denied'))
      expect(row).toMatchObject({ respondedOn: '2026-11-02', basisOfDenial: expect.any(String) });
    const { steps } = (await requests.show(rows[0]?.id ?? '')).state;
    for (const { record } of steps) expect((await desk.workspace.records().at({ index: record, item: null })).kind).toBe('request');
  });

  it('counts as a year is published', async () => {
    const { byKind, denials } = await requests.metrics(2026);
    const total = byKind.reduce((sum, { received }) => sum + received, 0);
    expect(total).toBe((await requests.log()).length);
    expect(byKind.find(({ kind }) => kind === 'port')).toMatchObject({ compliedInWhole: 4, medianDays: 0 });
    expect(denials.find(({ reason }) => reason === 'too-many-requests')).toEqual({ reason: 'too-many-requests', count: 1 });
    expect((await requests.metrics(2025)).byKind.every(({ received }) => received === 0)).toBe(true);
  });
});

// Last, because the clock only goes on.
describe('time', () => {
  it('makes an open request late, and its extension too late', async () => {
    const id = await receive();
    desk.moveTo('2026-12-17T12:00:00Z');
    expect(await requests.show(id)).toMatchObject({ daysLeft: 0, isOverdue: false, extendableTo: '2027-01-31' });
    desk.moveTo('2026-12-18T00:00:00Z');
    expect(await requests.show(id)).toMatchObject({ daysLeft: -1, isOverdue: true, extendableTo: null });
    await expect(requests.extend(id, 'two systems', 'ada')).rejects.toThrow(/was due on 2026-12-17/);
  });

  it('counts what is open and late apart from what was answered late', async () => {
    const counted = async () => (await requests.metrics(2026)).byKind.find(({ kind }) => kind === 'opt-in');
    const before = await counted();
    const [late, answered] = [
      await receive({ kind: 'opt-in', purposes: ['marketing'], receivedAt: '2026-08-03' }),
      await receive({ kind: 'opt-in', purposes: ['marketing'], receivedAt: '2026-08-03' }),
    ];
    await requests.deny(answered, 'suspected-fraud', '', 'ada');
    expect(await requests.show(late)).toMatchObject({ isOverdue: true });
    const after = await counted();
    expect(after?.openLate).toBe((before?.openLate ?? 0) + 1);
    expect(after?.late).toBe((before?.late ?? 0) + 1);
  });

  it('lets the log go after 24 months, and not a day before', async () => {
    const before = (await requests.log()).length;
    desk.moveTo('2028-11-02T12:00:00Z');
    expect((await requests.purge({ isDryRun: false })).requests).toEqual([]);
    desk.moveTo('2028-11-03T00:00:00Z');
    const dry = await requests.purge({ isDryRun: true });
    expect(dry.rule).toContain('ca-request-records');
    expect(dry.requests.length).toBeGreaterThan(10);
    expect((await requests.log()).length).toBe(before);
    const [first = ''] = dry.requests;
    const { record } = (await requests.show(first)).state.steps[0] ?? { record: -1 };
    expect((await desk.workspace.records().at({ index: record, item: null })).state).toBe('open');
    await requests.purge({ isDryRun: false });
    await expect(requests.show(first)).rejects.toMatchObject({ code: 'REQUEST_NOT_FOUND' });
    expect((await desk.workspace.records().at({ index: record, item: null })).state).toBe('erased');
    expect(desk.workspace.ledger().verify()).toMatchObject({ verified: true });
  });
});
