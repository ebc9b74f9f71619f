/** Computes definitions, all or some, and shows what came of each window. */
import type { CohortDefinitionStatus } from '../../../../agents/customer-data-graph/interface.ts';
import { formatCount } from '../../../../agents/customer-data-graph/report/format-number.ts';
import type { CommandAnswer, CommandCall } from '../../command-spec.ts';
import { formatTable } from '../../format-table.ts';
import { runAnswer } from '../run-commands.ts';
import { listed } from './listed.ts';

export async function compute(call: CommandCall): Promise<CommandAnswer> {
  const asOf = call.requiredText('asOf');
  const [definitions, windows] = [listed(call, 'definition'), listed(call, 'window')];
  const pipeline = call.text('pipeline');
  const { report, status } = await call.withAgent('write', async (agent) => {
    const done = await agent.computeCohorts(
      { asOf, ...(definitions && { definitions }), ...(windows && { windows }), ...(pipeline !== undefined && { pipeline }) },
      { signal: call.signal, onProgress: call.onProgress },
    );
    return { report: done, status: await agent.cohortDefinitions(asOf) };
  });
  if (report.status !== 'completed') return runAnswer(report, call);
  const computed = status.definitions.filter(({ id, lastRun }) => lastRun?.asOf === asOf && (definitions?.includes(id) ?? true));
  const summary = report.steps.map(({ output }) => output?.['cohortSummary']).find((found) => found !== null && found !== undefined);
  return {
    document: { ...report, definitions: computed },
    lines: [
      ...formatTable(
        [
          { head: 'definition' },
          { head: 'window' },
          { head: 'cohorts', align: 'right' },
          { head: 'members', align: 'right' },
          { head: '' },
        ],
        computed.flatMap((definition) => rowsOf(definition, windows)),
      ),
      '',
      totals(summary),
      '',
      `Next: ${call.hint(`cohorts profile ${computed[0]?.id ?? '<definition>'}`)}`,
    ],
  };
}

function rowsOf({ id, lastRun }: CohortDefinitionStatus, windows: readonly string[] | undefined): string[][] {
  return (lastRun?.windows ?? [])
    .filter(({ window }) => windows?.includes(window) ?? true)
    .map(({ window, cohorts, members, skipped }) => [
      id,
      window,
      skipped === null ? formatCount(cohorts) : '',
      skipped === null ? formatCount(members) : '',
      skipped === null ? '' : `skipped: ${skipped}`,
    ]);
}

function totals(summary: unknown): string {
  const value = (name: string): string => {
    const found = typeof summary === 'object' && summary !== null ? (summary as Readonly<Record<string, unknown>>)[name] : undefined;
    return formatCount(typeof found === 'number' ? found : 0);
  };
  const counted = (name: string, one: string): string => `${value(name)} ${value(name) === '1' ? one : `${one}s`}`;
  return `${counted('windows', 'window')} of ${counted('definitions', 'definition')}, ${value('skipped')} skipped. Memberships version ${value('membershipVersion')}: ${value('joined')} joined, ${value('moved')} moved, ${value('left')} left.`;
}
