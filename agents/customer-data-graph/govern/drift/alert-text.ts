/** The alert as Markdown: what was found, where, since when, and what a person can do. A function of the records. */
import { formatCount, formatFixed, formatMoney, formatPercent } from '../../report/format-number.ts';
import type { ModelCard } from '../models/model-interface.ts';
import type { LossEstimate } from '../scoring/scoring-interface.ts';
import type { JudgedRecord } from './drift-pictures.ts';

export interface AlertFacts {
  readonly record: JudgedRecord;
  /** Windows of the model up to this one, oldest first. */
  readonly windows: readonly JudgedRecord[];
  readonly card: ModelCard;
  readonly limits: { readonly rmse: number; readonly r2: number };
  readonly currency: string;
  /** Names of the pictures in the same folder. */
  readonly pictures: { readonly windows: string; readonly tenths: string; readonly columns: string | null };
  /** Id of the tuning that is proposed; null without one. */
  readonly proposal: string | null;
}

export function alertText({ record, windows, card, limits, currency, pictures, proposal }: AlertFacts): string {
  const { window, watch, cutoff, predMonths, modelId, outcomeEnd } = record;
  const { metrics, baseline, drift, calibration } = window;
  const money = (minor: number): string => formatMoney(minor, currency);
  const verdict = (isOver: boolean | undefined): string => (isOver === true ? '**above the limit**' : 'within');
  const flagged = window.cohorts.filter(({ isOver }) => isOver);
  const ratio = calibration.observedOverExpected;
  return [
    `# Drift: the value model at ${cutoff}`,
    '',
    `${modelId} predicted ${predMonths} months from ${cutoff}; what was spent up to ${outcomeEnd} is known now, of ${formatCount(window.customers)} customers${window.unmatched > 0 ? ` (${formatCount(window.unmatched)} are part of another customer by now and left out)` : ''}. Nothing was retrained or changed: a person finds out why.`,
    '',
    '| measure | baseline | found | 95 % interval | change | limit | |',
    '|---|--:|--:|--:|--:|--:|---|',
    `| RMSE | ${money(baseline.rmse)} | ${money(metrics.rmse.value)} | ${money(metrics.rmse.low)} to ${money(metrics.rmse.high)} | ${changed(drift?.rmseRise ?? null)} | +${formatPercent(limits.rmse, 0)} | ${verdict(drift?.isRmseOver)} |`,
    `| R² | ${formatFixed(baseline.r2, 3)} | ${metrics.r2 ? formatFixed(metrics.r2.value, 3) : '–'} | ${metrics.r2 ? `${formatFixed(metrics.r2.low, 3)} to ${formatFixed(metrics.r2.high, 3)}` : '–'} | ${changed(drift?.r2Fall === null || drift?.r2Fall === undefined ? null : 0 - drift.r2Fall)} | -${formatPercent(limits.r2, 0)} | ${verdict(drift?.isR2Over)} |`,
    '',
    `![RMSE of every window of this model against its limit](${pictures.windows})`,
    '',
    `Windows of this model judged so far: ${windows.length}, with an alert: ${windows.filter((one) => one.window.isAlert).length}.`,
    '',
    '## Calibration',
    '',
    ratio === null
      ? 'Nothing was predicted, so that there is nothing to compare.'
      : `Spent over predicted: ${formatFixed(ratio.value, 3)} (${formatFixed(ratio.low, 3)} to ${formatFixed(ratio.high, 3)}); ${calibration.isOff ? 'the interval leaves out 1' : 'the interval has 1 in it'}. On the card: ${cardRatio(card)}.`,
    '',
    `![Predicted and spent by tenths](${pictures.tenths})`,
    '',
    '## Cohorts',
    '',
    window.cohorts.length === 0
      ? 'No cohort of the card has 50 customers in this window.'
      : `${flagged.length} of ${window.cohorts.length} cohorts have an RMSE that has risen by more than ${formatPercent(limits.rmse, 0)}, by Benjamini–Hochberg at 5 %.`,
    ...(flagged.length === 0
      ? []
      : [
          '',
          '| cohort | customers | rise of RMSE | 95 % interval | adjusted p |',
          '|---|--:|--:|--:|--:|',
          ...flagged.map(
            (one) =>
              `| ${escaped(one.name)} | ${formatCount(one.rows)} | ${changed(one.rise)} | ${changed(one.low)} to ${changed(one.high)} | ${formatFixed(one.adjusted, 4)} |`,
          ),
        ]),
    '',
    '## What could be seen on the day of scoring',
    '',
    ...(watch?.reason === null
      ? [
          `- Columns above a stability index of 0.25: ${watch.stability.filter(({ psi }) => psi > 0.25).length} of ${watch.stability.length}.`,
          watch.domain === null
            ? '- Too few customers to tell them from those of the training table.'
            : `- A classifier tells these customers from those of the training table with AUC ${formatFixed(watch.domain.auc, 3)}; shuffled labels stay below ${formatFixed(watch.domain.threshold, 3)} (p ${formatFixed(watch.domain.p, 2)}).`,
          watch.estimate === null
            ? '- The error could not be estimated in advance.'
            : estimateLine(watch.estimate, money, metrics.rmse.value),
          '',
          ...(pictures.columns === null ? [] : [`![Columns that moved most](${pictures.columns})`, '']),
        ]
      : [watch?.reason ?? 'Nothing was compared.', '']),
    '## What to do',
    '',
    '1. Look for the cause: prices, assortment, a source that is late or doubled (`cohortium signals health`), a season that the training table lacks.',
    proposal === null
      ? '2. One alert changes nothing. With a second one in a row a tuning is proposed.'
      : `2. This is the second alert in a row: a tuning is proposed as \`${proposal}\`. If it is the right answer, approve it (\`cohortium approve ${proposal} --as <person>\`), then \`cohortium tune windows --by <person>\`.`,
    '',
  ].join('\n');
}

function estimateLine(estimate: LossEstimate, money: (minor: number) => string, found: number): string {
  const isInside = found >= estimate.low && found <= estimate.high;
  return `- Error estimated before outcomes: ${money(estimate.rmse)} (${money(estimate.low)} to ${money(estimate.high)}); found: ${money(found)}, ${isInside ? 'as foretold by who the customers are' : 'which who the customers are does not explain'}.`;
}

function cardRatio({ evaluation: { calibration } }: ModelCard): string {
  return calibration.observedOverExpected === null ? 'unknown' : formatFixed(calibration.observedOverExpected.value, 3);
}

function changed(value: number | null): string {
  return value === null ? '–' : `${value > 0 ? '+' : ''}${formatPercent(value)}`;
}

/** Names of places are the merchant's words. */
function escaped(text: string): string {
  return text.replace(/[\\`*_[\]<>|]/g, String.raw`\$&`);
}
