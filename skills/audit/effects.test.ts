import { describe, expect, it } from 'vitest';

import { createMemoryContent, pureContextOver } from '../../test/fixtures/memory-content.ts';
import { canonicalJson, column, int32Column, makeTable, type Table, textColumn } from '../sdk/index.ts';
import { composeRecords, listReceipts } from './effects.ts';
import { isRecordKind } from './record/record-kinds.ts';
import { recordBodySchemas } from './record/record-schema.ts';
import type { ComposeInput } from './schemas.ts';

const content = createMemoryContent();
const context = pureContextOver(content);

const customers = ['ann', 'ben', 'cleo'];
const per = (...values: readonly number[]) => column.float64(Float64Array.from(values));
const whole = (...values: readonly number[]) => column.int32(Int32Array.from(values));

const numbers = (value: number) => ({
  customerId: column.text(customers),
  clvMinor: per(value, 0, 7.5),
  clvLowMinor: per(1, 0, 2),
  clvHighMinor: per(3, 0, 9),
  pPurchase: per(0.5, 0, 1),
  pAlive: per(0.9, 0.1, 1),
  expectedPurchases: per(1.25, 0, 3),
  spendPerPurchaseMinor: per(1200, 0, 990.5),
  elsewhere: per(0.25, 1, 0),
});

const reachRef = content.putJson([
  { regime: 'eu-gdpr-22', applies: 'yes' },
  { regime: 'us-ca-admt', applies: 'no', citation: 'x', because: 'y' },
]);
const verdict = (outcome: string, facts: Readonly<Record<string, string | number | boolean | null>>) => ({
  outcome,
  policies:
    outcome === 'fail'
      ? [{ id: 'gdpr-22', effect: 'fail', anchor: 'privacy', citation: 'art. 22', regime: 'eu-gdpr-22', verify: null }]
      : [],
  unknownFacts: [],
  facts,
  key: `key of ${outcome}`,
  anchors: { privacy: outcome, 'fair-treatment': 'pass', calibration: 'pass', reporting: 'pass', governance: 'pass' },
  ruling: null,
  applicability: reachRef,
});

const model = {
  asOf: '2026-01-31',
  cutoff: '2025-10-31',
  horizonDays: 90,
  discountRateAnnual: 0,
  intervalLevel: 0.9,
  draws: 200,
  concentration: 1.5,
  shares: { method: 'dirichlet' },
  stacking: { origins: [20_000, 19_900], windowDays: 90, deviance: null, strength: { overall: null, cohort: 12 }, reason: '' },
  now: {
    spend: { fitted: 3 },
    timing: {
      models: [
        { family: 'bg-nbd', params: { r: 1 }, logLikelihood: -10, aic: 28, customers: 3, boundary: null },
        { family: 'pareto-nbd', params: { r: 2 }, logLikelihood: -11, aic: 30, customers: 3, boundary: { title: 's → ∞' } },
      ],
      weights: [
        { cohort: '', shares: [0.5, 0.5], customers: 3 },
        { cohort: 'Berlin', shares: [0.7, 0.3], customers: 2 },
      ],
    },
  },
};
const calibration = {
  method: 'cohort-logistic',
  folds: 5,
  n: 3,
  isCalibrated: true,
  tierRule: ['high: …'],
  cohorts: { Berlin: { n: 2 } },
  cohortError: { Berlin: 0.1 },
  probability: { kind: 'logistic' },
  moneyScale: { global: 1 },
  countScale: { global: 1 },
  gain: null,
  tiers: null,
  intervals: { level: 0.9, reach: { low: 1 }, picp: {} },
};

