/** Engine, reviews and the gate's pure effects together: what a person decides about a case answers it in the next run. */
import { appendFileSync, cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, expect, it } from 'vitest';

import { buildVectors, joinDecisions } from '../../../skills/gate/effects.ts';
import { column, makeTable, textColumn } from '../../../skills/sdk/index.ts';
import { createMemoryContent, pureContextOver } from '../../../test/fixtures/memory-content.ts';
import { createReviews, type SqliteReviews } from '../sqlite/reviews.ts';
import { createCedarEngine } from './cedar-engine.ts';

const content = createMemoryContent();
const context = pureContextOver(content);
let directory = '';
let reviews: SqliteReviews;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'gate-'));
  cpSync(join(import.meta.dirname, '..', '..', 'customer-data-graph', 'policies'), join(directory, 'policies'), { recursive: true });
  reviews = createReviews({ directory, content });
});
afterEach(() => {
  reviews.close();
  rmSync(directory, { recursive: true });
});

/** Three customers: one in the EU without consent, one of unknown residency, one in Japan who opted out. */
async function run(asOf: string) {
  const customers = column.text(['a', 'b', 'c']);
  const calibrated = content.putTable(makeTable({ customerId: customers, tier: column.text(['high', 'high', 'low']) }));
  const no = column.text(['false', 'false', 'false']);
  const facts = content.putTable(
    makeTable({
      customerId: customers,
      residency: column.text(['EU', '', 'JP']),
      country: column.text(['EU', '', 'JP']),
      marketingOptOut: column.text(['false', 'false', 'true']),
      adsOptOut: no,
      saleOptOut: no,
      profilingOptOut: no,
      automatedDecisionOptOut: no,
      marketingConsent: no,
      gpc: no,
      ageBand: column.text(['adult', 'adult', 'adult']),
    }),
  );
  const reliability = { eceAfter: 0.01, n: 5000 };
  const built = buildVectors(
    {
      facts,
      ofUses: content.putJson([{}, {}]),
      calibrated,
      reliability,
      asOf,
      uses: [{ subscriber: 'ads', purpose: 'ad-audience', sink: 'ads' }],
    },
    context,
  );
  const engine = createCedarEngine({ directory: join(directory, 'policies'), content, rulingOf: reviews.rulingOf });
  const calling = { signal: new AbortController().signal, idempotencyKey: asOf };
  const { decisions: verdicts } = await engine.decide({ vectors: built.vectors, asOf }, calling);
  const joined = joinDecisions({ verdicts, vectors: built.vectors, classes: built.classes, uses: built.uses }, context);
  const opened = await reviews.open({ decisions: joined.cases, asOf }, calling);
  const table = content.getTable(joined.decisions);
  const ofAds = (values: readonly string[]): string[] => values.filter((_, row) => row % 2 === 1);
  return { outcomes: ofAds(textColumn(table, 'outcome')), policies: ofAds(textColumn(table, 'policies')), opened };
}

it('a ruling answers its case in later runs, until a policy changes', async () => {
  const first = await run('2026-06-30');
  expect(first.outcomes).toEqual(['counsel', 'counsel', 'fail']);
  expect(first.opened).toEqual({ opened: 2, known: 0 });

  const known = reviews.list('open').find(({ unknownFacts }) => unknownFacts.length === 0);
  const unknown = reviews.list('open').find(({ unknownFacts }) => unknownFacts.includes('residency'));
  reviews.decide(known?.id ?? '', 'approve', 'Ada', 'balancing test of May');
  reviews.decide(unknown?.id ?? '', 'reject', 'Ada', 'ask where they live first');

  const second = await run('2026-07-31');
  expect(second.outcomes).toEqual(['pass', 'fail', 'fail']);
  expect(second.policies).toEqual([`review:${known?.id},gdpr-6-ad-audience`, `review:${unknown?.id},gdpr-6-ad-audience`, 'opt-out-kept']);
  expect(second.opened).toEqual({ opened: 0, known: 0 });

  appendFileSync(join(directory, 'policies', '5-governance.cedar'), '// a word more\n');
  const third = await run('2026-08-31');
  expect(third.outcomes).toEqual(['counsel', 'counsel', 'fail']);
  expect(third.opened).toEqual({ opened: 2, known: 0 });
});
