/** Computes a run again and compares; walks through what was recorded; shows one customer's way; hands a run over as a file. */
import { resolve } from 'node:path';

import type { BundleReport, CustomerReplay, RecordedReport, ReplayReport } from '../../../agents/customer-data-graph/interface.ts';
import type { BundleReplay } from '../../../agents/customer-data-graph/replay/replay-bundle.ts';
import { formatCount } from '../../../agents/customer-data-graph/report/format-number.ts';
import { CohortiumError } from '../../../skills/sdk/index.ts';
import type { CommandAnswer, CommandCall, CommandSpec } from '../command-spec.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { formatPairs } from '../format-table.ts';
import type { Style } from '../style.ts';
import { customerLines } from './replay-customer.ts';
import { erasedLines, replayLines } from './replay-lines.ts';

const exitOf: Readonly<Record<ReplayReport['outcome'], ExitCode>> = {
  identical: exitCodes.ok,
  diverged: exitCodes.diverged,
  erased: exitCodes.erased,
  gone: exitCodes.inputsGone,
  absent: exitCodes.negative,
};

const modes = ['recompute', 'recorded'];

export const replay: CommandSpec = {
  name: 'replay',
  args: [['[run]', 'run id; none with --record or --bundle']],
  summary: 'compute a run again and compare every result bit for bit',
  says: 'Takes the recorded inputs, the law of then included, computes every stage again with this machine and this version, and names the first difference: stage, chunk, record, field, both values, their distance and bits. Every stage starts from recorded inputs, so each shows for itself whether it repeats. Changes nothing. Exits with 0 when everything is identical, 2 when something differs, 3 when something that a stage rests on was erased, 7 when it is lost, 1 when a stage cannot be computed here or the record does not fit.',
  options: [
    { flags: '--mode <mode>', says: 'recompute, or recorded: compute nothing, check that what was recorded fits together' },
    { flags: '--record <n[/item]>', says: "replay the run behind this record and show that customer's values at every stage" },
    { flags: '--pure', says: 'leave out what takes a native library; those stages stand as recorded' },
    { flags: '--export <file>', says: 'write the run as a bundle that can be replayed anywhere; holds data of customers' },
    { flags: '--bundle <file>', says: 'replay a bundle; needs no operator directory' },
    { flags: '--digest <hex>', says: 'refuse a bundle with another digest than this' },
  ],
  examples: [
    ['cohortium replay <id>', 'ids are listed by cohortium runs'],
    ['cohortium replay --record 12/3', 'one customer, from signals to delivery'],
    ['cohortium replay <id> --export run.bundle', 'to hand over'],
    ['cohortium replay --bundle run.bundle', 'on another machine'],
  ],
  next: 'cohortium verify, for what was written about the run; docs/how-to/replay-a-run.md.',
  async action(call) {
    const [id, record, bundle, file] = [call.args[0], call.text('record'), call.text('bundle'), call.text('export')];
    const mode = call.text('mode') ?? 'recompute';
    if (!modes.includes(mode)) throw new CohortiumError('ARGUMENT_INVALID', `--mode is '${mode}'; expected ${modes.join(' or ')}`);
    const named = [id, record, bundle].filter((one) => one !== undefined);
    if (named.length !== 1) {
      throw new CohortiumError('ARGUMENT_INVALID', `one run id, --record or --bundle is needed; found ${named.length}`);
    }
    if (id === undefined && (file !== undefined || mode === 'recorded')) {
      throw new CohortiumError('ARGUMENT_INVALID', '--export and --mode recorded take a run id');
    }
    if (bundle === undefined && call.text('digest') !== undefined) {
      throw new CohortiumError('ARGUMENT_INVALID', '--digest is the digest of a --bundle');
    }
    const context = { signal: call.signal, onProgress: call.onProgress };
    const isPure = call.flag('pure');
    if (bundle !== undefined) return ofBundle(call, resolve(call.host.cwd, bundle), isPure);
    if (record !== undefined) {
      const place = placeOf(record);
      const found = await call.withAgent('readonly', (agent) => agent.replays.record(place, { isPure }, context));
      return { document: found, lines: customerLines(found, call.style), exitCode: exitOf[found.report.outcome] };
    }
    const runId = id ?? '';
    if (file !== undefined) {
      const report = await call.withAgent('readonly', (agent) => agent.replays.export(runId, resolve(call.host.cwd, file), context));
      return { document: report, lines: exportLines(report) };
    }
    if (mode === 'recorded') {
      const report = await call.withAgent('readonly', (agent) => agent.replays.recorded(runId, context));
      return { document: report, lines: recordedLines(report, call.style), exitCode: report.fits ? exitCodes.ok : exitCodes.negative };
    }
    const report = await call.withAgent('readonly', (agent) => agent.replays.run({ runId, isPure }, context));
    return { document: report, lines: replayLines(report, call.style), exitCode: exitOf[report.outcome] };
  },
};

async function ofBundle(call: CommandCall, file: string, isPure: boolean): Promise<CommandAnswer> {
  const digest = call.text('digest');
  const { replayBundle } = await import('../../../agents/customer-data-graph/replay/replay-bundle.ts');
  const report: BundleReplay = await replayBundle(
    file,
    { isPure, ...(digest === undefined ? {} : { digest }) },
    { signal: call.signal, onProgress: call.onProgress },
  );
  const head = formatPairs([
    ['run', report.runId],
    ['as of', report.asOf],
    ['bundle', report.bundle.digest],
  ]);
  return { document: report, lines: [...head, '', ...replayLines(report, call.style)], exitCode: exitOf[report.outcome] };
}

/** `12`, or `12/3` for a record in a batch. */
function placeOf(text: string): CustomerReplay['place'] {
  const [, index, item] = /^(\d{1,15})(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  if (index === undefined)
    throw new CohortiumError('ARGUMENT_INVALID', `--record is '${text}'; expected a number such as 12, or 12/3 in a batch`);
  return { index: Number(index), item: item === undefined ? null : Number(item) };
}

function recordedLines(report: RecordedReport, style: Style): string[] {
  return [
    report.fits ? style.good('the record fits') : style.bad('the record does NOT fit'),
    ...formatPairs([
      ['  stages', `${formatCount(report.effects)}, inputs of ${formatCount(report.followed)} follow from what came before`],
      ['  objects', `${formatCount(report.objects)} digested again`],
      [
        '  records',
        `${formatCount(report.records)} compared with what was composed; the bodies of ${formatCount(report.erasedRecords)} were erased`,
      ],
    ]),
    ...erasedLines(report.erased),
    ...report.faults.map(
      ({ step, effect, record, says: text }) =>
        `${style.bad('fault')}: ${step} ${effect}${record === null ? '' : `, record ${record}`}: ${text}`,
    ),
  ];
}

function exportLines(report: BundleReport): string[] {
  return [
    ...formatPairs([
      ['bundle', report.file],
      ['digest', report.digest],
      [
        'holds',
        `${formatCount(report.effects)} effects, ${formatCount(report.objects)} objects, ${formatCount(report.segments)} segments, ${formatCount(report.bytes)} bytes`,
      ],
      ...(report.missing > 0 ? [['missing', `${formatCount(report.missing)} objects that are not here any more`] as [string, string]] : []),
    ]),
    '',
    'It holds data of customers. Tell whoever gets it the digest by another way.',
  ];
}
