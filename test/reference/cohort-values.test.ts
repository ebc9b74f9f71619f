/**
 * The cohort step's numbers against the published formulas, written a second time in plain arithmetic with the built-in
 * Math: P(alive) and expected purchases of BG/NBD with the hypergeometric series (Fader, Hardie & Lee 2005, eq. 10), the
 * Gamma-Gamma mean (Fader & Hardie 2013, eq. 5), their product, and the Dirichlet posterior mean of each cell.
 */
import { describe, expect, it } from 'vitest';

import { dayOfDate } from '../../skills/cohort/core/civil-date.ts';
import type { CohortModel } from '../../skills/cohort/core/model.ts';
import type { ValuedOutput } from '../../skills/cohort/schemas.ts';
import { skill as cohort } from '../../skills/cohort/skill.ts';
import { float64Column, int32Column, textColumn } from '../../skills/sdk/index.ts';
import { makeRng } from '../../skills/sdk/numeric/index.ts';
import { featuresOf, memoryContext, type Purchase, walkSkill } from './purchase-log.ts';

/** ₂F₁ by its power series, |z| < 1. */
function hypergeometric(a: number, b: number, c: number, z: number): number {
  let [term, total] = [1, 1];
  for (let n = 0; n < 5000 && term > 1e-18 * total; n++) {
    term *= (((a + n) * (b + n)) / ((c + n) * (n + 1))) * z;
    total += term;
  }
  return total;
}

const startDay = dayOfDate('2023-01-01');
const asOf = '2024-06-30';
const horizonDays = 90;

/** 600 customers, 3 stores × 2 channels, purchases of about 120.00. */
function makePurchases(): Purchase[] {
  const root = makeRng('values');
  const days = dayOfDate(asOf) - startDay + 1;
  return Array.from({ length: 600 }).flatMap((_, index) => {
    const rng = root.split(String(index));
    const rate = rng.gamma(0.9) / 42;
    const leaving = rng.beta(1, 5);
    const scale = rng.gamma(6) / 12_000;
    const home = rng.integer(3);
    const list: Purchase[] = [];
    for (let day = startDay + rng.integer(400); day < startDay + days; day += 1 + Math.floor(rng.exponential() / rate)) {
      const location = `store ${rng.uniform() < 0.7 ? home : rng.integer(3)}`;
      const spendMinor = Math.max(1, Math.round(rng.gamma(5) / scale));
      list.push({ customerId: `c${index}`, day, location, channel: rng.uniform() < 0.5 ? 'app' : 'shop', brand: 'one', spendMinor });
      if (list.length > 1 && rng.uniform() < leaving) break;
    }
    return list;
  });
}

describe('values of the cohort step', () => {
  const purchases = makePurchases();
  const context = memoryContext('values');
  const perform = (kind: string, input: unknown): unknown => {
    if (kind === 'memberships.publish') return { version: 1, joined: 1, left: 0, moved: 0 };
    const request = input as { readonly asOf: string; readonly outcomeDays: number }; // checked by the effect's schema
    return featuresOf(purchases, dayOfDate(request.asOf), request.outcomeDays, context);
  };
  const start = {
    input: { snapshot: context.writeJson({}) },
    config: { horizonDays, seasonal: false, draws: 50, timing: ['bg-nbd'] },
    asOf,
  };
  const output = cohort.output.parse(walkSkill(cohort, start, context, perform).output) as ValuedOutput; // value is on
  const model = context.readJson(output.model) as CohortModel; // written by the skill under test
  const accounts = context.readTable(output.accounts);
  const scores = context.readTable(output.scores);
  const history = (row: number): { x: number; tx: number; T: number } => ({
    x: int32Column(accounts, 'x')[row] ?? 0,
    tx: (int32Column(accounts, 'txDays')[row] ?? 0) / 7,
    T: (int32Column(accounts, 'TDays')[row] ?? 0) / 7,
  });

  it('are purchases times spend of the published formulas, for every customer', () => {
    const { r = 0, alpha = 0, a = 0, b = 0 } = model.now.timing.models[0]?.params ?? {};
    const { fit, netFactor } = model.now.spend;
    if (fit.kind !== 'gamma-gamma') throw new Error(fit.reason);
    const { p, q, v } = fit.model.params;
    expect(netFactor).toBe(1);
    const t = horizonDays / 7;
    for (let row = 0; row < accounts.rows; row++) {
      const { x, tx, T } = history(row);
      const odds = x > 0 ? (a / (b + x - 1)) * ((alpha + T) / (alpha + tx)) ** (r + x) : 0;
      const series = hypergeometric(r + x, b + x, a + b + x - 1, t / (alpha + T + t));
      const purchasesAhead = (((a + b + x - 1) / (a - 1)) * (1 - ((alpha + T) / (alpha + T + t)) ** (r + x) * series)) / (1 + odds);
      const spend = (p * (v + (float64Column(accounts, 'repeatSpendMinor')[row] ?? 0))) / (p * x + q - 1);
      // The difference in the formula cancels digits; the implementation does without it.
      expect((float64Column(scores, 'pAlive')[row] ?? 0) * (1 + odds)).toBeCloseTo(1, 11);
      expect((float64Column(scores, 'expectedPurchases')[row] ?? 0) / purchasesAhead).toBeCloseTo(1, 8);
      expect((float64Column(scores, 'spendPerPurchaseMinor')[row] ?? 0) / spend).toBeCloseTo(1, 11);
      expect((float64Column(scores, 'clvMinor')[row] ?? 0) / (purchasesAhead * spend)).toBeCloseTo(1, 8);
    }
  });

  it('are split by the Dirichlet posterior mean, unvisited cells included', () => {
    const priors = context.readTable(output.priors);
    const cells = context.readTable(output.cells);
    const name = (table: typeof cells, row: number): string =>
      ['location', 'channel', 'brand'].map((part) => textColumn(table, part)[row]).join('|');
    const prior = new Map(Array.from({ length: priors.rows }, (_, row) => [name(priors, row), float64Column(priors, 'share')[row] ?? 0]));
    const S = model.concentration;
    const clv = float64Column(scores, 'clvMinor');
    const visited = new Map<number, { share: number; prior: number }>();
    for (let row = 0; row < cells.rows; row++) {
      const account = int32Column(cells, 'account')[row] ?? 0;
      const n = int32Column(accounts, 'baskets')[account] ?? 0;
      const base = prior.get(name(cells, row)) ?? Number.NaN;
      const share = (S * base + (float64Column(cells, 'baskets')[row] ?? 0)) / (S + n);
      expect((float64Column(cells, 'share')[row] ?? 0) / share).toBeCloseTo(1, 12);
      expect((float64Column(cells, 'clvMinor')[row] ?? 0) / (share * (clv[account] ?? 0))).toBeCloseTo(1, 12);
      const seen = visited.get(account) ?? { share: 0, prior: 0 };
      visited.set(account, { share: seen.share + share, prior: seen.prior + base });
    }
    for (const [account, seen] of visited) {
      const unseen = (S * (1 - seen.prior)) / (S + (int32Column(accounts, 'baskets')[account] ?? 0));
      expect(seen.share + unseen).toBeCloseTo(1, 12);
    }
  });
});
