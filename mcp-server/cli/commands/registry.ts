/** The operator's registries: checked, compared with what was used before, handed over. */
import { resolve } from 'node:path';

import type { HandoverReport, RegistryDiff, RegistryDiffEntry } from '../../../agents/customer-data-graph/interface.ts';
import { formatCount, shortDigest } from '../../../agents/customer-data-graph/report/format-number.ts';
import { formatDiagnostic } from '../../../skills/sdk/index.ts';
import type { CommandAnswer, CommandCall, CommandSpec } from '../command-spec.ts';
import { formatPairs, formatTable } from '../format-table.ts';
import { actionOf } from '../group-action.ts';
import type { Style } from '../style.ts';

const actions = { list, lint, diff, export: handOver } satisfies Readonly<Record<string, (call: CommandCall) => Promise<CommandAnswer>>>;

/** What each does, for whoever gives none or mistypes one. */
const says: Readonly<Record<keyof typeof actions, string>> = {
  list: 'the registries and what they hold',
  lint: 'check every file of registries/',
  diff: 'what changed since the last run',
  export: 'hand everything over in a folder that anybody can read',
};

export const registry: CommandSpec = {
  name: 'registry',
  actions: says,
  args: [['<action>', Object.keys(says).join(', ')]],
  summary: 'check, compare and hand over what the operator declared and what was recorded',
  says: 'list names the five registries and what they hold. lint checks every file of registries/, and that nothing has other content than was used under the same id and version. diff shows what changed since the last run and whether others can go on as before. export writes everything that belongs to the operator into a folder that is readable without this software.',
  options: [
    { flags: '--against <directory>', says: 'diff: compare with another operator directory' },
    { flags: '--out <folder>', says: 'export: folder to write; it must be empty or absent' },
  ],
  examples: [
    ['cohortium registry list', 'what there is'],
    ['cohortium registry lint', 'before a change goes live'],
    ['cohortium registry diff', 'since what runs have used'],
    ['cohortium registry diff --against ../shop-before', 'between two directories'],
    ['cohortium registry export --out handover', 'the bundle'],
  ],
  next: 'docs/how-to/change-a-registry.md goes through a change.',
  async action(call) {
    return actions[actionOf('registry', says, call.args[0])](call);
  },
};

async function list(call: CommandCall): Promise<CommandAnswer> {
  const registries = await call.withAgent('readonly', (agent) => agent.registries());
  return {
    document: { registries },
    lines: formatTable(
      [{ head: 'registry' }, { head: 'kind' }, { head: 'entries', align: 'right' }, { head: 'last' }, { head: 'digest' }],
      registries.map(({ name, kind, entries, last }) => [
        name,
        kind,
        formatCount(entries),
        last?.name ?? '–',
        last ? shortDigest(last.digest) : '–',
      ]),
    ),
  };
}

async function lint(call: CommandCall): Promise<CommandAnswer> {
  const diagnostics = await call.withAgent('readonly', (agent) => agent.registryLint());
  const errors = diagnostics.filter(({ severity }) => severity === 'error').length;
  return {
    document: { ok: errors === 0, diagnostics },
    lines: diagnostics.length === 0 ? [call.style.good('no faults')] : diagnostics.map(formatDiagnostic),
    exitCode: errors > 0 ? 1 : 0,
  };
}

async function diff(call: CommandCall): Promise<CommandAnswer> {
  const against = call.text('against');
  const report = await call.withAgent('readonly', (agent) =>
    agent.registryDiff(against === undefined ? undefined : resolve(call.host.cwd, against)),
  );
  return { document: report, lines: diffLines(report, call), exitCode: report.isRefused ? 1 : 0 };
}

function diffLines({ entries, isRefused }: RegistryDiff, call: CommandCall): string[] {
  if (entries.length === 0) return ['Nothing has changed.'];
  return [
    ...entries.flatMap((entry) => [headOf(entry, call.style), ...changeLines(entry)]),
    ...(isRefused ? ['', call.style.bad('Raise the version of what was used with other content; until then runs are refused.')] : []),
  ];
}

function headOf({ registry: name, id, version, status, compatibility, isRefused }: RegistryDiffEntry, style: Style): string {
  const verdict = compatibility === 'breaking' ? style.warn('breaking') : style.good('compatible');
  return `${style.bold(`${name}/${id}@${version}`)}  ${status}, ${verdict}${isRefused ? `, ${style.bad('version not raised')}` : ''}`;
}

function changeLines({ changes }: RegistryDiffEntry): string[] {
  return formatTable(
    [{ head: '  what' }, { head: 'before' }, { head: 'after' }, { head: 'is' }, { head: 'because' }],
    changes.map(({ path, before, after, compatibility, because }) => [`  ${path}`, before ?? '–', after ?? '–', compatibility, because]),
  ).slice(changes.length === 0 ? 1 : 0);
}

async function handOver(call: CommandCall): Promise<CommandAnswer> {
  const folder = resolve(call.host.cwd, call.requiredText('out'));
  const report = await call.withAgent('write', (agent) => agent.exportHandover(folder));
  return { document: report, lines: handoverLines(report) };
}

function handoverLines({ folder, files, bytes }: HandoverReport): string[] {
  return [
    ...formatPairs([
      ['folder', folder],
      ['files', formatCount(files.length)],
      ['bytes', formatCount(bytes)],
    ]),
    '',
    `Next: sha256sum --check SHA256SUMS  # in ${folder}; README.md there says what is what`,
  ];
}
