/** Looks at everything that has to be right before anything else can be. */
import type { CommandSpec } from '../command-spec.ts';
import { formatPairs } from '../format-table.ts';
import { asCalled } from '../npm-script.ts';

export const doctor: CommandSpec = {
  name: 'doctor',
  summary: 'check the installation and the operator directory',
  says: 'Checks the runtime, the configuration, the stores and how durable they are, keys and their modes, policies and registries. Says what it found and what to do. Exits with 1 when something is wrong.',
  examples: [['cohortium doctor', 'when something does not work, and after every upgrade']],
  next: 'cohortium lint, for the pipelines.',
  async action(call) {
    const report = await call.withAgent('readonly', (agent) => agent.doctor());
    const lines = formatPairs(report.checks.map(({ name, found }) => [name, found]));
    return {
      document: report,
      lines: report.checks.flatMap(({ ok, help }, at) => [
        `${ok ? call.style.good('ok  ') : call.style.bad('bad ')} ${lines[at] ?? ''}`,
        ...(ok || help === '' ? [] : [`     ${call.style.dim('help:')} ${asCalled(help, call.host.command)}`]),
      ]),
      exitCode: report.ok ? 0 : 1,
    };
  },
};
