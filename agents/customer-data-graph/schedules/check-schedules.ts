/**
 * What of cohortium.yaml's schedules only the rest of the directory can tell: that each pipeline is there, that each command is one,
 * and that its parameters are acceptable. Each fault at its place in the file.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';

import { CohortiumError, compareText, type Diagnostic, issueDiagnostics, readYaml } from '../../../skills/sdk/index.ts';
import { configSchema, type OperatorPaths } from '../config.ts';
import { commandNames, pipelineParameters, scheduleCommands } from './commands.ts';

export function scheduleDiagnostics(paths: OperatorPaths): readonly Diagnostic[] {
  const document = readYaml(readFileSync(paths.config, 'utf8'), 'cohortium.yaml', configSchema, 'CONFIG_INVALID');
  if (!document.value) return document.diagnostics;
  const pipelines = pipelineNames(paths);
  return document.value.schedules.flatMap((schedule, index): readonly Diagnostic[] => {
    const at = (field: string) => document.positionOf(['schedules', index, field]);
    const fault = (field: string, message: string): Diagnostic => ({
      code: 'CONFIG_INVALID',
      severity: 'error',
      message: `schedules[${index}].${field}: ${message}`,
      at: at(field),
    });
    const { run, command = '', with: given } = schedule;
    const found: Diagnostic[] = [];
    if (run !== undefined && !pipelines.includes(run)) {
      found.push(fault('run', `there is no pipelines/${run}.yaml; pipelines are: ${pipelines.join(', ') || 'none'}`));
    }
    const known = Object.hasOwn(scheduleCommands, command) ? scheduleCommands[command] : undefined;
    if (run === undefined && !known) {
      found.push(fault('command', `'${command}' is no command that a schedule may start; they are: ${commandNames().join(', ')}`));
    }
    const parameters = run === undefined ? known?.parameters : pipelineParameters;
    const checked = parameters?.safeParse(given);
    if (checked?.error) {
      found.push(...issueDiagnostics(checked.error, 'CONFIG_INVALID', given, document.positionOf, ['schedules', index, 'with']));
    }
    return found;
  });
}

/** @throws {CohortiumError} CONFIG_INVALID with every fault at once */
export function requireSoundSchedules(paths: OperatorPaths): void {
  const diagnostics = scheduleDiagnostics(paths);
  if (diagnostics.length > 0) {
    throw new CohortiumError('CONFIG_INVALID', `the schedules of cohortium.yaml have ${diagnostics.length} fault(s)`, { diagnostics });
  }
}

/** Pipelines by the name that `run:` gives: their files without `.yaml`. */
function pipelineNames({ pipelines }: OperatorPaths): readonly string[] {
  if (!existsSync(pipelines)) return [];
  return readdirSync(pipelines)
    .filter((name) => name.endsWith('.yaml') && !name.endsWith('.test.yaml'))
    .map((name) => name.slice(0, -'.yaml'.length))
    .sort(compareText);
}
