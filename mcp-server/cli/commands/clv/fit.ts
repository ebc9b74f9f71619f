/** One model, with everything that says how far it can be trusted. */
import { type ClvData, type ClvModel, fitClv, unitsPerYear } from '../../../../agents/customer-data-graph/clv-door/index.ts';
import { formatCount, formatFixed } from '../../../../agents/customer-data-graph/report/format-number.ts';
import { timingFamily } from '../../../../skills/cohort/core/clv/index.ts';
import { laplaceIntervals } from '../../../../skills/cohort/core/clv/intervals/laplace.ts';
import { gammaGamma } from '../../../../skills/cohort/core/clv/spend/index.ts';
import { exp, normalQuantile } from '../../../../skills/sdk/numeric/index.ts';
import type { CommandAnswer, CommandCall } from '../../command-spec.ts';
import { formatPairs, formatTable } from '../../format-table.ts';
import { fiveDigits, readingOptions, readPurchases } from './purchase-data.ts';
import { writeOut } from './write-out.ts';

export async function fit(call: CommandCall, file: string | undefined): Promise<CommandAnswer> {
  const data = readPurchases(call, file);
  const model = fitClv(data, call.text('model') ?? 'bg-nbd');
  const out = call.text('out');
  if (out !== undefined) writeOut(call, out, `${JSON.stringify(model, undefined, 2)}\n`);
  const next =
    out === undefined
      ? `Next: ${call.hint(`clv fit ${file} --model ${model.timing.family}${readingOptions(call)} --out model.json`)}  # keep it`
      : `Next: ${call.hint(`clv predict ${file} --model-file ${out} --horizon ${unitsPerYear[model.unit]}${readingOptions(call)}`)}`;
  return { document: model, lines: [...fitLines(model, data), ...(out === undefined ? [] : ['', `written to ${out}`]), '', next] };
}

function fitLines({ timing, spend, independence, unit }: ClvModel, data: ClvData): string[] {
  const family = timingFamily(timing.family);
  const { intervals } = laplaceIntervals(family, timing, 0.95);
  const parameterRows = family.parameters.map(({ name, unit: dimension, says }, at) => {
    const error = timing.standardErrors[at] ?? null;
    const interval = intervals[at];
    return [
      name,
      fiveDigits(timing.params[name] ?? 0),
      error === null ? 'fixed' : fiveDigits(error),
      error === null || !interval ? '' : `${fiveDigits(interval.low)} – ${fiveDigits(interval.high)}`,
      `${says}${dimension === 'time' ? `, ${unit}s` : ''}`,
    ];
  });
  const spendRows = spend
    ? gammaGamma.parameters.map(({ name, unit: dimension, says }, at) => {
        const error = spend.standardErrors[at] ?? null;
        const interval = logInterval(spend.params[name], spend.covarianceLog[at * 4] ?? 0);
        return [
          name,
          fiveDigits(spend.params[name]),
          error === null ? 'fixed' : fiveDigits(error),
          error === null ? '' : interval,
          `${says}${dimension === 'money' ? ', in money' : ''}`,
        ];
      })
    : [];
  const columns = [
    { head: 'parameter' },
    { head: 'estimate', align: 'right' },
    { head: 'std. error', align: 'right' },
    { head: '95 % interval' },
    { head: '' },
  ] as const;
  return [
    ...formatPairs([
      ['model', family.title],
      ['customers', `${formatCount(timing.customers)} (${formatCount(timing.distinct)} different histories)`],
      ['log-likelihood', formatFixed(timing.logLikelihood, 3)],
      ['AIC, BIC', `${formatFixed(timing.aic, 1)}, ${formatFixed(timing.bic, 1)}`],
      ['boundary', timing.boundary ? timing.boundary.title : 'none'],
    ]),
    '',
    ...formatTable(columns, parameterRows),
    ...(timing.boundary
      ? ['', `The fit ran to a limit: ${timing.boundary.title}. The limit stands for the model; what it fixes has no error.`]
      : []),
    ...(spend ? ['', `spend (${gammaGamma.title})`, ...formatTable(columns, spendRows)] : []),
    ...(spend?.boundary ? ['', `The spend model ran to a limit: ${spend.boundary.title}.`] : []),
    ...(independence ? ['', independence.says] : []),
    ...(data.meanSpend && !spend ? ['', 'No spend model: fewer than 10 customers have a repeat purchase with an amount.'] : []),
  ];
}

/** Symmetric on the log scale, as the intervals of the timing model. */
function logInterval(value: number, variance: number): string {
  const half = normalQuantile(0.975) * Math.sqrt(variance);
  return `${fiveDigits(value * exp(-half))} – ${fiveDigits(value * exp(half))}`;
}
