import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, describe, expect, it } from 'vitest';

import { type AttributeSource, hasFairnessStore, openFairnessStore } from './fairness-store.ts';

const folder = mkdtempSync(join(tmpdir(), 'fairness-store-'));
afterAll(() => rmSync(folder, { recursive: true }));

let made = 0;
const fresh = (): string => join(folder, `state-${made++}`);

const source: AttributeSource = {
  attribute: 'class',
  kind: 'declared',
  provenance: 'a survey',
  legalBasis: 'consent',
  importedOn: '2026-01-31',
  digest: 'ab',
};
const stated = (customer: string, group = 'a') => ({ customer, group, weight: 1 });

describe('the store of protected attributes', () => {
  it('can be read by nobody else: the folder has mode 0700, every file in it 0600', () => {
    const directory = fresh();
    const store = openFairnessStore(directory);
    store.importAttribute(source, [stated('c1')]);
    expect(statSync(join(directory, 'fairness')).mode & 0o777).toBe(0o700);
    const files = readdirSync(join(directory, 'fairness'));
    expect(files).toContain('attributes.db');
    for (const name of files) expect(statSync(join(directory, 'fairness', name)).mode & 0o777, name).toBe(0o600);
    store.close();
  });

  it('does not open where somebody has let others read', () => {
    const directory = fresh();
    openFairnessStore(directory).close();
    const path = join(directory, 'fairness', 'attributes.db');
    chmodSync(path, 0o640);
    expect(() => openFairnessStore(directory)).toThrow(expect.objectContaining({ code: 'STORE_FORBIDDEN' }) as Error);
    chmodSync(path, 0o600);
    openFairnessStore(directory).close();
  });

  it('is opened by one at a time', () => {
    const directory = fresh();
    const store = openFairnessStore(directory);
    expect(() => openFairnessStore(directory)).toThrow(expect.objectContaining({ code: 'STORE_BUSY' }) as Error);
    store.close();
    openFairnessStore(directory).close();
  });

  it('gives rows back by customer, and says where they come from', () => {
    const directory = fresh();
    expect(hasFairnessStore(directory)).toBe(false);
    const store = openFairnessStore(directory);
    store.importAttribute(source, [stated('c2', 'b'), stated('c1')]);
    store.importProxy({ ...source, attribute: 'zip' }, [{ customer: 'c1', value: '12345' }]);
    expect(store.attributeRows('class')).toEqual([stated('c1'), stated('c2', 'b')]);
    expect(store.proxyRows('zip')).toEqual([{ customer: 'c1', value: '12345' }]);
    expect(store.sources()).toEqual([{ ...source, customers: 2, groups: ['a', 'b'] }]);
    expect(store.proxies()).toMatchObject([{ attribute: 'zip', customers: 1, legalBasis: 'consent' }]);
    store.close();
    expect(hasFairnessStore(directory)).toBe(true);
  });

  it('takes the newest import of an attribute in place of the one before, whatever kind that was', () => {
    const store = openFairnessStore(fresh());
    store.importAttribute(source, [stated('c1'), stated('c2')]);
    const estimated = [
      { customer: 'c3', group: 'a', weight: 0.25 },
      { customer: 'c3', group: 'b', weight: 0.75 },
    ];
    store.importAttribute({ ...source, kind: 'estimated' }, estimated);
    expect(store.attributeRows('class')).toEqual(estimated);
    expect(store.sources()).toMatchObject([{ kind: 'estimated', customers: 1 }]);
    store.close();
  });

  it('changes nothing when a row of an import cannot be kept', () => {
    const store = openFairnessStore(fresh());
    store.importAttribute(source, [stated('c1')]);
    expect(() => store.importAttribute(source, [stated('c2'), { ...stated('c3'), weight: 1.5 }])).toThrow(/CHECK/);
    expect(() => store.importAttribute(source, [stated('c2'), stated('c2')])).toThrow(/UNIQUE/);
    expect(store.attributeRows('class')).toEqual([stated('c1')]);
    store.close();
  });

  it('forgets a customer for good: no byte of it is left, and a later import passes over it', () => {
    const directory = fresh();
    const store = openFairnessStore(directory);
    const secret = 'customer-zeta-40719';
    store.importAttribute(source, [stated('c1'), stated(secret)]);
    store.importProxy({ ...source, attribute: 'zip' }, [{ customer: secret, value: '12345' }]);
    expect(store.erase(secret)).toBe(2);
    expect(store.importAttribute(source, [stated('c1'), stated(secret)])).toEqual({ customers: 1, erased: 1 });
    store.close();
    for (const name of readdirSync(join(directory, 'fairness')))
      expect(readFileSync(join(directory, 'fairness', name)).includes(secret), name).toBe(false);
    const again = openFairnessStore(directory);
    expect(again.attributeRows('class')).toEqual([stated('c1')]);
    expect(again.erase('nobody')).toBe(0);
    again.close();
  });
});
