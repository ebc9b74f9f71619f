import { describe, expect, it } from 'vitest';

import { expectedTotal, logError, population, simulateCells } from '../../../../test/fixtures/pooling-cells.ts';
import { exp } from '../../../sdk/numeric/index.ts';
import { bgNbd } from '../clv/bg-nbd/index.ts';
import { timingFamily } from '../clv/families.ts';
import { fitStatistics } from '../clv/fit-timing.ts';
import { summarizeHistories } from '../clv/histories.ts';
import { maximizeOnLogScale } from '../clv/maximum.ts';
import { nbd } from '../clv/nbd/index.ts';
import { cellParameters, poolCells } from './index.ts';

const cells = simulateCells(80, 'unit');
const truths = cells.map((cell) => expectedTotal(cell, cell.truth));
const pooled = poolCells({ family: bgNbd, cells: cells.map(({ statistics }) => statistics) });

describe('cells pooled by empirical Bayes', () => {
  it('are nearer to the truth than one model for all, and than a model each', () => {
    const empirical = logError(
      cells.map((cell, index) => expectedTotal(cell, cellParameters(bgNbd, pooled, index))),
      truths,
    );
    const [r = 1, alpha = 1, a = 1, b = 1] = pooled.pooled.map(exp);
    const together = logError(
      cells.map((cell) => expectedTotal(cell, { r, alpha, a, b })),
      truths,
    );
    const separate = logError(
      cells.map((cell) => {
        const found = maximizeOnLogScale(bgNbd.objective(cell.statistics), bgNbd.start(cell.statistics)).parameters;
        return expectedTotal(cell, { r: found[0] ?? 1, alpha: found[1] ?? 1, a: found[2] ?? 1, b: found[3] ?? 1 });
      }),
      truths,
    );
    expect(pooled.isConverged).toBe(true);
    expect(empirical).toBeLessThan(0.85 * together);
    expect(empirical).toBeLessThan(0.5 * separate);
  });

  it('does not fail on a cell whose customers all came on the last day', () => {
    const today = summarizeHistories({ x: [0, 0], tx: [0, 0], T: [0, 0] });
    const some = cells.slice(0, 6).map(({ statistics }) => statistics);
    for (const family of ['nbd', 'bg-nbd', 'pareto-nbd'].map(timingFamily)) {
      const [without, together] = [poolCells({ family, cells: some }), poolCells({ family, cells: [...some, today] })];
      expect(together.isConverged).toBe(true);
      // Two customers without any time say nothing: the others move by what the end of EM leaves open.
      together.cells.slice(0, 6).forEach(({ logParameters }, cell) => {
        logParameters.forEach((value, index) => expect(value).toBeCloseTo(without.cells[cell]?.logParameters[index] ?? 0, 0));
      });
      expect(together.cells[6]?.logParameters.every(Number.isFinite)).toBe(true);
    }
  });

  it('finds the population within three standard errors', () => {
    // Of a mean over 80 cells with a spread of .5: .056; of a spread: .04; a little more where cells are small.
    population.mean.forEach((mean, index) => expect(Math.abs(pooled.mu[index]! - mean)).toBeLessThan(0.3));
    population.spread.forEach((spread, index) => expect(Math.abs(Math.sqrt(pooled.sigma[index * 5]!) - spread)).toBeLessThan(0.25));
  });

  it('keeps a large cell at its own maximum and moves a small one to the others', () => {
    const large = cells.reduce((best, cell, index) => (cell.histories.length > cells[best]!.histories.length ? index : best), 0);
    const own = fitStatistics(bgNbd, cells[large]!.statistics).params;
    const found = cellParameters(bgNbd, pooled, large);
    expect(Math.abs(found.r / own.r - 1)).toBeLessThan(0.25);
    const [tiny] = poolCells({
      family: bgNbd,
      cells: [summarizeHistories({ x: [9], tx: [20], T: [21] }), ...cells.map(({ statistics }) => statistics)],
    }).cells;
    tiny!.logParameters.forEach((value, index) => expect(Math.abs(value - pooled.mu[index]!)).toBeLessThan(2 * population.spread[index]!));
  });

  it('gives a cell that nobody has visited the mean and spread of the population', () => {
    const some = cells.slice(0, 12).map(({ statistics }) => statistics);
    const empty = summarizeHistories({ x: [], tx: [], T: [] });
    const result = poolCells({ family: bgNbd, cells: [undefined, empty, ...some] });
    expect(result.cells[0]).toEqual({ logParameters: result.mu, covarianceLog: result.sigma, customers: 0 });
    expect(result.cells[1]).toEqual(result.cells[0]);
    const without = poolCells({ family: bgNbd, cells: some });
    expect(result.mu).toEqual(without.mu);
  });

  it('does not depend on the order of the cells', () => {
    // EM ends within a thousandth; sums in another order move it by far less than that.
    const some = cells.slice(0, 10).map(({ statistics }) => statistics);
    const one = poolCells({ family: nbd, cells: some });
    const other = poolCells({ family: nbd, cells: some.toReversed() });
    one.cells.forEach((cell, index) => {
      cell.logParameters.forEach((value, at) => expect(other.cells[9 - index]!.logParameters[at]).toBeCloseTo(value, 3));
    });
  });

  it('stays finite where nobody comes back and with a single cell', () => {
    const quiet = summarizeHistories({ x: [0, 0, 0], tx: [0, 0, 0], T: [10, 20, 30] });
    for (const list of [[quiet], [quiet, quiet, cells[0]!.statistics]]) {
      const result = poolCells({ family: bgNbd, cells: list });
      expect([...result.mu, ...result.sigma, result.logEvidence].every(Number.isFinite)).toBe(true);
      for (const cell of result.cells) expect([...cell.logParameters, ...cell.covarianceLog].every(Number.isFinite)).toBe(true);
    }
  });

  it('says what is wrong with bad input', () => {
    expect(() => poolCells({ family: bgNbd, cells: [undefined] })).toThrow(/none of 1 cells has a customer/);
    const factors = { rfm: [0] } as object;
    expect(() => poolCells({ family: bgNbd, cells: [cells[0]!.statistics], factors })).toThrow(/'rfm' is no factor to pool over/);
    const input = (location: number[]) => ({ family: bgNbd, cells: [cells[0]!.statistics], factors: { location } });
    expect(() => poolCells(input([0, 1]))).toThrow(/a code for each of 1 cells; found 2/);
    expect(() => poolCells(input([-1]))).toThrow(/cell 0 has -1/);
  });
});

