/** One definition in one window: its cohorts in words, how good they are, and their pictures. */
import { join } from 'node:path';

import { formatCount, formatFixed, formatPercent } from '../../../../agents/customer-data-graph/report/format-number.ts';
import type { CohortRun } from '../../../../skills/cohort/definitions/cohort-run.ts';
import { CohortiumError } from '../../../../skills/sdk/index.ts';
import type { CommandAnswer, CommandCall } from '../../command-spec.ts';
import { formatPairs, formatTable } from '../../format-table.ts';
import { makeOutFolder, writeOut } from '../clv/write-out.ts';

const saysShown = 4;

export async function profile(call: CommandCall, targets: readonly string[]): Promise<CommandAnswer> {
  const [definition, more] = targets;
  if (definition === undefined || more !== undefined) {
    throw new CohortiumError('ARGUMENT_INVALID', 'one definition is needed; cohortium cohorts list names them');
  }
  const [window, asOf, out] = [call.text('window'), call.text('asOf'), call.text('out')];
  const run = await call.withAgent('readonly', (agent) =>
    agent.cohortRun({ definition, ...(window !== undefined && { window }), ...(asOf !== undefined && { asOf }) }),
  );
  const files = out === undefined ? [] : await draw(call, run, out);
  return {
    document: { ...run, files },
    lines: [
      `${call.style.bold(run.title)}  ${run.definition.id} version ${run.definition.version}, ${run.method}, ${run.window}, as of ${run.asOf}`,
      '',
      ...(run.skipped === null ? cohortLines(run) : [`Nothing was computed: ${run.skipped}.`]),
      ...(files.length > 0 ? ['', ...files.map((file) => `written to ${file}`)] : []),
      '',
      `Next: ${call.hint(out === undefined && run.skipped === null ? `cohorts profile ${definition} --window ${run.window} --out pictures` : 'cohorts list')}`,
    ],
  };
}

function cohortLines(run: CohortRun): string[] {
  const { silhouette, adjustedRandIndex, calibrationError, own } = run.quality;
  return [
    ...formatTable(
      [
        { head: 'key' },
        { head: 'cohort' },
        { head: 'customers', align: 'right' },
        { head: 'share', align: 'right' },
        { head: 'stability', align: 'right' },
      ],
      run.cohorts.map(({ key, name, size, share, stability }) => [
        key,
        name,
        formatCount(size),
        formatPercent(share),
        stability === null ? '' : formatFixed(stability, 2),
      ]),
    ),
    '',
    ...run.cohorts.flatMap(({ name, size, says }) => (size === 0 ? [] : [name, ...says.slice(0, saysShown).map((line) => `  ${line}`)])),
    '',
    ...formatPairs([
      ['took part', `${formatCount(run.population.customers)}, ${formatCount(run.population.inNone)} of them in no cohort`],
      [
        'confidence',
        run.confidenceKind === 'rule'
          ? 'a rule: certain'
          : `how often customers stay in refits, by the ${run.confidenceKind} of the method`,
      ],
      ...(adjustedRandIndex === null
        ? []
        : ([
            [
              'agreement of refits',
              `${formatFixed(adjustedRandIndex.mean, 2)} ± ${formatFixed(adjustedRandIndex.sd, 2)} (adjusted Rand index of ${adjustedRandIndex.resamples})`,
            ],
          ] as const)),
      ...(calibrationError === null ? [] : ([['error of confidence', formatFixed(calibrationError, 3)]] as const)),
      ...(silhouette === null
        ? []
        : ([['silhouette', `${formatFixed(silhouette.mean, 2)} ± ${formatFixed(silhouette.standardError, 2)}`]] as const)),
      ...Object.entries(own).map(([name, value]) => [name, formatFixed(value, Number.isInteger(value) ? 0 : 3)] as const),
    ]),
  ];
}

/** Loaded when it is asked for: the pictures are not part of the answer. */
async function draw(call: CommandCall, run: CohortRun, out: string): Promise<string[]> {
  const { cohortRunPictures } = await import('../../../../agents/customer-data-graph/report/cohorts/index.ts');
  makeOutFolder(call, out);
  return Object.entries(cohortRunPictures(run)).map(([name, svg]) => {
    const file = join(out, `${run.definition.id}-${run.window}-${name}`);
    writeOut(call, file, svg);
    return file;
  });
}