function inputs(value = 2, change: { readonly asOf?: string; readonly tier?: string } = {}): ComposeInput {
  return {
    decisions: content.putTable(
      makeTable({
        account: whole(0, 0, 1, 1, 2, 2),
        customerId: column.text(customers.flatMap((id) => [id, id])),
        subscriber: column.text(['score-store', 'desk', 'score-store', 'desk', 'score-store', 'desk']),
        purpose: column.text(['analytics', 'credit', 'analytics', 'credit', 'analytics', 'credit']),
        sink: column.text(['score-store', 'desk', 'score-store', 'desk', 'score-store', 'desk']),
        outcome: column.text(['pass', 'fail', 'pass', 'fail', 'pass', 'fail']),
        policies: column.text(['', 'gdpr-22', '', 'gdpr-22', '', 'gdpr-22']),
        vector: whole(0, 1, 0, 1, 0, 1),
      }),
    ),
    verdicts: content.putJson([
      verdict('pass', { country: 'EU', automation: null }),
      verdict('fail', { country: 'EU', automation: 'solely-automated', lawfulException: false, humanReviewOffered: null }),
    ]),
    policyDigest: 'abc',
    calibrated: content.putTable(makeTable({ ...numbers(value), tier: column.text([change.tier ?? 'high', 'none', 'low']) })),
    calibratedCells: content.putTable(
      makeTable({
        account: whole(0, 0, 2),
        location: column.text(['Berlin', 'Berlin', 'Wien']),
        channel: column.text(['web', 'store', 'store']),
        brand: column.text(['A "1"', 'B', 'B']),
        share: per(0.5, 0.25, 1),
        clvMinor: per(1, 0.5, 7.5),
      }),
    ),
    calibration: content.putJson(calibration),
    reliability: { eceAfter: 0.02 },
    scores: content.putTable(makeTable(numbers(value + 1))),
    accounts: content.putTable(
      makeTable({
        customerId: column.text(customers),
        baskets: whole(3, 1, 4),
        totalSpendMinor: per(3600, 0, 3962),
        firstDay: whole(20_000, 20_010, 20_020),
        lastDay: whole(20_100, 20_010, 20_110),
      }),
    ),
    profiles: content.putTable(makeTable({ homeLocation: column.text(['Berlin', '', 'Wien']) })),
    memberships: content.putTable(
      makeTable({
        account: whole(0, 0, 1, 1, 2, 2),
        axis: column.text(['location', 'rfm', 'location', 'rfm', 'location', 'rfm']),
        cohort: column.text(['Berlin', 'r5f4m3', 'unknown', 'r1f1m1', 'Wien', 'r5f5m5']),
      }),
    ),
    model: content.putJson(model),
    snapshot: content.putJson({ any: 'thing' }),
    currency: 'EUR',
    asOf: change.asOf ?? '2026-01-31',
  };
}

function compose(...change: Parameters<typeof inputs>): Table {
  const { parts } = composeRecords(inputs(...change), context);
  expect(parts).toHaveLength(1);
  return content.getTable(parts[0] ?? content.putJson(null));
}

const bodiesOf = (table: Table, kind: string): string[] =>
  textColumn(table, 'body').filter((_, row) => textColumn(table, 'kind')[row] === kind);

