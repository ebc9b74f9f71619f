/** Identities by SQL over segments, against the same rules over a few objects. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { defaultIdentityRules, identityKinds } from '../../../registries/identity/identity-rules.ts';
import { sha256 } from '../../../skills/sdk/index.ts';
import { makeRng } from '../../../skills/sdk/numeric/index.ts';
import { callOptions, openGraph, type SealedGraph } from '../../../test/fixtures/sealed-graph.ts';
import { createGraphReader } from '../../adapters/duckdb/graph-reader.ts';
import type { FeatureWindow } from '../features/query-engine.ts';
import { identitySql, loadIdentityGraph } from './load-identities.ts';
import { type CarriedIdentities, type PairStatement, resolveIdentities } from './resolve-identities.ts';
import { likenessReason } from './statement-reason.ts';

const day = 86_400_000;
const begin = Date.UTC(2026, 0, 1);

describe('identities by SQL', () => {
  let graph: SealedGraph;
  beforeEach(() => {
    graph = openGraph();
  });
  afterEach(() => graph.close());

  it('are those of the rules over objects: contradictions, crowds, placeholders and statements included', async () => {
    const rng = makeRng('identities by SQL');
    const some = (prefix: string, count: number, share: number): string => (rng.uniform() < share ? `${prefix}${rng.integer(count)}` : '');
    const carried: CarriedIdentities[] = [];
    const statements: PairStatement[] = [];
    const signals: unknown[] = [];
    for (let index = 0; index < 800; index++) {
      const atMs = begin + index * 3_600_000;
      const envelope = { id: `s-${index}`, at: new Date(atMs).toISOString() };
      const userId = some('u', 120, 0.5);
      const loyaltyId = rng.uniform() < 0.02 ? '0000' : some('card 𝌆', 90, 0.3);
      const email = rng.uniform() < 0.02 ? 'test@example.com' : some('mail', 150, 0.4);
      const phone = some('phone', 60, 0.2);
      const anonymousId = userId + loyaltyId + email + phone === '' ? `a${index % 40}` : some('a', 40, 0.3);
      const hash = (value: string): string => (value === '' ? '' : String(sha256(value)));
      const one = { userId, loyaltyId, emailHash: hash(email), phoneHash: hash(phone), anonymousId };
      carried.push({ ...one, firstMs: atMs });
      const customer = Object.fromEntries(Object.entries(one).filter(([, value]) => value !== ''));
      if (index % 20 === 7) {
        const left = { kind: 'user', value: `u${rng.integer(120)}` } as const;
        const right =
          rng.uniform() < 0.3
            ? ({ kind: 'user', value: `new${index}` } as const)
            : ({ kind: 'loyalty', value: `card 𝌆${rng.integer(90)}` } as const);
        const isLink = rng.uniform() < 0.7;
        const isProbable = isLink && rng.uniform() < 0.4;
        const properties = { left, right, ...(isProbable ? { reason: likenessReason(0.97, 5) } : {}) };
        statements.push({ left, right, isLink, isProbable, tsMs: atMs });
        signals.push({ ...envelope, type: isLink ? 'identity-link' : 'identity-unlink', customer, properties });
      } else signals.push({ ...envelope, type: 'visit', customer, properties: {} });
    }
    const { snapshot } = await graph.with(signals);
    const reader = createGraphReader({ segments: join(graph.directory, 'segments'), content: graph.content });
    const lastDay = Math.floor(begin / day) + 400;
    const window: FeatureWindow = { asOfDay: lastDay, endDay: lastDay };
    const found = await reader.lend(snapshot, lastDay, callOptions, async (engine, rules) => {
      expect(rules).toEqual(defaultIdentityRules);
      const { customers } = await loadIdentityGraph(engine, window, rules);
      const owners = await engine.select('SELECT owner, customer_no FROM identities ORDER BY owner', window);
      return { customers, owners };
    });
    const expected = resolveIdentities(carried, statements);
    expect(found.customers).toEqual(expected.customers);
    const pairs = (owners: readonly unknown[], rows: readonly unknown[]): string[] =>
      owners.map((owner, at) => `${String(owner)} is ${found.customers[Number(rows[at])]}`).toSorted();
    expect(pairs(found.owners['owner'] ?? [], found.owners['customer_no'] ?? [])).toEqual(
      pairs(
        expected.identities.map(({ identity: { kind, value } }) => `${kind}:${value}`),
        expected.identities.map(({ customer }) => customer),
      ),
    );
    expect(expected.customers.length).toBeLessThan(expected.identities.length);
  });

  it('are nobody where there are no signals', async () => {
    const { snapshot } = await graph.seal();
    const reader = createGraphReader({ segments: join(graph.directory, 'segments'), content: graph.content });
    const window: FeatureWindow = { asOfDay: 20_000, endDay: 20_000 };
    const { customers } = await reader.lend(snapshot, 20_000, callOptions, (engine) => loadIdentityGraph(engine, window));
    expect(customers).toEqual([]);
  });
});

describe('the text of a query', () => {
  const names = readdirSync(join(import.meta.dirname, 'sql')).map((name) => name.replace('.sql', ''));

  it.each(names)('%s keeps the rules of portable SQL', (name) => {
    const sql = identitySql(name).replaceAll(/--.*$/gm, '');
    expect(sql).not.toMatch(
      /\bnow\b|current_|interval|date_|extract|strftime|\bfilter\b|grouping|\bhash\b|random|float|double|\breal\b|numeric|::|\/|%/i,
    );
    for (const called of sql.match(/\b[A-Za-z_]+(?=\()/g) ?? [])
      expect(['COUNT', 'MIN', 'MAX', 'COALESCE', 'ROW_NUMBER', 'OVER']).toContain(called);
  });

  it('numbers the kinds in the order in which they are declared', () => {
    for (const [number, kind] of identityKinds.slice(0, -1).entries()) {
      expect(identitySql('identity_numbers')).toContain(`WHEN kind_no = ${number} THEN '${kind}:'`);
    }
  });
});
