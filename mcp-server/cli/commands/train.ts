/** Fits a value model and proposes it. */
import type { ModelCard, TrainReport } from '../../../agents/customer-data-graph/interface.ts';
import { formatCount, formatFixed, formatMoney, formatPercent } from '../../../agents/customer-data-graph/report/format-number.ts';
import type { CommandCall, CommandSpec } from '../command-spec.ts';
import { formatPairs } from '../format-table.ts';

export const train: CommandSpec = {
  name: 'train',
  summary: 'fit a value model on the log as it is, judge it, and propose it as champion',
  says: 'Learns net spend in the prediction months after a cut-off from the history months before it, as cohortium.yaml has them, and judges models of earlier cut-offs on what came after. Writes the artefact by its hash and the model card as JSON, CycloneDX 1.7 and Markdown to models/, with a proposal. Puts nothing in force. The same log and cut-off give the same bytes.',
  options: [
    { flags: '--by <person>', says: 'who proposes; needed' },
    { flags: '--cutoff <date>', says: 'last day of the history, YYYY-MM-DD (default: the latest whose outcome has been seen)' },
    { flags: '--origins <n>', says: 'earlier cut-offs that models are judged at, at most, 1 to 12 (default: 3)' },
  ],
  examples: [
    ['cohortium train --by ada', 'the latest possible'],
    ['cohortium train --cutoff 2025-06-30 --by ada', 'a day of your own'],
  ],
  next: 'read the card, then cohortium approve <proposal> --as <another person> --note <why>.',
  async action(call) {
    const cutoff = call.text('cutoff');
    const request = {
      by: call.requiredText('by'),
      origins: call.wholeNumber('origins', 3, 1, 12),
      ...(cutoff === undefined ? {} : { cutoff }),
    };
    const report = await call.withAgent('write', (agent) =>
      agent.models.train(request, { signal: call.signal, onProgress: call.onProgress }),
    );
    return { document: report, lines: linesOf(report, call) };
  },
};

function linesOf({ card, champion, proposal }: TrainReport, call: CommandCall): string[] {
  return [
    ...cardLines(card),
    '',
    champion === null
      ? 'No champion is in force yet.'
      : `In force: ${champion.modelId}, RMSE ${formatMoney(champion.baselineRmse, card.currency)}, R² ${formatFixed(champion.baselineR2, 3)}.`,
    `Proposed as ${proposal.id}; nothing has changed. The card is models/cards/${card.model_id}.md.`,
    '',
    `Next: ${call.hint(`approve ${proposal.id} --as <another person> --note <why>`)}`,
  ];
}

/** What the command line shows of a card. */
export function cardLines({ currency, evaluation: { all, origins, slices }, ...card }: ModelCard): string[] {
  const money = (minor: number): string => formatMoney(minor, currency);
  const three = (value: number): string => formatFixed(value, 3);
  const measured = (name: string, one: typeof all.r2, format: (value: number) => string): (readonly [string, string])[] =>
    one === null ? [] : [[name, `${format(one.value)}  (${format(one.low)} to ${format(one.high)})`]];
  return formatPairs([
    ['model', card.model_id],
    ['artefact', card.artefact],
    ['cut-off', `${card.training_cutoff}, ${card.history_months} months of history, ${card.pred_months} of prediction`],
    ['customers', `${formatCount(card.customers)}, of whom ${formatCount(card.buyers)} bought again`],
    ['judged on', `${formatCount(all.rows)} predictions at ${origins.map(({ predictedAt }) => predictedAt).join(', ')}`],
    ...measured('RMSE', all.rmse, money),
    ...measured('R²', all.r2, three),
    ...measured('MAE', all.mae, money),
    ...measured('Gini', all.gini, three),
    ...measured('bias', all.bias, (value) => formatPercent(value)),
    ['slices', `${slices.length}, on the card`],
    ...card.absentHistoryModels.map((why): readonly [string, string] => ['absent', why]),
  ]);
}