describe('composing records', () => {
  it('names what the run rests on first, then the recalibration, then scores, cohorts and decisions of everybody', () => {
    const table = compose();
    expect(textColumn(table, 'kind')).toEqual([
      'run',
      'recalibration',
      ...Array<string>(3).fill('score'),
      ...Array<string>(3).fill('cohorts'),
      ...Array<string>(6).fill('decision'),
    ]);
    expect([...int32Column(table, 'batch')]).toEqual([-1, -1, 0, 0, 0, 1, 1, 1, 2, 2, 2, 2, 2, 2]);
    expect(textColumn(table, 'subject')).toEqual(['', '', ...customers, ...customers, ...customers.flatMap((id) => [id, id])]);
    expect(new Set(textColumn(table, 'schema')).has('cohortium/score@1')).toBe(true);
  });

  it('writes every body as canonical JSON of its schema', () => {
    const table = compose();
    for (const [row, body] of textColumn(table, 'body').entries()) {
      const kind = textColumn(table, 'kind')[row] ?? '';
      const value: unknown = JSON.parse(body);
      expect(canonicalJson(value)).toBe(body);
      expect(isRecordKind(kind) && kind in recordBodySchemas).toBe(true);
      recordBodySchemas[kind as keyof typeof recordBodySchemas].parse(value);
    }
  });

  it('keeps the customer out of every body', () => {
    for (const body of textColumn(compose(), 'body')) for (const id of customers) expect(body).not.toContain(`"${id}"`);
  });

  it('says of a score what made it: weights of the home, intervals, cells, cohorts, and what is absent', () => {
    const [ann = '', ben = '', cleo = ''] = bodiesOf(compose(), 'score');
    expect(JSON.parse(ann)).toMatchObject({
      value: { clvMinor: 2, currency: 'EUR', horizonDays: 90 },
      calibration: { cohort: 'Berlin', raw: { clvMinor: 3 } },
      cohorts: { location: 'Berlin', rfm: 'r5f4m3', brand: { absent: 'this axis is switched off' } },
      models: {
        weights: { 'bg-nbd': 0.7, 'pareto-nbd': 0.3 },
        contributions: { absent: expect.any(String) },
        crossValidation: { cohort: 'Berlin', origins: 2, predictions: 2 },
      },
      grain: {
        cells: [
          ['Berlin', 'web', 'A "1"', 1, 0.5],
          ['Berlin', 'store', 'B', 0.5, 0.25],
        ],
        elsewhere: 0.25,
      },
      rfm: { cohort: 'r5f4m3', baskets: 3, firstDay: '2024-10-04', lastDay: '2025-01-12' },
      embedding: { absent: expect.any(String) },
    });
    expect(JSON.parse(ben)).toMatchObject({
      grain: { cells: [] },
      calibration: { cohort: 'unknown' },
      models: { weights: { 'bg-nbd': 0.5, 'pareto-nbd': 0.5 } },
    });
    expect(JSON.parse(cleo)).toMatchObject({ grain: { cells: [['Wien', 'store', 'B', 7.5, 1]] } });
  });

  it('explains a value where attributions were computed: base, groups and calibration add up to it', () => {
    const attributions = content.putTable(
      makeTable({ base: per(1, 1, 1), recency: per(2, -1, 7.5), 'model:bg-nbd': per(2, 0, 5), 'model:pareto-nbd': per(1, 0, 3.5) }),
    );
    const { parts } = composeRecords({ ...inputs(), attributions }, context);
    const [ann = ''] = bodiesOf(content.getTable(parts[0] ?? attributions), 'score');
    const { explanation, models, value } = recordBodySchemas.score.parse(JSON.parse(ann));
    expect(canonicalJson(JSON.parse(ann))).toBe(ann);
    expect(models.contributions).toEqual({ 'bg-nbd': 2, 'pareto-nbd': 1 });
    expect(explanation).toMatchObject({ base: 1, groups: { recency: 2 }, calibration: -1 });
    expect(value.clvMinor).toBe(2);
  });

  it('says of a decision by whom it is taken, as the laws on automated decisions ask', () => {
    const [, credit = ''] = bodiesOf(compose(), 'decision');
    expect(JSON.parse(credit)).toMatchObject({
      use: { purpose: 'credit' },
      outcome: 'fail',
      anchors: { privacy: { outcome: 'fail', rules: [{ id: 'gdpr-22', citation: 'art. 22' }] } },
      automation: {
        gdpr22: { reach: 'yes', solelyAutomated: true, significantEffect: 'yes', lawfulException: false, humanReviewOffered: null },
        admt: { reach: 'no', significantDecision: true, replacesPerson: true },
      },
      handOff: { allowed: false },
    });
  });

  it('asks counsel where nobody stated how much of a decision is automated', () => {
    const [analytics = ''] = bodiesOf(compose(), 'decision');
    const { automation } = JSON.parse(analytics) as { automation: { gdpr22: { solelyAutomated: unknown; verify: string[] } } };
    expect(automation.gdpr22.solelyAutomated).toBeNull();
    expect(automation.gdpr22.verify).toHaveLength(1);
  });

  it('writes the same texts of customers for a later day with the same numbers', () => {
    const [today, later] = [compose(2), compose(2, { asOf: '2026-02-01' })];
    for (const kind of ['score', 'cohorts', 'decision']) expect(bodiesOf(later, kind)).toEqual(bodiesOf(today, kind));
    expect(bodiesOf(later, 'run')).not.toEqual(bodiesOf(today, 'run'));
  });

  it('writes another score when the value differs by one ulp, and the same decisions', () => {
    const [one, other] = [compose(2), compose(2.0000000000000004)];
    expect(bodiesOf(other, 'score')[0]).not.toBe(bodiesOf(one, 'score')[0]);
    expect(bodiesOf(other, 'score').slice(1, 2)).toEqual(bodiesOf(one, 'score').slice(1, 2));
    expect(bodiesOf(other, 'decision')).toEqual(bodiesOf(one, 'decision'));
  });

  it('refuses a score that is no number', () => {
    expect(() => compose(Number.NaN)).toThrow(expect.objectContaining({ code: 'ARGUMENT_INVALID' }));
  });

  it('refuses decisions that name a verdict that is not there', () => {
    const input = { ...inputs(), verdicts: content.putJson([]) };
    expect(() => composeRecords(input, context)).toThrow(expect.objectContaining({ code: 'TABLE_INVALID' }));
  });
});

