import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, describe, expect, it } from 'vitest';

import { readDeclared, readEstimated, readProxies } from '../fairness/read-import.ts';
import { sampleCommunities, writeProtectedSample } from './protected-sample.ts';
import { simulateMerchant } from './simulate-merchant.ts';

const folder = mkdtempSync(join(tmpdir(), 'protected-sample-'));
afterAll(() => rmSync(folder, { recursive: true }));

const merchant = simulateMerchant({ seed: 'sample', customers: 200, months: 12 });
const files = writeProtectedSample(merchant, 'sample', join(folder, 'one'));

describe('made-up protected attributes', () => {
  it('are the same for the same merchant', () => {
    const again = writeProtectedSample(merchant, 'sample', join(folder, 'two'));
    for (const name of ['attributes', 'people', 'surnames', 'places', 'proxies'] as const)
      expect(readFileSync(again[name], 'utf8')).toBe(readFileSync(files[name], 'utf8'));
  });

  it('are files that an import takes, every customer known by surname and place', () => {
    const { rows, columns } = readDeclared(files.attributes);
    const stated = columns.get('community') ?? [];
    expect([...new Set(stated.map(({ group }) => group))].sort()).toEqual([...sampleCommunities]);
    expect(stated.length).toBeLessThan(rows);
    expect(readProxies(files.proxies).columns.get('postcode')).toHaveLength(rows);
    expect(readEstimated(files.people, files, () => true)).toMatchObject({ rows, unmatched: 0, refusedEu: 0 });
  });

  it('are estimated better than by chance, and not with certainty', () => {
    const truth = new Map((readDeclared(files.attributes).columns.get('community') ?? []).map(({ customer, group }) => [customer, group]));
    const moss = readEstimated(files.people, files, () => true).groups.filter(({ group }) => group === 'mossfolk');
    const mean = (group: string): number => {
      const own = moss.filter(({ customer }) => truth.get(customer) === group);
      return own.reduce((total, { weight }) => total + weight, 0) / own.length;
    };
    expect(mean('mossfolk')).toBeGreaterThan(mean('fernfolk') + 0.2);
    expect(mean('mossfolk')).toBeLessThan(0.99);
  });
});
