/**
 * Ways to fit 150 cells of very different size, against what their customers are really expected to buy in 26 weeks: BG/NBD
 * with parameters that spread over cells by .4 to .5 on the log scale. Prints a Markdown table.
 *
 * node --conditions=cohortium-source test/bench/pooling-simulation.ts [--seeds 5] [--cells 150]
 */
import { parseArgs } from 'node:util';

import { bgNbd, type BgNbdParameters } from '../../skills/cohort/core/clv/bg-nbd/index.ts';
import { fitStatistics } from '../../skills/cohort/core/clv/fit-timing.ts';
import { maximizeOnLogScale } from '../../skills/cohort/core/clv/maximum.ts';
import { cellParameters, poolCells } from '../../skills/cohort/core/pooling/index.ts';
import { exp, sum } from '../../skills/sdk/numeric/index.ts';
import { expectedTotal, logError, type SimulatedCell, simulateCells } from '../fixtures/pooling-cells.ts';

const { values: given } = parseArgs({ options: { seeds: { type: 'string', default: '5' }, cells: { type: 'string', default: '150' } } });
const seeds = Number(given.seeds);

type Method = (cells: readonly SimulatedCell[]) => readonly BgNbdParameters[];

function named(values: readonly number[]): BgNbdParameters {
  const [r = 1, alpha = 1, a = 1, b = 1] = values;
  return { r, alpha, a, b };
}

const methods: Readonly<Record<string, Method>> = {
  'separate maximum likelihood': (cells) =>
    cells.map(({ statistics }) => named(maximizeOnLogScale(bgNbd.objective(statistics), bgNbd.start(statistics)).parameters)),
  'separate, prior of sd 2 on logs': (cells) =>
    cells.map(({ statistics }) => fitStatistics(bgNbd, statistics, { prior: { sd: 2 } }).params),
  'one pooled model': (cells) => {
    const { pooled } = poolCells({ family: bgNbd, cells: cells.map(({ statistics }) => statistics) }, { maxRounds: 1 });
    return cells.map(() => named(pooled.map(exp)));
  },
  'empirical Bayes': (cells) => {
    const pooled = poolCells({ family: bgNbd, cells: cells.map(({ statistics }) => statistics) });
    return cells.map((_, index) => cellParameters(bgNbd, pooled, index));
  },
};

const worlds = Array.from({ length: seeds }, (_, seed) => simulateCells(Number(given.cells), `pooling ${seed}`));
const sizes = worlds.flatMap((cells) => cells.map(({ histories }) => histories.length)).sort((a, b) => a - b);
console.log(`${seeds} × ${given.cells} cells, ${sizes[0]} to ${sizes.at(-1)} customers, median ${sizes[Math.floor(sizes.length / 2)]}\n`);
console.log('| Method | log-RMSE, all cells | below 50 customers | 50 and more | absolute error / total | ms per cell |');
console.log('| --- | --- | --- | --- | --- | --- |');
for (const [name, fit] of Object.entries(methods)) {
  const started = performance.now();
  const found = worlds.map(fit);
  const elapsed = performance.now() - started;
  const rows = worlds.flatMap((cells, world) =>
    cells.map((cell, index) => ({
      size: cell.histories.length,
      truth: expectedTotal(cell, cell.truth),
      estimate: expectedTotal(cell, found[world]?.[index] ?? cell.truth),
    })),
  );
  const errorOf = (list: typeof rows): string =>
    logError(
      list.map(({ estimate }) => estimate),
      list.map(({ truth }) => truth),
    ).toFixed(3);
  const absolute = sum(rows.map(({ truth, estimate }) => Math.abs(truth - estimate))) / sum(rows.map(({ truth }) => truth));
  const small = rows.filter(({ size }) => size < 50);
  const large = rows.filter(({ size }) => size >= 50);
  console.log(
    `| ${name} | ${errorOf(rows)} | ${errorOf(small)} | ${errorOf(large)} | ${absolute.toFixed(3)} | ${(elapsed / rows.length).toFixed(1)} |`,
  );
}
