/** All models on the same histories, best first. */
import { comparableFamilies } from '../../../../agents/customer-data-graph/clv-door/index.ts';
import { formatCount, formatFixed, formatPercent } from '../../../../agents/customer-data-graph/report/format-number.ts';
import { compareFamilies, type ComparedModel } from '../../../../skills/cohort/core/clv/index.ts';
import { CohortiumError } from '../../../../skills/sdk/index.ts';
import type { CommandAnswer, CommandCall } from '../../command-spec.ts';
import { formatTable } from '../../format-table.ts';
import { readingOptions, readPurchases } from './purchase-data.ts';

export async function compare(call: CommandCall, file: string | undefined): Promise<CommandAnswer> {
  const data = readPurchases(call, file);
  const comparison = compareFamilies(data.histories, comparableFamilies(data), { holdout: data.holdout ?? undefined });
  const { models, failed, rankedBy } = comparison;
  const [best] = models;
  if (!best) throw new CohortiumError('CLV_TOO_FEW_CUSTOMERS', `no model could be fitted: ${failed[0]?.reason ?? 'there is none to fit'}`);
  const shown = models.filter((one, at) => models.findIndex((other) => seriesOf(other) === seriesOf(one)) === at);
  return {
    document: comparison,
    lines: [
      `Best first, by ${rankedBy}${data.holdout ? ` over ${formatFixed(data.holdout.duration, 1)} ${data.unit}s with ${formatCount(best.holdout?.actual ?? 0)} purchases` : ''}.`,
      '',
      ...formatTable(
        [
          { head: 'model' },
          { head: 'free', align: 'right' },
          { head: 'log-lik.', align: 'right' },
          { head: 'AIC', align: 'right' },
          { head: 'BIC', align: 'right' },
          ...(data.holdout
            ? ([
                { head: 'log-score', align: 'right' },
                { head: 'total error', align: 'right' },
              ] as const)
            : []),
          { head: 'boundary' },
        ],
        shown.map((one) => modelRow(one)),
      ),
      ...(shown.length < models.length ? [`Of models with a k only the best k is shown; --json has all ${models.length}.`] : []),
      ...failed.map(({ family, reason }) => `${family} could not be fitted: ${reason}`),
      '',
      `Next: ${call.hint(`clv fit ${file} --model ${best.family}${readingOptions(call)} --out model.json`)}`,
    ],
  };
}

/** `bg-cnbd` for `bg-cnbd-3`: models that differ in a whole number k only. */
function seriesOf({ family }: ComparedModel): string {
  return family.replace(/-\d+$/, '');
}

function modelRow({ family, model, holdout }: ComparedModel): string[] {
  return [
    family,
    String(model.free),
    formatFixed(model.logLikelihood, 2),
    formatFixed(model.aic, 1),
    formatFixed(model.bic, 1),
    ...(holdout ? [formatFixed(holdout.logScore, 4), errorOf(holdout)] : []),
    model.boundary?.title ?? '',
  ];
}

function errorOf({ expected, actual }: NonNullable<ComparedModel['holdout']>): string {
  if (actual === 0) return '–';
  const error = expected / actual - 1;
  return `${error < 0 ? '' : '+'}${formatPercent(error)}`;
}
