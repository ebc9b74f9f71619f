/** Who is whom, through the agent's own doors: signals go in, links are made and undone, and everything is as it was. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { sha256 } from '../../../skills/sdk/index.ts';
import { duplicatePeople } from '../../../test/fixtures/duplicate-people.ts';
import { callOptions } from '../../../test/fixtures/sealed-graph.ts';
import { agentOver } from '../agent.ts';
import type { CustomerDataGraph } from '../interface.ts';
import { initOperatorDirectory } from '../operator-directory.ts';
import { openWorkspace, type Workspace } from '../workspace.ts';
import type { CustomerView } from './graph-interface.ts';

const ada = { by: 'Ada Lovelace', note: 'she called' };

describe('the graph', () => {
  let directory: string;
  let workspace: Workspace;
  let agent: CustomerDataGraph;
  let serial = 0;

  const open = (): void => {
    workspace = openWorkspace(directory);
    agent = agentOver(workspace);
  };
  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'graph-door-'));
    await initOperatorDirectory(directory);
    open();
    serial = 0;
  });
  afterEach(async () => {
    await agent.close();
    rmSync(directory, { recursive: true });
  });

  const rules = async (yaml: string): Promise<void> => {
    await agent.close();
    writeFileSync(join(directory, 'registries', 'identity.yaml'), yaml);
    open();
  };

  const take = async (signals: readonly Readonly<Record<string, unknown>>[]): Promise<void> => {
    const report = await agent.capture(
      signals.map((signal) => ({ id: `s-${(serial += 1)}`, properties: {}, ...signal })),
      'test',
    );
    expect(report.entries).toEqual([]);
  };
  const visit = (customer: Readonly<Record<string, string>>, at: string) => ({ type: 'visit', customer, at });
  const buy = (customer: Readonly<Record<string, string>>, at: string, amountMinor: number) => ({
    type: 'purchase',
    customer,
    at,
    location: 'Berlin',
    properties: { amountMinor, currency: 'EUR' },
  });
  const declare = (customer: Readonly<Record<string, string>>, at: string, attribute: string, value: string, source?: string) => ({
    type: 'preference-change',
    customer,
    at,
    properties: { attribute, value, ...(source === undefined ? {} : { source }) },
  });

  const snapshot = async () => (await workspace.eventLog().seal({}, { ...callOptions, idempotencyKey: `test-${(serial += 1)}` })).snapshot;
  /** Digests of everything that features say about everybody. */
  const features = async (asOf: string) => {
    const ref = await snapshot();
    const warehouse = workspace.warehouse();
    return [
      await warehouse.buildFeatures({ snapshot: ref, asOf, outcomeDays: 0 }, callOptions),
      await warehouse.buildWindows({ snapshot: ref, asOf }, callOptions),
    ];
  };
  /** What a view says apart from the statements that were made and undone in between. */
  const profileOf = ({ identities, attributes, consents, signals, customerId }: CustomerView) => ({
    customerId,
    identities,
    attributes,
    consents,
    signals: signals.filter(({ type }) => !type.startsWith('identity-')),
  });

  it('restores both histories exactly when a link is undone: profiles, features and windows', async () => {
    await agent.close();
    const config = join(directory, 'cohortium.yaml');
    writeFileSync(config, `${readFileSync(config, 'utf8').replace(/^clock:.*\n/m, '')}clock: { kind: simulated, at: 2026-03-20 }\n`);
    open();
    await take([
      buy({ userId: 'anna', emailHash: sha256('anna@example.org') }, '2026-01-02', 1200),
      buy({ userId: 'anna' }, '2026-02-02', 800),
      declare({ userId: 'anna' }, '2026-01-03', 'city', 'Halden'),
      buy({ userId: 'annie', loyaltyId: 'L-1' }, '2026-01-05', 500),
      buy({ loyaltyId: 'L-1' }, '2026-03-01', 700),
      declare({ loyaltyId: 'L-1' }, '2026-03-02', 'city', 'Ostra'),
    ]);
    const before = {
      features: await features('2026-04-01'),
      anna: await agent.graph.customer('anna'),
      annie: await agent.graph.customer('annie'),
    };

    const linked = await agent.graph.link('anna', 'annie', ada);
    expect(linked).toMatchObject({ kind: 'link', customers: ['anna', 'anna'], isOneCustomer: true });
    expect(await features('2026-04-01')).not.toEqual(before.features);
    const both = await agent.graph.customer('loyalty:L-1');
    expect(both).toMatchObject({ customerId: 'anna', previousIds: ['annie'] });
    expect(both.identities.map(({ kind, value }) => `${kind}:${value}`).slice(0, 3)).toEqual(['user:anna', 'user:annie', 'loyalty:L-1']);
    expect(both.attributes).toMatchObject([{ name: 'city', value: 'Ostra', others: [{ value: 'Halden' }] }]);

    const undone = await agent.graph.unlink('annie', 'anna', { by: 'Ada Lovelace', note: 'two people after all' });
    expect(undone).toMatchObject({ kind: 'unlink', customers: ['annie', 'anna'], isOneCustomer: false, stillJoinedBy: [] });
    expect(await features('2026-04-01')).toEqual(before.features);
    expect(profileOf(await agent.graph.customer('anna'))).toEqual(profileOf(before.anna));
    expect(profileOf(await agent.graph.customer('annie'))).toEqual(profileOf(before.annie));
    const { history } = await agent.graph.customer('annie');
    expect(history.map(({ kind, customerId }) => `${kind} ${customerId}`)).toEqual([
      'began annie',
      'joined anna',
      'renamed anna',
      'left annie',
      'renamed annie',
    ]);
  });

  it('takes a card from who had it when a person says whose it is, and gives it back', async () => {
    await take([visit({ userId: 'anna' }, '2026-01-01'), visit({ userId: 'annie', loyaltyId: 'L-1' }, '2026-01-02')]);
    await agent.graph.link('anna', 'loyalty:L-1', ada);
    const view = await agent.graph.customer('loyalty:L-1');
    expect(view).toMatchObject({ customerId: 'anna', previousIds: [] });
    expect(view.links.map(({ left, source, refusal }) => [left, source, refusal])).toEqual([
      ['user:anna', 'statement', null],
      ['user:annie', 'event', 'different-users'],
    ]);
    expect((await agent.graph.unlink('anna', 'loyalty:L-1', ada)).customers).toEqual(['anna', 'annie']);
  });

  it('says by what two identities are one customer still after an unlink', async () => {
    await take([
      visit({ userId: 'anna', emailHash: sha256('a') }, '2026-01-01'),
      visit({ emailHash: sha256('a'), loyaltyId: 'L-1' }, '2026-01-02'),
      visit({ userId: 'anna', loyaltyId: 'L-1' }, '2026-01-03'),
    ]);
    const undone = await agent.graph.unlink('anna', 'loyalty:L-1', ada);
    expect(undone.isOneCustomer).toBe(true);
    expect(undone.stillJoinedBy.map(({ left, right }) => [left, right])).toEqual([
      ['user:anna', `email:${sha256('a')}`],
      ['loyalty:L-1', `email:${sha256('a')}`],
    ]);
  });

  it('tells a customer as of any time, with links, losing values and how it came about', async () => {
    await rules('fields:\n  city: { policy: most-trusted-source, sources: [crm, web] }\nkinds:\n  email: { confidence: 0.8 }\n');
    await take([
      visit({ anonymousId: 'device' }, '2026-01-01T10:00:00Z'),
      declare({ userId: 'anna', emailHash: sha256('a') }, '2026-01-02T10:00:00Z', 'city', 'Halden', 'crm'),
      declare({ userId: 'anna' }, '2026-01-03T10:00:00Z', 'city', 'Ostra', 'web'),
      visit({ userId: 'anna', anonymousId: 'device' }, '2026-01-04T10:00:00Z'),
      { type: 'consent-event', customer: { userId: 'anna' }, at: '2026-01-05', properties: { purpose: 'marketing', granted: false } },
    ]);
    const view = await agent.graph.customer('anonymous:device');
    expect(view).toMatchObject({
      customerId: 'anna',
      asked: 'anonymous:device',
      asOf: null,
      previousIds: ['anonymous:device'],
      attributes: [
        {
          name: 'city',
          value: 'Halden',
          source: 'crm',
          policy: 'most-trusted-source',
          at: '2026-01-02T10:00:00.000Z',
          others: [{ value: 'Ostra', source: 'web' }],
        },
      ],
      consents: [{ purpose: 'marketing', value: 'refused' }],
      signals: [
        { type: 'consent-event', count: 1 },
        { type: 'preference-change', count: 2 },
        { type: 'visit', count: 2, firstAt: '2026-01-01T10:00:00.000Z', lastAt: '2026-01-04T10:00:00.000Z' },
      ],
    });
    expect(view.links).toMatchObject([
      { left: 'user:anna', right: `email:${sha256('a')}`, source: 'event', confidence: 0.8, evidence: 1, refusal: null },
      {
        left: 'user:anna',
        right: 'anonymous:device',
        source: 'event',
        confidence: 0.9,
        firstAt: '2026-01-04T10:00:00.000Z',
        refusal: null,
      },
    ]);
    expect(view.history).toMatchObject([
      { at: '2026-01-01T10:00:00.000Z', kind: 'began', customerId: 'anonymous:device' },
      { at: '2026-01-04T10:00:00.000Z', kind: 'joined', customerId: 'anna', customers: ['anna'] },
      { at: '2026-01-04T10:00:00.000Z', kind: 'renamed', customerId: 'anna', customers: ['anonymous:device'] },
    ]);
    const earlier = await agent.graph.customer('anonymous:device', '2026-01-03');
    expect(earlier).toMatchObject({ customerId: 'anonymous:device', attributes: [], signals: [{ type: 'visit', count: 1 }] });
    expect((await agent.graph.customer('anna', '2026-01-04T10:00:00Z')).identities).toHaveLength(3);
    expect((await agent.graph.customer('anna', '2026-01-04T09:59:59Z')).identities).toHaveLength(2);
    await expect(agent.graph.customer('anna', '2026-01-01')).rejects.toThrow(expect.objectContaining({ code: 'CUSTOMER_NOT_FOUND' }));
  });

  it('chooses the same value in features as in the profile', async () => {
    await rules('fields:\n  residency: { policy: never-overwrite }\n');
    await take([
      buy({ userId: 'anna' }, '2026-01-01', 1),
      declare({ userId: 'anna' }, '2026-01-02', 'residency', 'DE'),
      declare({ userId: 'anna' }, '2026-01-03', 'residency', 'FR'),
    ]);
    expect((await agent.graph.customer('anna')).attributes).toMatchObject([{ name: 'residency', value: 'DE', others: [{ value: 'FR' }] }]);
    const declared = await workspace.warehouse().declaredAt(await snapshot(), '2026-02-01', callOptions);
    expect(declared.get('anna')?.attributes.get('residency')).toBe('DE');
  });

  it('keeps the rules that a snapshot was made with', async () => {
    await take([buy({ userId: 'u1', loyaltyId: 'L' }, '2026-01-01', 1), buy({ userId: 'u2', loyaltyId: 'L' }, '2026-01-02', 1)]);
    const shipped = await snapshot();
    await rules('usersJoinedBy: [loyalty]\n');
    const trusting = await snapshot();
    expect(trusting).not.toEqual(shipped);
    const customers = async (ref: typeof shipped) => [
      ...(await workspace.warehouse().declaredAt(ref, '2026-02-01', callOptions)).keys(),
      (await workspace.warehouse().buildFeatures({ snapshot: ref, asOf: '2026-02-01', outcomeDays: 0 }, callOptions)).accounts.rows,
    ];
    expect(await customers(shipped)).toEqual([2]);
    expect(await customers(trusting)).toEqual([1]);
  });

  it('lints its rules with file, line and column', async () => {
    await rules('kinds:\n  email: { users: 0 }\nfields:\n  shoe: { policy: most-recent }\n');
    const diagnostics = await agent.lint([]);
    expect(diagnostics).toMatchObject([{ code: 'CONFIG_INVALID', at: { file: 'registries/identity.yaml', line: 2, column: 12 } }]);
    await rules('fields:\n  shoe: { policy: most-recent }\n');
    expect(await agent.lint([])).toMatchObject([{ code: 'CONFIG_INVALID', at: { line: 2, column: 3 } }]);
    await expect(agent.graph.customer('anna')).rejects.toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }));
  });

  it.each([
    ['anna', 'anna', ada, 'ARGUMENT_INVALID', /both are user:anna/],
    ['anna', 'email:anna@example.org', ada, 'ARGUMENT_INVALID', /64 hex digits/],
    ['anna', '', ada, 'ARGUMENT_INVALID', /an identity such as/],
    ['anna', 'loyalty:0000', ada, 'IDENTITY_BLOCKED', /names nobody/],
    ['anna', 'loyalty:L', { by: ' ', note: 'because' }, 'ARGUMENT_INVALID', /who decides/],
    ['anna', 'loyalty:L', { by: 'Ada', note: '' }, 'ARGUMENT_INVALID', /why/],
    ['anna', 'loyalty:L', { by: 'Ada', note: 'x'.repeat(300) }, 'ARGUMENT_INVALID', /shorten the note/],
  ])('refuses to link %s and %s', async (left, right, decision, code, message) => {
    await expect(agent.graph.link(left, right, decision)).rejects.toThrow(
      expect.objectContaining({ code, message: expect.stringMatching(message) }),
    );
    expect(workspace.eventLog().counts().inbox).toBe(0);
  });

  it('refuses a time that is none, and an identity that nobody has', async () => {
    await take([visit({ userId: 'anna' }, '2026-01-01')]);
    await expect(agent.graph.customer('anna', '2026-02-30')).rejects.toThrow(expect.objectContaining({ code: 'ARGUMENT_INVALID' }));
    await expect(agent.graph.customer('berta')).rejects.toThrow(expect.objectContaining({ code: 'CUSTOMER_NOT_FOUND' }));
  });

  it('shows who only looks what is sealed, and says how much waits', async () => {
    await take([visit({ userId: 'anna' }, '2026-01-01')]);
    await snapshot();
    await take([visit({ userId: 'anna', loyaltyId: 'L' }, '2026-01-02')]);
    const looking = openWorkspace(directory, { readonly: true });
    const view = await agentOver(looking).graph.customer('anna');
    await expect(agentOver(looking).graph.customer('berta')).rejects.toThrow(
      /nothing is known of 'user:berta'; 1 accepted signals cannot be looked at until the process that holds the directory has stopped/,
    );
    await looking.close();
    expect([view.identities.length, view.waiting]).toEqual([1, 1]);
    expect([(await agent.graph.customer('anna')).identities.length, (await agent.graph.customer('anna')).waiting]).toEqual([2, 0]);
  });

  describe('of likely pairs', () => {
    const person = (customer: Readonly<Record<string, string>>, given: string, family: string, city: string, year: string) =>
      Object.entries({ givenName: given, familyName: family, street: 'Lindenweg 1', postalCode: '12345', city, birthYear: year }).map(
        ([attribute, value]) => declare(customer, '2026-01-01', attribute, value),
      );
    /** A town to learn from, and a pair that is looked at. */
    const town = async (): Promise<void> => {
      const records = duplicatePeople({ seed: 'door', people: 700 });
      const signals = records.flatMap((record) => {
        const customer = Object.fromEntries(
          (['userId', 'loyaltyId', 'emailHash', 'phoneHash'] as const).flatMap((name) =>
            record[name] === '' ? [] : [[name, record[name]]],
          ),
        );
        return (['givenName', 'familyName', 'street', 'postalCode', 'city', 'birthYear'] as const)
          .filter((name) => record[name] !== '')
          .map((name) => declare(customer, '2026-01-01', name, record[name]));
      });
      await take([
        ...signals,
        ...person({ userId: 'quirin' }, 'Quirin', 'Zapf', 'Talheim', '1980'),
        ...person({ loyaltyId: 'Q-1' }, 'Quirin', 'Zappf', 'Talheim', '1980'),
        ...person({ userId: 'q2' }, 'Qirin', 'Zapf', 'Talheim', '1980'),
      ]);
    };
    const about = (left: string, right: string) => async () =>
      (await agent.graph.proposals('all')).find((one) => one.left === left && one.right === right);

    it('proposes them, joins none by itself, and joins what a person confirms', async () => {
      await town();
      const found = about('user:quirin', 'loyalty:Q-1');
      const report = await agent.graph.match();
      expect(report.open).toBe(report.proposed);
      expect(report.linked).toBe(0);
      const proposal = await found();
      expect(proposal).toMatchObject({ status: 'open', needsPerson: false });
      expect(proposal?.probability).toBeGreaterThan(0.99);
      expect((await agent.graph.customer('quirin')).identities).toHaveLength(1);

      const confirmed = await agent.graph.confirm(proposal?.id ?? '', ada);
      expect(confirmed).toMatchObject({ status: 'confirmed', decidedBy: 'Ada Lovelace', note: 'she called' });
      const view = await agent.graph.customer('quirin');
      expect(view.identities).toHaveLength(2);
      expect(view.links).toMatchObject([{ source: 'review', confidence: 1, reason: 'review: Ada Lovelace: she called' }]);
      await expect(agent.graph.reject(proposal?.id ?? '', ada)).rejects.toThrow(expect.objectContaining({ code: 'LINK_DECIDED' }));
      await expect(agent.graph.confirm('link-0', ada)).rejects.toThrow(expect.objectContaining({ code: 'LINK_NOT_FOUND' }));
      await expect(agent.graph.confirm(proposal?.id ?? '', { by: '', note: 'x' })).rejects.toThrow(
        expect.objectContaining({ code: 'ARGUMENT_INVALID' }),
      );
    });

    it('remembers what was rejected, also when the likeliest pair of the two is another one then', async () => {
      await town();
      await agent.graph.match();
      const proposal = await about('user:q2', 'user:quirin')();
      expect(proposal).toMatchObject({ status: 'open', needsPerson: true });
      await agent.graph.reject(proposal?.id ?? '', ada);
      await take(
        person({ userId: 'q2', emailHash: sha256('q') }, 'Quirin', 'Zapf', 'Talheim', '1980').map((signal) => ({
          ...signal,
          customer: { emailHash: sha256('q') },
        })),
      );
      await take([visit({ userId: 'q2', emailHash: sha256('q') }, '2026-01-02')]);
      const again = await agent.graph.match();
      expect(again.rejectedBefore).toBeGreaterThanOrEqual(1);
      const open = await agent.graph.proposals('open');
      expect(
        open.filter(({ left, right }) => [left, right].every((one) => ['user:quirin', 'user:q2', `email:${sha256('q')}`].includes(one))),
      ).toEqual([]);
    });

    it('links by itself only above the line that the operator draws, and never two user ids', async () => {
      await rules('matching: { autoLinkAbove: 0.95 }\n');
      await town();
      const report = await agent.graph.match();
      expect(report.linked).toBeGreaterThan(10);
      expect(await about('user:quirin', 'loyalty:Q-1')()).toMatchObject({ status: 'linked', decidedBy: 'the rules' });
      expect(await about('user:q2', 'user:quirin')()).toMatchObject({ status: 'open', needsPerson: true });
      const { links } = await agent.graph.customer('quirin');
      expect(links).toMatchObject([{ source: 'probabilistic', refusal: null }]);
      expect(links[0]?.confidence).toBeGreaterThan(0.95);
      const again = await agent.graph.match();
      expect([again.proposed, again.linked]).toEqual([0, 0]);

      await agent.graph.unlink('quirin', 'loyalty:Q-1', ada);
      await agent.graph.match();
      expect((await agent.graph.customer('quirin')).identities).toHaveLength(1);
    });

    it('withdraws what is likely no more, and says again what a killed process has not said', async () => {
      await town();
      await agent.graph.match();
      const proposal = await about('user:quirin', 'loyalty:Q-1')();
      // As a process leaves it that is killed between the decision and the log.
      workspace.graphReviews().decide(proposal?.id ?? '', 'confirmed', 'Ada', 'she called', workspace.clock.now());
      expect((await agent.graph.customer('quirin')).identities).toHaveLength(1);
      const open = (await agent.graph.proposals('open')).length;
      const report = await agent.graph.match();
      expect((await agent.graph.customer('quirin')).identities).toHaveLength(2);
      expect(report.open + report.withdrawn).toBe(open + report.proposed);
    });
  });
});