describe('composing records of more customers than one part holds', () => {
  const many = 16_384 + 300;
  const ids = Array.from({ length: many }, (_, row) => `c-${row}`);
  const perRow = (of: (row: number) => number) => column.float64(Float64Array.from(ids, (_, row) => of(row)));
  const wholeRow = (of: (row: number) => number) => column.int32(Int32Array.from(ids, (_, row) => of(row)));
  const columns = Object.fromEntries(Object.keys(numbers(1)).map((name) => [name, perRow((row) => row / 7)]));
  const input: ComposeInput = {
    ...inputs(),
    decisions: content.putTable(
      makeTable({
        account: wholeRow((row) => row),
        ...Object.fromEntries(['subscriber', 'purpose', 'sink'].map((name) => [name, column.coded(new Int32Array(many), ['analytics'])])),
        // Nobody of the second part was decided about on the grounds of verdict 0.
        vector: wholeRow((row) => (row < 16_384 ? row % 2 : 1)),
      }),
    ),
    calibrated: content.putTable(makeTable({ ...columns, tier: column.coded(new Int32Array(many), ['high']) })),
    scores: content.putTable(makeTable(columns)),
    accounts: content.putTable(
      makeTable({
        customerId: column.text(ids),
        baskets: wholeRow((row) => row % 5),
        totalSpendMinor: perRow((row) => row),
        firstDay: wholeRow(() => 20_000),
        lastDay: wholeRow((row) => 20_000 + (row % 50)),
      }),
    ),
    profiles: content.putTable(makeTable({ homeLocation: column.coded(new Int32Array(many), ['']) })),
    memberships: content.putTable(
      makeTable({
        account: wholeRow((row) => row),
        axis: column.coded(new Int32Array(many), ['rfm']),
        // Two codes of one text, as a table may have them after something was taken out of it.
        cohort: column.coded(
          Int32Array.from(ids, (_, row) => row % 3),
          ['r1', 'r2', 'r1'],
        ),
      }),
    ),
  };
  const parts = composeRecords(input, context).parts.map((ref) => content.getTable(ref));

  it('has each customer in one part, with the same records as a customer of the first', () => {
    expect(parts.map(({ rows }) => rows)).toEqual([2 + 3 * 16_384, 3 * 300]);
    expect(parts.flatMap((part) => textColumn(part, 'subject').filter((_, row) => textColumn(part, 'kind')[row] === 'score'))).toEqual(ids);
    const [, last] = parts;
    const body = JSON.parse((last && bodiesOf(last, 'score').at(-1)) ?? '') as Record<string, unknown>;
    expect(body).toMatchObject({ value: { clvMinor: (many - 1) / 7 }, rfm: { cohort: 'r1', baskets: (many - 1) % 5 } });
  });

  it('holds no text twice, and none that none of its customers has', () => {
    for (const part of parts) {
      const { body } = part.columns;
      const [used, texts] = body?.type === 'coded' ? [new Set(body.values), body.texts] : [new Set(), []];
      expect(used.size).toBe(texts.length);
      expect(new Set(texts).size).toBe(texts.length);
    }
    expect(parts.map((part) => new Set(bodiesOf(part, 'decision')).size)).toEqual([2, 1]);
    expect(parts.map((part) => new Set(bodiesOf(part, 'cohorts')).size)).toEqual([2, 2]);
  });
});

describe('listing receipts', () => {
  it('says where each decision stands, and the value that it is about', () => {
    const input = inputs();
    const rows = 14;
    const indexes = content.putTable(
      makeTable({
        record: column.int32(Int32Array.from({ length: rows }, (_, row) => (row < 2 ? 7 + row : row < 5 ? 9 : row < 8 ? 10 : 11))),
        item: column.int32(Int32Array.from({ length: rows }, (_, row) => (row < 2 ? -1 : row < 5 ? row - 2 : row < 8 ? row - 5 : row - 8))),
      }),
    );
    const { receipts, run } = listReceipts({ decisions: input.decisions, accounts: 3, indexes: [indexes] }, context);
    const table = content.getTable(receipts);
    expect(run).toBe(7);
    expect([...int32Column(table, 'record')]).toEqual([11, 11, 11, 11, 11, 11]);
    expect([...int32Column(table, 'item')]).toEqual([0, 1, 2, 3, 4, 5]);
    expect([...int32Column(table, 'scoreItem')]).toEqual([0, 0, 1, 1, 2, 2]);
    expect([...int32Column(table, 'scoreRecord')]).toEqual([9, 9, 9, 9, 9, 9]);
  });

  it('refuses an answer of the ledger that is about other records', () => {
    const indexes = content.putTable(makeTable({ record: whole(1, 2), item: whole(-1, -1) }));
    const call = () => listReceipts({ decisions: inputs().decisions, accounts: 3, indexes: [indexes] }, context);
    expect(call).toThrow(expect.objectContaining({ code: 'TABLE_INVALID' }));
  });
});
