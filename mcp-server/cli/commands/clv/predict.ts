/** A row per customer, and what they are together. */
import { resolve } from 'node:path';

import {
  type ClvPrediction,
  fitClv,
  predictClv,
  readModelFile,
  type StoredClvModel,
} from '../../../../agents/customer-data-graph/clv-door/index.ts';
import { csvField } from '../../../../agents/customer-data-graph/report/csv-field.ts';
import { formatCount, formatFixed } from '../../../../agents/customer-data-graph/report/format-number.ts';
import { timingFamily } from '../../../../skills/cohort/core/clv/index.ts';
import { CohortiumError } from '../../../../skills/sdk/index.ts';
import type { CommandAnswer, CommandCall } from '../../command-spec.ts';
import { formatPairs } from '../../format-table.ts';
import { nonNegativeNumber, readPurchases } from './purchase-data.ts';
import { writeOut } from './write-out.ts';

export async function predict(call: CommandCall, file: string | undefined): Promise<CommandAnswer> {
  const horizon = nonNegativeNumber(call.requiredText('horizon'), '--horizon');
  const annualDiscount = nonNegativeNumber(call.text('discountAnnual') ?? '0', '--discount-annual');
  const stored = storedModel(call);
  const data = readPurchases(call, file, stored?.unit);
  const model = stored ?? fitClv(data, call.text('model') ?? 'bg-nbd');
  if (model.spend && data.meanSpend === null) {
    call.note('no column of amounts was found, so everybody is expected to spend as an average new customer; name it with --amount');
  }
  const prediction = predictClv(model, data, { horizon, annualDiscount });
  const weight = data.histories.weight;
  const summary = summarize(prediction, (row) => weight?.[row] ?? 1, model);
  const out = call.text('out');
  const csv = csvLines(prediction, weight);
  const lines = formatPairs([
    ['model', `${timingFamily(model.timing.family).title}, ${formatFixed(horizon, Number.isInteger(horizon) ? 0 : 1)} ${data.unit}s ahead`],
    ['customers', `${formatCount(summary.customers)}, ${formatCount(summary.active)} of them active`],
    ['purchases', formatFixed(summary.purchases, 1)],
    ...(summary.value === null ? [] : ([['value', formatFixed(summary.value, 2)]] as const)),
    [
      'new customer',
      `${formatFixed(summary.newCustomer.purchases, 3)} repeat purchases${summary.newCustomer.value === null ? '' : `, value ${formatFixed(summary.newCustomer.value, 2)} after the first one`}`,
    ],
  ]);
  if (out === undefined) {
    // The rows are the answer; what is said about them goes beside it.
    if (!call.isJson) for (const line of lines) call.note(line);
    return { document: { ...summary, rows: rowsOf(prediction, weight) }, lines: csv };
  }
  writeOut(call, out, `${csv.join('\n')}\n`);
  return { document: { ...summary, file: out }, lines: [...lines, '', `written to ${out}`] };
}

/** The model of `--model-file`, where it was given. @throws {CohortiumError} ARGUMENT_INVALID together with `--model` */
export function storedModel(call: CommandCall): StoredClvModel | undefined {
  const file = call.text('modelFile');
  if (file === undefined) return undefined;
  if (call.text('model') !== undefined) {
    throw new CohortiumError('ARGUMENT_INVALID', 'only one of --model and --model-file can be given');
  }
  return readModelFile(resolve(call.host.cwd, file));
}

interface Summary {
  readonly model: string;
  readonly unit: string;
  readonly horizon: number;
  readonly customers: number;
  /** Expected number of customers who are active now. */
  readonly active: number;
  readonly purchases: number;
  readonly value: number | null;
  readonly newCustomer: { readonly purchases: number; readonly value: number | null };
}

function summarize(
  { horizon, pAlive, expected, clv, newcomer }: ClvPrediction,
  weight: (row: number) => number,
  model: StoredClvModel,
): Summary {
  const total = (values: Float64Array): number => values.reduce((sum, value, row) => sum + value * weight(row), 0);
  return {
    model: model.timing.family,
    unit: model.unit,
    horizon,
    customers: total(pAlive.map(() => 1)),
    active: total(pAlive),
    purchases: total(expected),
    value: clv && total(clv),
    newCustomer: { purchases: newcomer.expected, value: newcomer.value },
  };
}

function rowsOf(
  { customerId, pAlive, expected, pPurchase, spend, clv }: ClvPrediction,
  weight: ArrayLike<number> | undefined,
): Readonly<Record<string, string | number>>[] {
  return customerId.map((customer, row) => ({
    customer,
    // Without it the rows would not add up to the sums.
    ...(weight ? { weight: weight[row] ?? 1 } : {}),
    p_alive: pAlive[row] ?? 0,
    expected_purchases: expected[row] ?? 0,
    p_purchase: pPurchase[row] ?? 0,
    ...(spend && clv ? { expected_spend: spend[row] ?? 0, clv: clv[row] ?? 0 } : {}),
  }));
}

function csvLines(prediction: ClvPrediction, weight: ArrayLike<number> | undefined): string[] {
  const rows = rowsOf(prediction, weight);
  return [
    Object.keys(rows[0] ?? { customer: '' }).join(','),
    ...rows.map((row) =>
      Object.values(row)
        .map((value) => (typeof value === 'number' ? rounded(value) : csvField(value)))
        .join(','),
    ),
  ];
}

/** Ten significant digits: more than a model knows, and the same text on every machine. */
function rounded(value: number): string {
  return String(Number(value.toPrecision(10)));
}
