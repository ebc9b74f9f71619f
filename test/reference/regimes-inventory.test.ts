/**
 * The regimes of the gate against the reference inventory of laws: every row of it is there, with its day, its anchor, what it says of
 * opting out, and no more certainty than it has. Needs ../shared, and skips, saying so, without it.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { checkLaw } from '../../agents/customer-data-graph/law/read-law.ts';

const inventoryFile = join(import.meta.dirname, '..', '..', '..', 'shared', 'reference', 'regimes.json');
const isAbsent = !existsSync(inventoryFile);

interface Row {
  readonly id: string;
  readonly anchor: number | 'audit';
  readonly effective: { readonly date: string | null };
  readonly confidence: string;
  readonly optOutScope?: { readonly profilingOptOut: boolean | null } | null;
  readonly deadlines?: { readonly respondDays?: number | null } | null;
}

const anchorOf: Readonly<Record<string, string>> = {
  1: 'privacy',
  2: 'fair-treatment',
  3: 'calibration',
  4: 'reporting',
  5: 'governance',
};

/** Where a regime begins before the day of the row: what is announced asks counsel until the duties of that day begin. */
const announcedFrom: Readonly<Record<string, string>> = { 'in-dpdp': '2025-11-13', 'eu-aia-12': '2026-07-27' };

describe.skipIf(isAbsent)('the regimes and the inventory of laws (skipped where ../shared is absent)', () => {
  const rows = isAbsent ? [] : (JSON.parse(readFileSync(inventoryFile, 'utf8')) as { readonly regimes: readonly Row[] }).regimes; // a fixed file
  const { law } = checkLaw();
  const fileOf = (id: string) => law.files.find(({ regime }) => regime === id);

  it('have a regime for every row', () => {
    expect(rows).toHaveLength(78);
    expect(rows.map(({ id }) => id).filter((id) => !fileOf(id))).toEqual([]);
  });

  it.each(rows.map((row) => [row.id, row] as const))('%s begins on its day, under its anchor, with its clock', (id, row) => {
    const file = fileOf(id);
    expect(file?.effectiveFrom ?? null).toBe(announcedFrom[id] ?? row.effective.date);
    if (announcedFrom[id] !== undefined) expect(file?.rules.map(({ effectiveFrom }) => effectiveFrom)).toContain(row.effective.date);
    if (row.anchor !== 'audit') expect(file?.anchor).toBe(anchorOf[row.anchor]);
    if (typeof row.deadlines?.respondDays === 'number') expect(file?.deadlines['respondDays']).toBe(row.deadlines.respondDays);
    if (/^us-[a-z]{2}-/.test(id) && typeof row.optOutScope?.profilingOptOut === 'boolean') {
      expect(file?.optOut?.profiling).toBe(row.optOutScope.profilingOptOut);
    }
  });

  it.each(rows.filter(({ confidence }) => /verify|medium|low/.test(confidence)).map((row) => [row.id] as const))(
    '%s says what counsel has yet to confirm',
    (id) => {
      const file = fileOf(id);
      expect([...(file?.verify ?? []), ...(file?.rules.flatMap(({ verify }) => verify ?? []) ?? [])]).not.toEqual([]);
    },
  );
});
