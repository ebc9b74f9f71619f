/** The model card for people: Markdown with metadata at the top, written from the same card as the others. */
import { formatAmount, formatCount, formatFixed, formatPercent } from '../../report/format-number.ts';
import { considerations } from './considerations.ts';
import type { Measured, ModelCard, ModelMetrics } from './model-interface.ts';

export function markdownCard(card: ModelCard): string {
  const { evaluation, currency } = card;
  const money = (minor: number): string => formatAmount(minor, currency);
  const interval = (measured: Measured | null, format: (value: number) => string): string =>
    measured === null ? '–' : `${format(measured.value)} (${format(measured.low)} to ${format(measured.high)})`;
  const three = (value: number): string => formatFixed(value, 3);
  const row = (name: string, metrics: ModelMetrics): string =>
    [
      '',
      cell(name),
      formatCount(metrics.rows),
      interval(metrics.rmse, money),
      interval(metrics.r2, three),
      interval(metrics.mae, money),
      interval(metrics.gini, three),
      interval(metrics.bias, (value) => formatPercent(value)),
      '',
    ]
      .join(' | ')
      .trim();
  return [
    '---',
    `model_id: ${card.model_id}`,
    'task: tabular-regression',
    'library: cohortium',
    `training_cutoff: ${card.training_cutoff}`,
    `artefact_sha256: ${card.artefact}`,
    '---',
    '',
    `# ${card.model_id}`,
    '',
    `Expected net spend of a customer of ${card.merchant} in the ${card.pred_months} months after a cut-off, from ${card.history_months} months of history. Gradient-boosted trees (Cohortium's own), with the expectations of BG/NBD and Gamma-Gamma among their features.`,
    '',
    '| | |',
    '|---|---|',
    ...(
      [
        ['made', card.timestamp],
        ['code', card.code_commit ?? `cohortium ${card.libraries['cohortium'] ?? ''}`],
        ['training cut-off', card.training_cutoff],
        ['history, prediction', `${card.history_months} months, ${card.pred_months} months`],
        ['customers', `${formatCount(card.customers)}, of whom ${formatCount(card.buyers)} bought in the prediction months`],
        ['log', `${card.inputs.firstDate} to ${card.inputs.lastDate}`],
        ['snapshot', `\`${card.inputs.snapshot.digest}\``],
        ['training table', `\`${card.inputs.data.digest}\``],
        ...card.inputs.earlier.map(
          ({ cutoff, customers, data }) =>
            [`learnt from ${cutoff} too`, `${formatCount(customers)} customers, \`${data.digest}\``] as const,
        ),
        ['feature spec', `\`${card.features.digest}\`, ${card.features.names.length} columns`],
        ['hyper-parameters', `\`${JSON.stringify(card.hyperparameters)}\``],
        ['seed', `\`${card.seed}\``],
        [
          'libraries',
          Object.entries(card.libraries)
            .map(([name, version]) => `${name} ${version}`)
            .join(', '),
        ],
        ['windows approved', card.windowsApproval === null ? 'as cohortium.yaml says them' : `\`${card.windowsApproval}\``],
      ] as const
    ).map(([name, value]) => `| ${name} | ${value} |`),
    '',
    '## How good it is',
    '',
    `Rolling-origin and out of fold: each model was fitted on outcomes that ended before what it was judged on. ${currency}; 95 % bootstrap intervals, customers drawn.`,
    '',
    '| slice | rows | RMSE | R² | MAE | normalised Gini | bias |',
    '|---|--:|--:|--:|--:|--:|--:|',
    row('all', evaluation.all),
    ...evaluation.slices.map(({ axis, value, metrics }) => row(`${axis}: ${value}`, metrics)),
    '',
    '| fitted at | learnt from | judged after | customers | RMSE | R² | normalised Gini | bias | spent / predicted |',
    '|---|--:|---|--:|--:|--:|--:|--:|--:|',
    ...evaluation.origins.map(
      (one) =>
        `| ${one.trainedAt} | ${one.earlier.length + 1} cut-offs | ${one.predictedAt} | ${formatCount(one.customers)} | ${money(one.rmse)} | ${nullable(one.r2, three)} | ${nullable(one.gini, three)} | ${nullable(one.bias, formatPercent)} | ${interval(one.observedOverExpected, three)} |`,
    ),
    '',
    'Tenths of the customers by prediction, mean spend:',
    '',
    '| tenth | customers | predicted | actual |',
    '|--:|--:|--:|--:|',
    ...evaluation.deciles.map(
      ({ customers, predicted, actual }, tenth) => `| ${tenth + 1} | ${formatCount(customers)} | ${money(predicted)} | ${money(actual)} |`,
    ),
    '',
    '## Calibration',
    '',
    `Spent over predicted, in sum: ${interval(evaluation.calibration.observedOverExpected, three)}; 1 is neither too much nor too little. Mean Poisson deviance: ${money(evaluation.calibration.poissonDeviance)}.`,
    '',
    '| tenth, highest first | rows | spent / predicted | lift over the mean | share of all spend, so far |',
    '|--:|--:|--:|--:|--:|',
    ...evaluation.calibration.lift.map(
      (bin, tenth) =>
        `| ${tenth + 1} | ${formatCount(bin.n)} | ${nullable(bin.observedOverExpected, three)} | ${nullable(bin.lift, three)} | ${nullable(bin.cumulativeShare, formatPercent)} |`,
    ),
    '',
    '## What to consider',
    '',
    ...considerations.useCases.map((text) => `- For: ${text}.`),
    ...considerations.technicalLimitations.map((text) => `- Limit: ${text}.`),
    ...considerations.performanceTradeoffs.map((text) => `- Trade-off: ${text}.`),
    ...considerations.ethicalConsiderations.map(({ name, mitigationStrategy }) => `- Risk: ${name}. ${sentence(mitigationStrategy)}`),
    ...card.absentHistoryModels.map((why) => `- Absent: ${why}`),
    '',
  ].join('\n');
}

function nullable(value: number | null, format: (value: number) => string): string {
  return value === null ? '–' : format(value);
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

/** A name of a location may hold what ends a cell. */
function cell(text: string): string {
  return text.replaceAll('|', String.raw`\|`).replaceAll(/\s+/g, ' ');
}
