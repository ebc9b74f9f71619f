import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { axesPublication, type RunOutline, runsPublication } from '../../test/fixtures/membership-publications.ts';
import { createMemoryContent } from '../../test/fixtures/memory-content.ts';
import { createMemberships, type SqliteMemberships } from '../adapters/sqlite/memberships.ts';
import type { MembershipDoor, MembershipExplanation } from './interface.ts';
import { membershipDoor } from './membership-door.ts';

const directory = mkdtempSync(join(tmpdir(), 'membership-door-'));
const content = createMemoryContent();
let store: SqliteMemberships;
let door: MembershipDoor;

beforeAll(async () => {
  store = createMemberships({ directory, content, clock: { now: () => Date.UTC(2026, 4, 1) } });
  door = membershipDoor({ memberships: () => store });
  const call = (idempotencyKey: string) => ({ signal: new AbortController().signal, idempotencyKey });
  const cohorts = ['often', 'seldom'];
  const family = { family: 'value', precedence: 0 };
  const hysteresis = { margin: 0, runs: 2 };
  const reasons = [
    ['orders', 0.6231],
    ['recencyDays', -0.2],
  ] as const;
  const run = (members: RunOutline['members']): RunOutline => ({
    definition: 'rhythm',
    window: '90d',
    cohorts,
    members,
    resolution: family,
  });
  const strong: RunOutline = {
    definition: 'stock',
    window: '90d',
    cohorts: ['b2b'],
    members: { cleo: { cohort: 'b2b' } },
    resolution: { family: 'value', precedence: 5 },
  };
  const first = {
    anna: { cohort: 'seldom', confidence: 0.61, until: '2026-06-01' },
    bert: { cohort: 'often', confidence: 0.7 },
    cleo: { cohort: 'often', confidence: 0.7 },
    dora: { cohort: 'seldom', confidence: 0.7 },
  };
  await store.publish(runsPublication(content, [run(first), strong], '2026-03-31'), call('1'));
  const second = {
    anna: { cohort: 'often', confidence: 0.834, until: '2026-07-02', reasons, earlier: 'often' },
    bert: { cohort: 'seldom', confidence: 0.8, earlier: 'often' },
    cleo: { cohort: 'often', confidence: 0.7, earlier: 'often' },
    dora: { cohort: 'seldom', confidence: 0.7, earlier: 'seldom' },
  };
  await store.publish(runsPublication(content, [run(second), strong], '2026-04-30'), call('2'));
  await store.publish(
    runsPublication(content, [{ ...run({ ...second, dora: { cohort: 'often', confidence: 0.9 } }), hysteresis }], '2026-05-31'),
    call('3'),
  );
  await store.publish(axesPublication(content, { location: { anna: 'Berlin' } }, '2026-05-31'), call('4'));
});
afterAll(() => {
  store.close();
  rmSync(directory, { recursive: true });
});

/** Numbers in a text, dates and instants as one each, names of customers left out. */
function numbersIn(text: string): readonly string[] {
  return text.match(/\d{4}-\d{2}-\d{2}(?:T[\d:.]+Z)?|[+-]?\d+(?:\.\d+)?/g) ?? [];
}

function expectOnlyFacts({ sentences, facts }: MembershipExplanation): void {
  const known = facts.flatMap(({ value }) => [String(value), ...numbersIn(String(value))]);
  for (const number of sentences.flatMap(numbersIn)) expect(known).toContain(number.replace(/^\+/, ''));
}

describe('a membership explained', () => {
  it('says since when, how sure and why, in numbers that are facts', async () => {
    const found = await door.explainMembership({ customerId: 'anna', definition: 'rhythm' });
    expect(found.sentences).toEqual([
      'anna has been in the cohort cohort often of Title of rhythm (rhythm, over 90d) since 2026-04-30, and stays until 2026-07-02 unless something happens.',
      'The customer moved there from cohort seldom: behaviour changed.',
      'Confidence is 83.4 %: how often customers like this one stay when the method is fitted again, by their margin.',
      'For it spoke orders (+0.623).',
      'Against it spoke recencyDays (-0.2).',
      'Recorded by version 2 at 2026-05-01T00:00:00.000Z.',
    ]);
    expectOnlyFacts(found);
  });

  it('tells a move of the model from a move of the customer', async () => {
    const found = await door.explainMembership({ customerId: 'bert', definition: 'rhythm', window: '90d' });
    expect(found.sentences[1]).toBe(
      'The customer came there from cohort often because the model was fitted again: by the model before, the same behaviour still belongs to cohort often.',
    );
    expectOnlyFacts(found);
  });

  it('says which definition goes before it, and which move it waits for', async () => {
    const suppressed = await door.explainMembership({ customerId: 'cleo', definition: 'rhythm' });
    expect(suppressed.sentences).toContain('It does not count: stock goes before it in the same family and has the customer too.');
    const waiting = await door.explainMembership({ customerId: 'dora', definition: 'rhythm' });
    expect(waiting.sentences).toContain('A move to cohort often was seen in 1 run and waits to be seen again.');
    expectOnlyFacts(waiting);
  });

  it('of a rule is certain', async () => {
    const found = await door.explainMembership({ customerId: 'anna', definition: 'location' });
    expect(found.sentences[0]).toBe('anna has been in the cohort Berlin on the axis location since 2026-05-31.');
    expectOnlyFacts(found);
  });

  it('is refused for a definition that does not have the customer on that day', async () => {
    await expect(door.explainMembership({ customerId: 'anna', definition: 'rhythm', asOf: '2026-01-01' })).rejects.toThrow(
      /no cohort of 'rhythm'/,
    );
    await expect(door.explainMembership({ customerId: 'anna', definition: 'tenure' })).rejects.toThrow(
      /memberships are in location, rhythm$/,
    );
  });
});

describe('the other questions', () => {
  it('are answered as of a day and as known at a version', async () => {
    expect(await door.members({ axis: 'rhythm', window: '90d', cohort: 'often', limit: 9, asOf: '2026-04-15' })).toMatchObject({
      name: 'cohort often',
      version: 1,
      size: 1,
    });
    expect((await door.customerMemberships({ customerId: 'anna', knownAt: '1' })).memberships).toMatchObject([
      { cohort: 'seldom', confidence: 0.61 },
    ]);
    expect(await door.transitions({ definition: 'rhythm', from: '2026-03-31', to: '2026-04-30' })).toMatchObject({ stayed: 1, moved: 2 });
    const page = await door.membershipChanges({ version: 2, limit: 1 });
    const rest = await door.membershipChanges({ version: 2, limit: 9, cursor: page.nextCursor ?? '' });
    expect([...page.records, ...rest.records].map(({ customerId, change }) => `${customerId} ${change}`)).toEqual([
      'anna moved',
      'bert reassigned-by-model',
    ]);
    await expect(door.membershipChanges({ version: 1, limit: 9, cursor: page.nextCursor ?? '' })).rejects.toThrow(/cursor/);
  });
});
