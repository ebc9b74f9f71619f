import { describe, expect, it } from 'vitest';

import { makeRng } from '../../../skills/sdk/numeric/index.ts';
import type { AttributeRow, AttributeSource } from '../../adapters/sqlite/fairness-store.ts';
import { type AuditInputs, computeAudit } from './compute-audit.ts';
import type { DecidedRun } from './decided-run.ts';
import { fairnessConfigSchema } from './fairness-config.ts';
import { fileName, reportFiles } from './write-report.ts';

const count = 400;
const rng = makeRng('decided run');
const customers = Array.from({ length: count }, (_, at) => `c${String(at).padStart(3, '0')}`);
const isMoss = customers.map(() => rng.uniform() < 0.5);
/** Moss are worth half as much, and live in the south. */
const value = Float64Array.from(isMoss, (own) => (own ? 60 : 120) * (0.2 + rng.uniform()));
const city = isMoss.map((own) => (rng.uniform() < (own ? 0.9 : 0.1) ? 'south' : 'north'));

function decided(change: Partial<DecidedRun> = {}): DecidedRun {
  return {
    id: 'run-1',
    asOf: '2026-01-31',
    digest: 'ab'.repeat(32),
    snapshot: null,
    customers,
    value,
    strata: { location: city },
    features: [{ name: 'location', kind: 'category', values: city }],
    holdout: {
      rows: Int32Array.from(customers.keys()),
      predicted: value,
      actual: value.map((own) => own * 1.1),
      isGood: Uint8Array.from(value, (own) => (own > 50 ? 1 : 0)),
    },
    passedFor: (purpose) => (purpose === 'credit' ? null : new Uint8Array(count).fill(1)),
    uses: [{ purpose: 'offer-eligibility', sink: 'offers' }],
    ...change,
  };
}

const source: AttributeSource = {
  attribute: 'community',
  kind: 'declared',
  provenance: 'a | survey',
  legalBasis: 'consent',
  importedOn: '2026-01-01',
  digest: 'cd',
};
const rows: readonly AttributeRow[] = customers.map((customer, at) => ({ customer, group: isMoss[at] ? 'moss' : 'fern', weight: 1 }));
const config = (more: object = {}) =>
  fairnessConfigSchema.parse({ uses: [{ purpose: 'offer-eligibility', sink: 'offers', select: { topPercent: 25 } }], ...more });
const inputs = (change: Partial<AuditInputs> = {}): AuditInputs => ({
  audit: '2026-01-31-abc',
  merchant: 'Shop',
  run: decided(),
  config: config(),
  attributes: [{ source, rows }],
  proxies: [],
  ...change,
});

describe('an audit of a use', () => {
  const document = computeAudit(inputs());
  const [use] = document.uses;

  it('fails what was planted, names the group, and flags the proxy', () => {
    expect(use?.summary).toMatchObject({ outcome: 'fail', isProxyFlagged: true, worst: { group: 'moss', reference: 'fern' } });
    expect(use?.summary.airUpperBasisPoints).toBeLessThan(8000);
    expect(document.proxies[0]?.findings.find(({ feature }) => feature === 'location')?.isFlagged).toBe(true);
  });

  it('looks for an alternative where there is something to explain', () => {
    const [finding] = use?.attributes ?? [];
    expect(finding?.alternatives).toMatchObject({ group: 'moss', judgedBy: 'holdout-spend', customers: count });
    expect(finding?.alternatives?.found.some(({ name }) => name === 'without location')).toBe(true);
  });

  it('selects among those who passed, and takes rates of them where that is asked for', () => {
    const passed = Uint8Array.from(isMoss, (own) => (own ? 0 : 1));
    const run = decided({ passedFor: () => passed });
    const [all] = computeAudit(inputs({ run })).uses;
    expect(all?.summary).toMatchObject({ outcome: 'fail', airLowerBasisPoints: 0 });
    const among = config({ uses: [{ purpose: 'offer-eligibility', sink: 'offers', select: { topPercent: 25 }, among: 'passed' }] });
    const [only] = computeAudit(inputs({ run, config: among })).uses;
    expect(only?.customers).toBe(passed.reduce((total, own) => total + own, 0));
    expect(only?.summary).toMatchObject({ outcome: 'counsel', worst: { reason: 'no-confidence' } });
  });

  it('never passes the same even rates of a tenth of the customers', () => {
    const even = rows.map((row, at) => ({ ...row, group: at % 2 === 0 ? 'moss' : 'fern' }));
    const all = { topPercent: 100 };
    const whole = config({ uses: [{ purpose: 'offer-eligibility', sink: 'offers', select: all }] });
    expect(computeAudit(inputs({ config: whole, attributes: [{ source, rows: even }] })).uses[0]?.summary.outcome).toBe('pass');
    const few = even.slice(0, 40);
    expect(computeAudit(inputs({ config: whole, attributes: [{ source, rows: few }] })).uses[0]?.summary).toMatchObject({
      outcome: 'counsel',
      worst: { reason: 'no-confidence' },
    });
  });

  it('is for a person where nobody of the run is known, and says so in a report that holds together', () => {
    const strangers = rows.map((row) => ({ ...row, customer: `other-${row.customer}` }));
    const nobody = computeAudit(inputs({ attributes: [{ source, rows: strangers }] }));
    expect(nobody.uses[0]?.summary.outcome).toBe('counsel');
    expect(nobody.sources[0]).toMatchObject({ customers: count, matched: 0 });
    expect(reportFiles(nobody).find(({ name }) => name === 'report.md')?.text).toContain('Too few customers to tell.');
  });

  it('takes a cut in money, everybody who passed, and a run without a holdout', () => {
    for (const select of [{ valueAtLeastMinor: 60 }, { passed: true }]) {
      const cut = config({ uses: [{ purpose: 'offer-eligibility', sink: 'offers', select }] });
      const [one] = computeAudit(inputs({ config: cut, run: decided({ holdout: null }) })).uses;
      expect(one?.attributes[0]?.groups[0]?.equalOpportunity).toBeNull();
      expect(one?.selected).toBe('passed' in select ? count : value.filter((own) => own >= 60).length);
    }
  });

  it('does not depend on the order of the imported rows', () => {
    expect(computeAudit(inputs({ attributes: [{ source, rows: rows.toReversed() }] }))).toEqual(document);
  });
});

describe('the report of an audit', () => {
  const files = reportFiles(computeAudit(inputs()));
  const text = files.find(({ name }) => name === 'report.md')?.text ?? '';

  it('has the same bytes every time, and no number that is none', () => {
    expect(reportFiles(computeAudit(inputs()))).toEqual(files);
    for (const file of files) expect(file.text, file.name).not.toMatch(/NaN|Infinity|undefined/);
  });

  it('keeps names of groups and sources from being markup', () => {
    expect(text).toContain('a \\| survey');
    const odd = rows.map((row) => ({ ...row, group: row.group === 'moss' ? '<b>|x' : 'fern' }));
    const report = reportFiles(computeAudit(inputs({ attributes: [{ source, rows: odd }] })));
    expect(report.find(({ name }) => name === 'report.md')?.text).toContain('\\<b\\>\\|x');
    expect(report.map(({ name }) => name).every((name) => /^[a-z0-9.-]+$/.test(name))).toBe(true);
  });

  it('gives different names different files', () => {
    expect(new Set(['a b', 'a-b', 'A b', 'ä', 'ö', ''].map(fileName)).size).toBe(6);
  });
});
