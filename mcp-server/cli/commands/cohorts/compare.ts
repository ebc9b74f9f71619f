/** Two definitions, two days of one, or one against customers whose group is known. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

import { parse } from 'csv-parse/sync';

import type { CohortComparison, CohortRunQuestion, ComparedRun, LabelReport } from '../../../../agents/customer-data-graph/interface.ts';
import { formatCount, formatFixed, formatPercent } from '../../../../agents/customer-data-graph/report/format-number.ts';
import { CohortiumError } from '../../../../skills/sdk/index.ts';
import type { CommandAnswer, CommandCall } from '../../command-spec.ts';
import { formatPairs, formatTable } from '../../format-table.ts';

const movesShown = 20;

export async function compare(call: CommandCall, targets: readonly string[]): Promise<CommandAnswer> {
  const questions = targets.map((target) => questionOf(target, call.text('window')));
  const [first, second, third] = questions;
  const labels = call.text('labels');
  if (labels !== undefined) {
    if (!first || second) throw new CohortiumError('ARGUMENT_INVALID', 'with --labels one definition is needed');
    const known = readLabels(call, labels);
    const report = await call.withAgent('readonly', (agent) => agent.compareWithLabels(first, known));
    return { document: report, lines: labelLines(report) };
  }
  if (!first || !second || third) {
    throw new CohortiumError(
      'ARGUMENT_INVALID',
      'two are needed, such as personas rfm-segments or personas@2026-01-31 personas@2026-02-28; or one with --labels',
    );
  }
  const comparison = await call.withAgent('readonly', (agent) => agent.compareCohorts(first, second));
  return { document: comparison, lines: comparisonLines(comparison) };
}

/** `personas` or `personas@2026-01-31`. */
function questionOf(target: string, window: string | undefined): CohortRunQuestion {
  const [definition = '', asOf, more] = target.split('@');
  if (definition === '' || more !== undefined || (asOf !== undefined && !/^\d{4}-\d{2}-\d{2}$/.test(asOf))) {
    throw new CohortiumError('ARGUMENT_INVALID', `'${target}' is neither a definition nor definition@YYYY-MM-DD`);
  }
  return { definition, ...(asOf !== undefined && { asOf }), ...(window !== undefined && { window }) };
}

function comparisonLines({ first, second, common, adjustedRandIndex, counts, onlyFirst, onlySecond, moved }: CohortComparison): string[] {
  return [
    `rows: ${titleOf(first)}`,
    `columns: ${titleOf(second)}`,
    '',
    ...formatTable(
      [{ head: '' }, ...second.cohorts.map(({ key }) => ({ head: key, align: 'right' as const }))],
      first.cohorts.map(({ key, name }, row) => [`${key} ${name}`, ...(counts[row] ?? []).map(formatCount)]),
    ),
    '',
    ...formatPairs([
      ['in both', formatCount(common)],
      ['only in the first', formatCount(onlyFirst)],
      ['only in the second', formatCount(onlySecond)],
      ['adjusted Rand index', adjustedRandIndex === null ? 'too few customers' : formatFixed(adjustedRandIndex, 3)],
      ...(moved === null ? [] : ([['moved', formatCount(moved.customers)]] as const)),
    ]),
    ...(moved === null || moved.moves.length === 0
      ? []
      : [
          '',
          ...formatTable(
            [{ head: 'from' }, { head: 'to' }, { head: 'customers', align: 'right' }, { head: 'such as' }],
            moved.moves
              .slice(0, movesShown)
              .map(({ from, to, customers, examples }) => [from, to, formatCount(customers), examples.join(', ')]),
          ),
        ]),
  ];
}

function titleOf({ definition, version, window, asOf, cohorts }: ComparedRun): string {
  return `${definition} version ${version}, ${window}, as of ${asOf}, ${cohorts.length} cohorts`;
}

function labelLines({ run, labels, known, coverage, purity, precision, recall, f1, adjustedRandIndex, cohorts }: LabelReport): string[] {
  return [
    titleOf(run),
    '',
    ...formatTable(
      [
        { head: 'cohort' },
        { head: 'known as' },
        { head: 'labelled', align: 'right' },
        { head: 'precision', align: 'right' },
        { head: 'recall', align: 'right' },
        { head: 'F1', align: 'right' },
      ],
      cohorts.map((one) => [
        `${one.key} ${one.name}`,
        one.label ?? '',
        formatCount(one.labelled),
        ...(one.labelled === 0 ? ['', '', ''] : [formatFixed(one.precision, 3), formatFixed(one.recall, 3), formatFixed(one.f1, 3)]),
      ]),
    ),
    '',
    ...formatPairs([
      ['labels', `${formatCount(labels)}, of known customers ${formatCount(known)}`],
      ['in any cohort', formatPercent(coverage)],
      ['purity', formatFixed(purity, 3)],
      ['precision, recall, F1', `${formatFixed(precision, 3)}, ${formatFixed(recall, 3)}, ${formatFixed(f1, 3)} (means over cohorts)`],
      ['adjusted Rand index', formatFixed(adjustedRandIndex, 3)],
    ]),
    '',
    'Purity rises with the number of cohorts; read it with the adjusted Rand index.',
  ];
}

/** @throws {CohortiumError} ARGUMENT_INVALID for a file that cannot be read, a column that is absent, or a customer with two groups */
function readLabels(call: CommandCall, file: string): ReadonlyMap<string, string> {
  const [customer, label] = [call.text('customer') ?? 'customerId', call.text('label') ?? 'label'];
  const rows = readRows(resolve(call.host.cwd, file), file);
  const [header = []] = rows;
  const [at, labelAt] = [customer, label].map((name) => header.indexOf(name));
  for (const [name, place, flag] of [
    [customer, at, 'customer'],
    [label, labelAt, 'label'],
  ] as const) {
    if (place === -1)
      throw new CohortiumError('ARGUMENT_INVALID', `${file} has no column '${name}' (--${flag}); it has: ${header.join(', ')}`);
  }
  const labels = new Map<string, string>();
  for (const [index, row] of rows.slice(1).entries()) {
    const id = row[at ?? 0] ?? '';
    const group = row[labelAt ?? 0] ?? '';
    if (id === '' || group === '') continue; // not labelled
    const known = labels.get(id);
    if (known !== undefined && known !== group) {
      throw new CohortiumError(
        'ARGUMENT_INVALID',
        `${file}:${index + 2}: customer '${id}' is labelled '${known}' and '${group}'; keep one`,
      );
    }
    labels.set(id, group);
  }
  if (labels.size === 0) throw new CohortiumError('ARGUMENT_INVALID', `${file} labels nobody; give rows of ${customer} and ${label}`);
  return labels;
}

function readRows(path: string, file: string): string[][] {
  try {
    return parse(readFileSync(path, 'utf8'), { bom: true, trim: true, skip_empty_lines: true });
  } catch (error) {
    throw new CohortiumError(
      'ARGUMENT_INVALID',
      `--labels ${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
      { cause: error },
    );
  }
}
