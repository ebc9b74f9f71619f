/** What became of every stage of a replay, as lines for a person. A bundle may come from anybody: nothing of it moves the cursor. */
import type { Erasure, ReplayReport, StageReport } from '../../../agents/customer-data-graph/interface.ts';
import { formatCount, formatFixed } from '../../../agents/customer-data-graph/report/format-number.ts';
import { formatTable, printable } from '../format-table.ts';
import type { Style } from '../style.ts';

const says: Readonly<Record<ReplayReport['outcome'], string>> = {
  identical: 'identical',
  diverged: 'DIVERGED',
  erased: 'NOT REPLAYABLE: ERASED',
  gone: 'NOT REPLAYABLE: LOST',
  absent: 'INCOMPLETE',
};

export function replayLines(report: ReplayReport, style: Style): string[] {
  const { stages, firstDifference: first } = report;
  const head = report.identical ? style.good(says.identical) : style.bad(says[report.outcome]);
  const count = (verdict: StageReport['verdict']): number => stages.filter((stage) => stage.verdict === verdict).length;
  const rest = [
    `${formatCount(count('identical'))} stages computed again are identical`,
    `${formatCount(count('recorded'))} that came from outside stand as recorded`,
    ...(['diverged', 'erased', 'gone', 'absent'] as const).flatMap((verdict) =>
      count(verdict) > 0 ? [`${formatCount(count(verdict))} ${words[verdict]}`] : [],
    ),
  ];
  return [
    `${head}: ${rest.join('; ')}`,
    `inputs of ${formatCount(report.followed)} of ${formatCount(report.effects)} stages follow from what came before`,
    '',
    ...stageTable(stages, style),
    ...(first ? ['', printable(`first difference: step '${first.step}', effect '${first.effect}', ${first.says}`)] : []),
    ...(first?.bits ? [printable(`  bits: recorded ${first.bits.recorded}, replayed ${first.bits.replayed}`)] : []),
    ...stages.flatMap(({ step, effect, changes, verdict }) =>
      verdict === 'diverged' ? changes.map((change) => printable(`  ${step} ${effect}: ${change}`)) : [],
    ),
    ...erasedLines(stages.flatMap(({ erased }) => erased)),
    ...notesOf(stages),
  ];
}

const words = {
  diverged: 'differ',
  erased: 'rest on what was erased',
  gone: 'rest on what is lost',
  absent: 'cannot be computed here',
} as const;

function stageTable(stages: readonly StageReport[], style: Style): string[] {
  const paint = (verdict: StageReport['verdict']): string =>
    verdict === 'identical' || verdict === 'recorded' ? verdict : style.bad(verdict);
  return formatTable(
    [
      { head: 'stage' },
      { head: 'effect' },
      { head: 'result' },
      { head: 'chunks', align: 'right' },
      { head: 'records', align: 'right' },
      { head: 'tiers' },
      { head: 'explained by' },
    ],
    stages.map(({ step, effect, verdict, chunks, records, tiers, facts }) => [
      step,
      effect,
      paint(verdict),
      chunks === 0 ? '' : formatCount(chunks),
      records === 0 ? '' : formatCount(records),
      tiers
        ? Object.entries(tiers)
            .map(([tier, n]) => `${tier} ${formatCount(n)}`)
            .join(', ')
        : '',
      facts
        .slice(0, 3)
        .map(({ label, value }) => `${label} ${typeof value === 'number' ? shown(value) : value}`)
        .join(', '),
    ]),
  );
}

function shown(value: number): string {
  return Number.isInteger(value) ? formatCount(value) : formatFixed(value, 4);
}

export function erasedLines(erased: readonly Erasure[]): string[] {
  const objects = new Map<string, Set<string>>();
  for (const { object, day, entry } of erased) {
    const when = `${day === null ? '' : ` on ${day}`}${entry === null ? '' : `, as record ${entry} of the ledger says`}`;
    objects.set(when, (objects.get(when) ?? new Set()).add(object));
  }
  const count = (of: ReadonlySet<string>): string =>
    of.size === 1 ? `object ${[...of][0]?.slice(0, 12)} was` : `${formatCount(of.size)} objects were`;
  return objects.size === 0 ? [] : ['', ...[...objects].map(([when, of]) => `erased: ${count(of)} erased${when}`)];
}

/** Each once, with the stages that it is about. */
function notesOf(stages: readonly StageReport[]): string[] {
  const about = new Map<string, string[]>();
  for (const { step, effect, notes } of stages) {
    for (const note of notes) about.set(note, [...(about.get(note) ?? []), `${step} ${effect}`]);
  }
  return about.size === 0 ? [] : ['', ...[...about].map(([note, where]) => printable(`note: ${where.join(', ')}: ${note}`))];
}
