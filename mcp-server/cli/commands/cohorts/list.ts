/** The definitions of the operator: whose they are, when they ran, what is due. */
import type { CohortDefinitionStatus } from '../../../../agents/customer-data-graph/interface.ts';
import { formatCount } from '../../../../agents/customer-data-graph/report/format-number.ts';
import { formatDiagnostic } from '../../../../skills/sdk/index.ts';
import type { CommandAnswer, CommandCall } from '../../command-spec.ts';
import { formatTable } from '../../format-table.ts';

export async function list(call: CommandCall): Promise<CommandAnswer> {
  const answer = await call.withAgent('readonly', (agent) => agent.cohortDefinitions());
  const { definitions, withdrawn, diagnostics } = answer;
  const faults = diagnostics.filter(({ severity }) => severity === 'error');
  const lines =
    definitions.length === 0
      ? ['No cohort definitions in registries/cohorts.']
      : formatTable(
          [
            { head: 'definition' },
            { head: 'version', align: 'right' },
            { head: 'method' },
            { head: 'windows', align: 'right' },
            { head: 'owner' },
            { head: 'review by' },
            { head: 'last run' },
            { head: 'cohorts', align: 'right' },
            { head: 'memberships', align: 'right' },
          ],
          definitions.map(rowOf),
        );
  return {
    document: answer,
    lines: [
      ...lines,
      ...(withdrawn.length > 0
        ? ['', `Declared no more, and never computed again; memberships stay until their windows end them: ${withdrawn.join(', ')}`]
        : []),
      ...(faults.length > 0 ? ['', ...faults.map(formatDiagnostic)] : []),
      '',
      definitions.some(({ lastRun }) => lastRun !== null)
        ? `Next: ${call.hint(`cohorts profile ${definitions[0]?.id ?? ''}`)}`
        : `Next: ${call.hint('cohorts compute --as-of <date>')}`,
    ],
    ...(faults.length > 0 ? { exitCode: 1 as const } : {}),
  };
}

function rowOf({ id, version, method, windows, owner, reviewBy, isOverdue, lastRun }: CohortDefinitionStatus): string[] {
  const ran = lastRun?.windows ?? [];
  const total = (of: (window: (typeof ran)[number]) => number): string => formatCount(ran.reduce((sum, window) => sum + of(window), 0));
  return [
    id,
    String(version),
    method,
    String(windows.length),
    owner,
    isOverdue ? `${reviewBy} (overdue)` : reviewBy,
    lastRun === null ? 'never' : lastRun.asOf,
    lastRun === null ? '' : total(({ cohorts }) => cohorts),
    lastRun === null ? '' : total(({ members }) => members),
  ];
}
