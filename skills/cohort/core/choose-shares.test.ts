import { describe, expect, it } from 'vitest';

import { makeRng } from '../../sdk/numeric/index.ts';
import { chooseShares, type SharesRequest } from './choose-shares.ts';
import { timingFamily } from './clv/index.ts';
import { checkCoherence } from './coherence.ts';
import { combinationValues, unvisitedShares } from './grain-shares.ts';
import { makeGrid } from './grid.ts';

const asOfDay = 600;
const cutoffDay = 510;

/** Accounts that live near one of four stores; two channels; `moves` sends each to another store halfway. */
function makeRequest(moves = false, method: SharesRequest['method'] = 'auto'): SharesRequest {
  const rng = makeRng(`shares ${moves}`);
  const accounts = 500;
  const rows: { account: number; day: number; location: string; channel: string; money: number }[] = [];
  for (let account = 0; account < accounts; account++) {
    const home = rng.integer(4);
    const rate = rng.gamma(1.5) / 25;
    for (let day = rng.integer(120); day <= asOfDay; day += 1 + Math.floor(rng.exponential() / rate)) {
      const now = moves && day > 330 ? (home + 1) % 4 : home;
      const location = `s${rng.uniform() < 0.8 ? now : rng.integer(4)}`;
      rows.push({ account, day, location, channel: rng.uniform() < 0.6 ? 'app' : 'shop', money: 500 + rng.integer(3000) });
    }
  }
  const key = (row: (typeof rows)[number]): string => `${row.account}\n${row.location}\n${row.channel}`;
  const cellKeys = [...new Set(rows.map(key))].sort((a, b) => Number(a.split('\n')[0]) - Number(b.split('\n')[0]) || (a < b ? -1 : 1));
  const parts = cellKeys.map((text) => text.split('\n'));
  const grid = makeGrid(
    parts.map(([, location = '']) => location),
    parts.map(([, , channel = '']) => channel),
    parts.map(() => 'one'),
  );
  const cellOf = new Map(cellKeys.map((text, index) => [text, index]));
  const visitsOf = (list: typeof rows): SharesRequest['visits'] => ({
    accounts,
    account: Int32Array.from(list, ({ account }) => account),
    combination: Int32Array.from(list, (row) => grid.ofCell[cellOf.get(key(row)) ?? 0] ?? 0),
    day: list.map(({ day }) => day),
    baskets: list.map(() => 1),
    money: list.map(({ money }) => money),
  });
  const baskets = new Float64Array(cellKeys.length);
  for (const row of rows) baskets[cellOf.get(key(row)) ?? 0]! += 1;
  return {
    method,
    grid,
    cells: { accounts, account: Int32Array.from(parts, ([account]) => Number(account)), combination: grid.ofCell, baskets },
    visits: visitsOf(rows),
    earlierVisits: visitsOf(rows.filter(({ day }) => day <= cutoffDay)),
    asOfDay,
    cutoffDay,
    origins: [420, 330],
    windowDays: 90,
    horizonDays: 90,
    family: timingFamily('nbd'),
  };
}

describe('how value comes to the cells', () => {
  it.each(['account-shares', 'least-squares', 'proportional-fitting'] as const)(
    '%s: shares of every account sum to one, cells agree with accounts',
    (method) => {
      const request = makeRequest(false, method);
      const { shares, evidence } = chooseShares(request);
      expect(evidence).toMatchObject({ method, reason: 'the configuration names the way' });
      const totals = unvisitedShares(shares, request.cells);
      shares.visited.forEach((share, row) => {
        expect(share).toBeGreaterThanOrEqual(0);
        totals[request.cells.account[row] ?? 0]! += share;
      });
      for (const total of totals) expect(Math.abs(total - 1)).toBeLessThan(1e-9);
      const value = Float64Array.from({ length: 500 }, (_, account) => 1000 + account);
      const cellValue = shares.visited.map((share, row) => share * (value[request.cells.account[row] ?? 0] ?? 0));
      expect(checkCoherence(shares, request.cells, value, cellValue).maxRelativeError).toBeLessThan(1e-9);
      expect(Math.min(...combinationValues(shares, request.cells, value))).toBeGreaterThanOrEqual(0);
      // A cell that somebody never visited keeps something.
      const visited = new Int32Array(500);
      request.cells.account.forEach((account) => (visited[account]! += 1));
      shares.elsewhere.forEach((share, account) => {
        if ((visited[account] ?? 0) < request.grid.location.length) expect(share).toBeGreaterThan(0);
      });
    },
  );

  it('tries the ways on the days before the cut-off and keeps the evidence', () => {
    const { evidence } = chooseShares(makeRequest());
    expect(evidence.reason).toBe('');
    expect(evidence.scores.map(({ method }) => method)).toEqual([
      'account-shares',
      'pooled-cells',
      'least-squares',
      'proportional-fitting',
    ]);
    expect(new Set(evidence.contest.map(({ origin }) => origin))).toEqual(new Set([420, 330]));
    const own = evidence.scores[0]?.score ?? 0;
    for (const { method, score } of evidence.scores) if (method === evidence.method) expect(score).toBeLessThanOrEqual(own);
  });

  it('lets old days fade where customers have moved, and not where they stay', () => {
    expect(chooseShares(makeRequest(true, 'account-shares')).evidence.halfLifeDays).not.toBeNull();
    expect(chooseShares(makeRequest(false, 'account-shares')).evidence.halfLifeDays).toBeNull();
  });

  it('takes account shares where the history is too short to try anything', () => {
    const { evidence } = chooseShares({ ...makeRequest(), origins: [] });
    expect(evidence).toMatchObject({ method: 'account-shares', halfLifeDays: null });
    expect(evidence.reason).toContain('too short');
  });
});