describe('crossed effects', () => {
  const crossed = simulateCells(75, 'crossed', 0.9);
  const input = { family: bgNbd, cells: crossed.map(({ statistics }) => statistics) };
  const factors = { location: crossed.map(({ location }) => location), channel: crossed.map(({ channel }) => channel) };

  it('tell of a combination that nobody has visited by its location and channel', () => {
    const held = crossed.map((_, index) => index).filter((index) => index % 5 === 0);
    const cut = input.cells.map((statistics, index) => (held.includes(index) ? undefined : statistics));
    const withEffects = poolCells({ ...input, cells: cut, factors });
    const withOne = poolCells({ ...input, cells: cut });
    const errorOf = (result: typeof withOne): number =>
      logError(
        held.map((index) => expectedTotal(crossed[index]!, cellParameters(bgNbd, result, index))),
        held.map((index) => expectedTotal(crossed[index]!, crossed[index]!.truth)),
      );
    expect(errorOf(withEffects)).toBeLessThan(errorOf(withOne));
    expect(withEffects.factors.map(({ name }) => name)).toEqual(['location', 'channel']);
    expect(withEffects.factors[0]!.effects).toHaveLength(15);
    // Effects take variance away from the cells.
    expect(withEffects.sigma[0]!).toBeLessThan(withOne.sigma[0]!);
    const effects = withEffects.factors[0]!.effects.map((row) => row[0]!);
    expect(Math.abs(effects.reduce((total, value) => total + value, 0))).toBeLessThan(1e-9);
  });
});
