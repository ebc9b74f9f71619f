/** Scores customers with the champion, and judges what has matured. */
import type { ScoreRecord, ScoreRunReport } from '../../../agents/customer-data-graph/interface.ts';
import { formatCount, formatFixed, formatMoney, formatPercent } from '../../../agents/customer-data-graph/report/format-number.ts';
import type { CommandCall, CommandSpec } from '../command-spec.ts';
import { formatPairs, formatTable } from '../format-table.ts';

export const scoreRun: CommandSpec = {
  name: 'score-run',
  summary: 'score all customers with the champion, and judge it where outcomes are known',
  says: 'For every cut-off that is due: predictions, value tiers, behaviour clusters that see neither money nor predictions, and what the clusters are worth, as CSV files in outputs/. Then every older cut-off whose prediction months are over gets its actual values, and the model is judged: an RMSE or R² beyond its limit is an alert, with pictures, a warning on stderr and a message to subscribers with the purpose model-monitoring; two in a row propose a tuning. Trains nothing. Run again after a kill, it does what is left.',
  options: [
    { flags: '--cutoff <date>', says: 'last day of the history, YYYY-MM-DD (default: the stored one, and all that are due since)' },
    { flags: '--commit', says: 'with --cutoff: store it, so that the next one is counted from it' },
  ],
  examples: [
    ['cohortium score-run', 'what is due'],
    ['cohortium score-run --cutoff 2025-06-30', 'a day of your own, which moves nothing'],
  ],
  next: 'look at outputs/, or have it run by itself: schedules in cohortium.yaml.',
  async action(call) {
    const cutoff = call.text('cutoff');
    const request = { commit: call.flag('commit'), ...(cutoff === undefined ? {} : { cutoff }) };
    const { report, currency } = await call.withAgent('write', async (agent) => ({
      report: await agent.scoring.scoreRun(request, { signal: call.signal, onProgress: call.onProgress }),
      currency: agent.currency,
    }));
    return { document: report, lines: linesOf(report, currency, call) };
  },
};

function linesOf({ modelId, scored, judged, waiting, nextCutoff, tickets }: ScoreRunReport, currency: string, call: CommandCall): string[] {
  return [
    ...(scored.length === 0 ? [`Nothing is due before ${nextCutoff ?? 'the first cut-off'}.`] : [`Scored with ${modelId}:`]),
    ...(scored.length === 0
      ? []
      : formatTable(
          [
            { head: 'cut-off' },
            { head: 'customers', align: 'right' },
            { head: 'clusters', align: 'right' },
            { head: 'stayed', align: 'right' },
            { head: 'file' },
          ],
          scored.map(({ cutoff, customers, clusters, files }) => [
            cutoff,
            formatCount(customers),
            String(clusters?.clusters ?? 0),
            clusters?.stayed === null || clusters?.stayed === undefined ? '' : formatPercent(clusters.stayed, 0),
            `outputs/${files.predictions?.name ?? ''}`,
          ]),
        )),
    ...(judged.length === 0
      ? []
      : [
          '',
          'Judged by what was spent:',
          ...formatTable(
            [
              { head: 'cut-off' },
              { head: 'customers', align: 'right' },
              { head: 'RMSE', align: 'right' },
              { head: 'baseline', align: 'right' },
              { head: 'R²', align: 'right' },
              { head: 'baseline', align: 'right' },
              { head: 'cohorts worse', align: 'right' },
              { head: '' },
            ],
            judged.map((record) => judgedLine(record, currency)),
          ),
          ...judged.flatMap(({ window }) =>
            window && window.alertFiles[0] ? [call.style.bad(`alert: outputs/${window.alertFiles[0].name}`)] : [],
          ),
          ...judged.flatMap(({ window }) =>
            typeof window?.proposal === 'string' ? [`A tuning is proposed: ${window.proposal}; ${call.hint('champions')} lists it.`] : [],
          ),
          ...(tickets > 0 ? [`${tickets} message(s) to ticket subscribers; ${call.hint('outbox')} says how they stand.`] : []),
        ]),
    '',
    ...formatPairs([
      ['waiting for outcomes', waiting.length === 0 ? 'none' : `${waiting.length}, the first until ${waiting[0]?.until ?? ''}`],
      ['next cut-off', nextCutoff ?? 'not stored yet'],
    ]),
  ];
}

function judgedLine({ cutoff, window }: ScoreRecord, currency: string): string[] {
  if (!window) return [cutoff];
  const { metrics, baseline, drift, cohorts, isAlert } = window;
  return [
    cutoff,
    formatCount(window.customers),
    formatMoney(metrics.rmse.value, currency),
    formatMoney(baseline.rmse, currency),
    metrics.r2 ? formatFixed(metrics.r2.value, 3) : '–',
    formatFixed(baseline.r2, 3),
    `${cohorts.filter(({ isOver }) => isOver).length} of ${cohorts.length}`,
    drift === null ? 'not judged: the model has learnt outcomes of this time' : isAlert ? 'ALERT' : 'within limits',
  ];
}
