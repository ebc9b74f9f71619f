import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { Json } from '../../skills/sdk/index.ts';
import { type AuthoredEntry, authoredRegistry, entryName } from '../registry.ts';
import { compatibilityOf, diffEntries } from './registry-diff.ts';
import { emptyLock, lockDiagnostics, newLockLines, readLock } from './registry-lock.ts';

const at = { file: 'registries/cohorts/best.yaml', line: 1, column: 1 };
const when = '2026-01-31T12:00:00.000Z';

function best(content: Readonly<Record<string, Json>>, version = 1): AuthoredEntry {
  return { registry: 'cohorts', id: 'best', version, content: { id: 'best', version, ...content }, at };
}

describe('the lock of the registries', () => {
  it('gives back what was locked, and locks nothing twice', () => {
    const entries = [best({ method: 'rfm' }), best({ method: 'k-means' }, 2)];
    const text = newLockLines(emptyLock, entries, when);
    const lock = readLock(text, 'lock.jsonl');
    expect(lock.entries.map(entryName)).toEqual(['cohorts/best@1', 'cohorts/best@2']);
    expect(newLockLines(lock, entries, when)).toBe('');
  });

  it('can be appended to at any time', () => {
    const first = newLockLines(emptyLock, [best({ method: 'rfm' })], when);
    const both = first + newLockLines(readLock(first, 'lock.jsonl'), [best({ method: 'k-means' }, 2)], when);
    expect(both).toBe(newLockLines(emptyLock, [best({ method: 'rfm' }), best({ method: 'k-means' }, 2)], when));
  });

  it('refuses other content under a version that was used, and names the version to take', () => {
    const lock = readLock(newLockLines(emptyLock, [best({ method: 'rfm' }), best({ method: 'rfm' }, 4)], when), 'lock.jsonl');
    const [found, ...others] = lockDiagnostics(lock, [best({ method: 'k-means' })]);
    expect(others).toEqual([]);
    expect(found).toMatchObject({ code: 'REGISTRY_LOCKED', severity: 'error', at });
    expect(found?.message).toBe(
      'cohorts/best@1 was used on 2026-01-31 with other content (method changed, breaking); set version: 5, or undo the change',
    );
    expect(lockDiagnostics(lock, [best({ method: 'k-means' }, 5), best({ method: 'rfm' })])).toEqual([]);
  });

  it('does not mind the order of keys', () => {
    const lock = readLock(newLockLines(emptyLock, [best({ a: 1, b: 2 })], when), 'lock.jsonl');
    expect(lockDiagnostics(lock, [best({ b: 2, a: 1 })])).toEqual([]);
  });

  it('notices every line that was changed, moved, removed or cut', () => {
    const entries = ['a', 'b', 'c', 'd'].map((id) => ({ ...best({ id }), id }));
    const lines = newLockLines(emptyLock, entries, when).trimEnd().split('\n');
    const damaged = expect.objectContaining({ code: 'REGISTRY_LOCK_DAMAGED' });
    fc.assert(
      fc.property(fc.nat(lines.length - 2), (index) => {
        const without = lines.filter((_, line) => line !== index);
        expect(() => readLock(without.join('\n'), 'lock.jsonl')).toThrow(damaged);
        const changed = lines.map((line, place) => (place === index ? line.replace('"when"', '"When"').replace('2026', '2025') : line));
        expect(() => readLock(changed.join('\n'), 'lock.jsonl')).toThrow(damaged);
        const swapped = lines.map((line, place) => (place === index ? lines[index + 1] : place === index + 1 ? lines[index] : line));
        expect(() => readLock(swapped.join('\n'), 'lock.jsonl')).toThrow(damaged);
      }),
    );
    expect(() => readLock(`${lines[0]}\n${lines[1]?.slice(0, 40)}`, 'lock.jsonl')).toThrow(
      'lock.jsonl:2: the line is not an entry of a lock',
    );
  });
});

describe('the difference of two entries', () => {
  const classes = (registry: 'signals' | 'cohorts' | 'subscribers', before: Json, after: Json): string[] =>
    diffEntries(registry, before, after).map(({ path, kind, compatibility }) => `${path.join('.')} ${kind} ${compatibility}`);

  it('is empty for what is the same', () => {
    expect(diffEntries('cohorts', { a: [1, { b: 2 }] }, { a: [1, { b: 2 }] })).toEqual([]);
  });

  it('takes a name that objects have by themselves as any other', () => {
    const plan = { properties: { constructor: { kind: 'text' } } };
    expect(classes('signals', { properties: {} }, plan)).toEqual(['properties.constructor added compatible']);
    expect(classes('signals', plan, { properties: {} })).toEqual(['properties.constructor removed breaking']);
  });

  it('tells a window more from a window less', () => {
    expect(classes('cohorts', { windows: ['7d', '28d'] }, { windows: ['28d', '90d'] })).toEqual([
      'windows.7d removed breaking',
      'windows.90d added compatible',
    ]);
  });

  it('takes other customers under the same name as breaking, and other words not', () => {
    expect(
      classes('cohorts', { method: 'k-means', parameters: { k: 4 }, title: 'A' }, { method: 'k-means', parameters: { k: 5 }, title: 'B' }),
    ).toEqual(['parameters.k changed breaking', 'title changed compatible']);
  });

  it('takes a property that must be given as breaking, and one that may be left out not', () => {
    const before = { properties: { sku: { kind: 'text' } } };
    const optional = { properties: { sku: { kind: 'text' }, colour: { kind: 'text' } } };
    const required = { properties: { sku: { kind: 'text' }, colour: { kind: 'text', required: true } } };
    expect(classes('signals', before, optional)).toEqual(['properties.colour added compatible']);
    expect(classes('signals', before, required)).toEqual(['properties.colour added breaking']);
    expect(classes('signals', optional, before)).toEqual(['properties.colour removed breaking']);
  });

  it('takes longer retention and another purpose as breaking', () => {
    expect(classes('signals', { retentionDays: 365 }, { retentionDays: 730 })).toEqual(['retentionDays changed breaking']);
    expect(classes('signals', { retentionDays: 365 }, { retentionDays: 30 })).toEqual(['retentionDays changed compatible']);
    expect(classes('subscribers', { purposes: ['a'] }, { purposes: ['a', 'b'] })).toEqual(['purposes.b added breaking']);
  });

  it('takes what it does not know as breaking', () => {
    expect(compatibilityOf(diffEntries('cohorts', {}, { somethingNew: true }))).toBe('breaking');
    expect(compatibilityOf([])).toBe('compatible');
  });
});

describe('an authored registry', () => {
  it('lists its entries by id and version', () => {
    const { entries } = authoredRegistry('cohorts', [best({}, 2), { ...best({}), id: 'all' }, best({}, 1)]);
    expect(entries.map(entryName)).toEqual(['cohorts/all@1', 'cohorts/best@1', 'cohorts/best@2']);
  });
});
