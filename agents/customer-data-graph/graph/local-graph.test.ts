/** One customer out of a neighbourhood, against everybody resolved at once: on every day, whatever the contradictions. */
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { defaultIdentityRules } from '../../../registries/identity/identity-rules.ts';
import { sha256 } from '../../../skills/sdk/index.ts';
import { makeRng } from '../../../skills/sdk/numeric/index.ts';
import { callOptions, openGraph, type SealedGraph } from '../../../test/fixtures/sealed-graph.ts';
import { createGraphReader, type GraphReader } from '../../adapters/duckdb/graph-reader.ts';
import { identityOf } from '../identities/identity.ts';
import { loadIdentityGraph } from '../identities/load-identities.ts';
import { readNeighbourhood } from '../identities/neighbourhood.ts';
import { LocalGraph } from './local-graph.ts';

const dayMs = 86_400_000;
const firstDay = 20_454;
const days = 40;
/** Limits that are passed within the fixture, and kinds that may join. */
const rules = {
  ...defaultIdentityRules,
  kinds: {
    ...defaultIdentityRules.kinds,
    email: { users: 2, days: 10, confidence: 0.9 },
    anonymous: { users: 2, days: 5, confidence: 0.9 },
  },
  breakers: { degree: 6, size: 8 },
};

function signals(): unknown[] {
  const rng = makeRng('local graph');
  const some = (prefix: string, count: number, share: number): string => (rng.uniform() < share ? `${prefix}${rng.integer(count)}` : '');
  return Array.from({ length: 260 }, (_, index) => {
    const at = new Date((firstDay + Math.floor((index * days) / 260)) * dayMs + (index % 24) * 3_600_000).toISOString();
    const email = some('mail', 14, 0.4);
    const phone = some('phone', 10, 0.2);
    const names = { userId: some('u', 25, 0.5), loyaltyId: some('L', 15, 0.3), anonymousId: some('a', 12, 0.3) };
    const one = { ...names, emailHash: email === '' ? '' : sha256(email), phoneHash: phone === '' ? '' : sha256(phone) };
    const customer = Object.fromEntries(Object.entries(one).filter(([, value]) => value !== ''));
    const owned = Object.keys(customer).length === 0 ? { userId: `u${index % 25}` } : customer;
    if (index % 13 !== 5) return { id: `s-${index}`, type: 'visit', customer: owned, at, properties: {} };
    const properties = { left: { kind: 'user', value: `u${rng.integer(25)}` }, right: { kind: 'loyalty', value: `L${rng.integer(15)}` } };
    return { id: `s-${index}`, type: rng.uniform() < 0.7 ? 'identity-link' : 'identity-unlink', customer: owned, at, properties };
  });
}

describe('one customer', () => {
  let graph: SealedGraph;
  let reader: GraphReader;
  let snapshot: Parameters<GraphReader['lend']>[0];
  beforeAll(async () => {
    graph = openGraph();
    ({ snapshot } = await graph.with(signals()));
    reader = createGraphReader({ segments: join(graph.directory, 'segments'), content: graph.content });
  });
  afterAll(() => graph.close());

  /** By owner, the customer of everybody as of the end of a day. */
  const everybody = (day: number): Promise<ReadonlyMap<string, string>> =>
    reader.lend(snapshot, day, callOptions, async (engine) => {
      const window = { asOfDay: day, endDay: day };
      const { customers } = await loadIdentityGraph(engine, window, rules);
      const found = await engine.select('SELECT owner, customer_no FROM identities ORDER BY owner', window);
      return new Map((found['owner'] ?? []).map((owner, row) => [String(owner), customers[Number(found['customer_no']?.[row])] ?? '']));
    });

  it("is who everybody's resolution says, with the same identities, on any day", async () => {
    const last = firstDay + days;
    const owners = [...(await everybody(last)).keys()];
    const locals = await reader.lend(snapshot, last, callOptions, async (engine) => {
      const window = { asOfDay: last, endDay: last };
      const found = new Map<string, LocalGraph>();
      for (const [place, owner] of owners.entries()) {
        if (place % 3 > 0) continue;
        const focus = identityOf(owner);
        found.set(owner, new LocalGraph(await readNeighbourhood(engine, window, focus, (last + 1) * dayMs, rules), focus, rules));
      }
      return found;
    });
    let compared = 0;
    for (const day of [0, 1, 3, 7, 12, 20, 29, days].map((offset) => firstDay + offset)) {
      const expected = await everybody(day);
      for (const [owner, customer] of expected) {
        const local = locals.get(owner);
        if (!local) continue;
        const view = local.at((day + 1) * dayMs - 1);
        const members = view.members.map((number) => view.identityOf(number)).map(({ kind, value }) => `${kind}:${value}`);
        expect([day, owner, view.customerId, members.toSorted()]).toEqual([
          day,
          owner,
          customer,
          owners.filter((one) => expected.get(one) === customer).toSorted(),
        ]);
        compared += 1;
      }
    }
    expect(compared).toBeGreaterThan(100);
  });

  it('has a history whose last word is who it is, and in which nobody comes twice without leaving', async () => {
    const last = firstDay + days;
    const untilMs = (last + 1) * dayMs;
    const focus = identityOf('u3');
    const local = await reader.lend(snapshot, last, callOptions, async (engine) => {
      const window = { asOfDay: last, endDay: last };
      return new LocalGraph(await readNeighbourhood(engine, window, focus, untilMs, rules), focus, rules);
    });
    const members = new Set<string>();
    let name = '';
    for (const { kind, identities, customerId } of local.changes(untilMs)) {
      name = customerId;
      for (const identity of identities) {
        expect(members.has(identity)).toBe(kind === 'left');
        if (kind === 'left') members.delete(identity);
        else members.add(identity);
      }
    }
    const view = local.at(untilMs);
    expect(name).toBe(view.customerId);
    expect([...members].toSorted()).toEqual(
      view.members
        .map((number) => view.identityOf(number))
        .map(({ kind, value }) => `${kind}:${value}`)
        .toSorted(),
    );
  });
});
