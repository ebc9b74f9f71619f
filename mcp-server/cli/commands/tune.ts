/** Looks for better windows of the value model, and proposes them. */
import type { TuneReport } from '../../../agents/customer-data-graph/interface.ts';
import { formatCount, formatFixed } from '../../../agents/customer-data-graph/report/format-number.ts';
import { CohortiumError } from '../../../skills/sdk/index.ts';
import type { CommandCall, CommandSpec } from '../command-spec.ts';
import { formatTable } from '../format-table.ts';

export const tune: CommandSpec = {
  name: 'tune',
  args: [['<what>', 'windows']],
  summary: 'try history and prediction months of the value model and propose the best',
  says: 'Fits a model for every pair of history and prediction months at several cut-offs, judges each on what came after, and writes results, every trial and two heat-maps to outputs/grid_search. The score of a pair is the mean of the metrics, each scaled to 0 (best) to 1 (worst) within the grid; a metric that is the same everywhere is 0; equal scores go to the shorter history. Pairs that the log is too short for are left out and named. With --grain the same is done for the customers of each location, channel or brand, by where they bought most: to read, because one champion serves all. The best pair of the whole becomes a proposal, never a change: a person approves it.',
  options: [
    { flags: '--by <person>', says: 'who proposes; needed' },
    { flags: '--history <months>', says: 'comma-separated (default: 3,6,9,12,18)' },
    { flags: '--pred <months>', says: 'comma-separated (default: 3,6,12)' },
    { flags: '--metrics <names>', says: 'of nrmse, nmae, r2, gini, bias, comma-separated (default: nrmse,r2,gini)' },
    { flags: '--grain <axis>', says: 'location, channel or brand: the grid for the customers of each one, too' },
    { flags: '--grain-heatmaps', says: 'with --grain: heat-maps of each one' },
    { flags: '--origins <n>', says: 'cut-offs per prediction length, at most, 1 to 12 (default: 3)' },
  ],
  examples: [
    ['cohortium tune windows --by ada', 'the whole grid'],
    ['cohortium tune windows --history 6,9,12 --pred 3,6 --origins 2 --by ada', 'a small one'],
    ['cohortium tune windows --grain channel --by ada', 'also for the customers of each channel'],
  ],
  next: 'look at the heat-maps, then cohortium approve <proposal> --as <another person> --note <why>.',
  async action(call) {
    const [what = ''] = call.args;
    if (what !== 'windows') throw new CohortiumError('ARGUMENT_INVALID', `'${what}' cannot be tuned; write: tune windows`);
    const grain = call.text('grain');
    if (grain === undefined && call.flag('grainHeatmaps')) {
      throw new CohortiumError('ARGUMENT_INVALID', '--grain-heatmaps are of each location, channel or brand; name one with --grain');
    }
    const request = {
      ...(grain === undefined ? {} : { grain, grainPictures: call.flag('grainHeatmaps') }),
      by: call.requiredText('by'),
      history: monthsOf(call, 'history', '3,6,9,12,18'),
      pred: monthsOf(call, 'pred', '3,6,12'),
      measures: (call.text('metrics') ?? 'nrmse,r2,gini').split(','),
      origins: call.wholeNumber('origins', 3, 1, 12),
    };
    const report = await call.withAgent('write', (agent) =>
      agent.models.tuneWindows(request, { signal: call.signal, onProgress: call.onProgress }),
    );
    return { document: report, lines: linesOf(report, call) };
  },
};

function monthsOf(call: CommandCall, option: string, fallback: string): readonly number[] {
  return (call.text(option) ?? fallback).split(',').map((text) => {
    if (/^\d{1,4}$/.test(text.trim())) return Number(text);
    throw new CohortiumError('ARGUMENT_INVALID', `--${option} has '${text}'; expected whole months, comma-separated, such as 3,6,12`);
  });
}

function linesOf({ cells, best, current, leftOut, grain, trials, files, proposal }: TuneReport, call: CommandCall): string[] {
  const three = (value: number): string => formatFixed(value, 3);
  return [
    ...formatTable(
      [
        { head: 'history', align: 'right' },
        { head: 'prediction', align: 'right' },
        { head: 'RMSE/mean', align: 'right' },
        { head: 'MAE/mean', align: 'right' },
        { head: 'R²', align: 'right' },
        { head: 'Gini', align: 'right' },
        { head: 'bias', align: 'right' },
        { head: 'score', align: 'right' },
        { head: 'rank', align: 'right' },
      ],
      cells.map((cell) => [
        String(cell.historyMonths),
        String(cell.predMonths),
        three(cell.measures.nrmse),
        three(cell.measures.nmae),
        three(cell.measures.r2),
        three(cell.measures.gini),
        three(cell.measures.bias),
        three(cell.score),
        String(cell.rank),
      ]),
    ),
    '',
    ...leftOutLines(leftOut),
    ...(grain ? grainLines(grain) : []),
    `best of ${formatCount(trials)} fits: ${best.historyMonths} months of history, ${best.predMonths} of prediction; in force: ${current.historyMonths} and ${current.predMonths}`,
    ...files,
    '',
    ...(proposal
      ? [
          `Proposed as ${proposal.id}; nothing has changed.`,
          '',
          `Next: ${call.hint(`approve ${proposal.id} --as <another person> --note <why>`)}`,
        ]
      : ['These are in force already, so there is nothing to propose.']),
  ];
}

/** One line per prediction length. */
function leftOutLines(leftOut: TuneReport['leftOut']): string[] {
  return [...new Set(leftOut.map(({ predMonths }) => predMonths))].map((months) => {
    const pairs = leftOut.filter(({ predMonths }) => predMonths === months);
    return `left out, the log is too short for ${months} months of prediction with a history of ${pairs
      .map(({ historyMonths, neededFrom }) => `${historyMonths} (it would have to begin by ${neededFrom})`)
      .join(', ')}`;
  });
}

function grainLines({ axis, values, leftToWhole, leastCustomers }: NonNullable<TuneReport['grain']>): string[] {
  const small = leftToWhole.filter(({ reason }) => reason === null);
  return [
    ...values.map(
      ({ value, best }) =>
        `${axis} ${value}: ${best.historyMonths} months of history, ${best.predMonths} of prediction, R² ${formatFixed(best.measures.r2, 3)}`,
    ),
    ...(small.length > 0
      ? [
          `left to the whole, with fewer than ${leastCustomers} customers: ${small.map(({ value, customers }) => `${value} (${formatCount(customers)})`).join(', ')}`,
        ]
      : []),
    ...leftToWhole.flatMap(({ value, reason }) => (reason === null ? [] : [`left to the whole: ${axis} ${value}: ${reason}`])),
  ];
}
