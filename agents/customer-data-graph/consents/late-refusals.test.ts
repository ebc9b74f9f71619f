import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { createMemoryContent } from '../../../test/fixtures/memory-content.ts';
import { createConsentStore, type SqliteConsentStore } from '../../adapters/sqlite/consent-store.ts';
import { consentOf } from './consent-row.ts';
import { createLateRefusals } from './late-refusals.ts';
import type { RunBasis } from './run-basis.ts';

const now = Date.parse('2026-02-01T09:00:00Z');
const signal = new AbortController().signal;
let directory: string;
let store: SqliteConsentStore;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'late-refusals-'));
  store = createConsentStore({ directory });
});
afterEach(() => {
  store.close();
  rmSync(directory, { recursive: true });
});

/** A run of the day before over a log that was empty; who is one customer with whom is as the map says at the moment. */
function lookups(linked: ReadonlyMap<string, readonly string[]>) {
  const content = createMemoryContent();
  const snapshot = content.putJson({ format: 'cohortium/snapshot@1', segments: [], events: 0, firstDate: '', lastDate: '' });
  const basis: RunBasis = { run: 'run-1', asOf: '2026-01-31', snapshot, decisions: snapshot, vectors: snapshot, policyDigest: 'law' };
  let nowMs = now;
  let seq = 0;
  const late = createLateRefusals({
    store,
    signals: { groupsOf: async (owners) => new Map(owners.map((owner) => [owner, linked.get(owner) ?? [owner]])) },
    content,
    clock: { now: () => nowMs },
    refresh: async () => {},
    newestSnapshot: async () => snapshot,
    isCustomer: (customerId) => customerId === 'anna',
  });
  return {
    refuse: (owner: string) => {
      const waiting = [consentOf(`event-${(seq += 1)}`, owner, now, 'web', '{"purpose":"marketing","granted":false}')];
      store.take({ waiting, sealed: [], segments: [], place: { ordinal: 0, seq } });
    },
    later: (ms: number) => void (nowMs += ms),
    anna: async () => [...((await late.of('anna', basis, { signal }))?.rows.keys() ?? [])],
  };
}

describe('a lookup', () => {
  it('knows a refusal of an identity that was linked to the customer after it was looked at', async () => {
    const linked = new Map<string, readonly string[]>();
    const { refuse, later, anna } = lookups(linked);
    refuse('loyalty:card-1');
    expect(await anna()).toEqual([]);
    linked.set('loyalty:card-1', ['user:anna', 'loyalty:card-1']);
    later(60_000);
    expect(await anna()).toEqual(['marketing']);
  });

  it('knows a refusal of the customer at once', async () => {
    const { refuse, anna } = lookups(new Map());
    expect(await anna()).toEqual([]);
    refuse('user:anna');
    expect(await anna()).toEqual(['marketing']);
  });
});
