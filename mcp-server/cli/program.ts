/**
 * The command line as a whole: parses, runs one command, prints its answer and says with the exit code how it went. With `--json`
 * stdout carries exactly one JSON document, whatever happens; everything else goes to stderr.
 */
import { type Argument, Command, CommanderError } from 'commander';

import { CohortiumError, errorFields } from '../../skills/sdk/index.ts';
import { failureReport } from '../failure-report.ts';
import { packageVersion } from '../package-version.ts';
import type { CliHost } from './cli-host.ts';
import { makeCommandCall } from './command-call.ts';
import type { CommandAnswer, CommandSpec } from './command-spec.ts';
import { commands } from './commands/index.ts';
import { exitCodeMeanings, exitCodeOf, exitCodes } from './exit-codes.ts';
import { failureLines } from './failure-lines.ts';
import { actionLines } from './group-action.ts';
import { makeProgressLine } from './progress-line.ts';
import { makeStyle, wantsColour } from './style.ts';

/**
 * Runs one command line.
 * @param argv without the program's own name
 * @returns the exit code; see exit-codes.ts
 */
export async function runCli(argv: readonly string[], host: CliHost): Promise<number> {
  const style = makeStyle(wantsColour(host.isOutTerminal, host.env));
  const errStyle = makeStyle(wantsColour(host.isErrTerminal, host.env));
  const isJson = argv.includes('--json');
  const progress = makeProgressLine(host);
  const cancel = new AbortController();
  const stopListening = host.onInterrupt(() => {
    progress.clear();
    host.writeErr('stopping; finished work is kept (Ctrl-C again to quit at once)\n');
    cancel.abort();
  });
  try {
    let answer: CommandAnswer | undefined;
    const program = makeProgram(host, async (spec, options, positional) => {
      answer = await spec.action(makeCommandCall({ host, style, progress, signal: cancel.signal, options, positional }));
    });
    if (argv.length === 0) program.outputHelp();
    else await program.parseAsync(argv, { from: 'user' });
    progress.clear();
    if (!answer) return exitCodes.ok;
    if (isJson && answer.document !== undefined) host.writeOut(`${JSON.stringify(answer.document, undefined, 2)}\n`);
    else if (answer.lines.length > 0) host.writeOut(`${answer.lines.join('\n')}\n`);
    return answer.exitCode ?? exitCodes.ok;
  } catch (thrown) {
    progress.clear();
    if (thrown instanceof CommanderError && thrown.exitCode === 0) return exitCodes.ok;
    const report = failureReport(thrown instanceof CommanderError ? usageError(thrown) : thrown);
    if (isJson) host.writeOut(`${JSON.stringify({ error: report }, undefined, 2)}\n`);
    else host.writeErr(`${failureLines(report, errStyle, host.command).join('\n')}\n`);
    if (report.code === 'INTERNAL' || (host.env['COHORTIUM_DEBUG'] ?? '') !== '') writeTrace(thrown, host);
    return exitCodeOf(report.code);
  } finally {
    stopListening();
  }
}

type Perform = (spec: CommandSpec, options: Readonly<Record<string, unknown>>, positional: readonly unknown[]) => Promise<void>;

/** The parser; `perform` is called with the command that was chosen. */
export function makeProgram(host: Pick<CliHost, 'writeOut' | 'columns'>, perform: Perform): Command {
  const program = new Command('cohortium')
    .description('Customer value at every location, channel and brand: computed, calibrated, gated, recorded and delivered.')
    .version(packageVersion(), '-V, --version', 'print the version')
    .option('--dir <directory>', 'operator directory (default: the nearest with a cohortium.yaml)')
    .option('--json', 'print exactly one JSON document on stdout')
    .helpOption('-h, --help', 'print help')
    .helpCommand('help [command]', 'print help for a command')
    .addHelpText('after', overviewHelp());
  program.configureHelp({
    subcommandTerm: (command) => [command.name(), ...command.registeredArguments.map((argument) => termOf(argument))].join(' '),
  });
  settle(program, host);
  for (const spec of commands) {
    const command = program.command(spec.name).summary(spec.summary).description(spec.says);
    // Without an action the group answers with its list, and not the parser with a name.
    for (const [syntax, meaning] of spec.args ?? []) command.argument(syntax === '<action>' ? '[action]' : syntax, meaning);
    if (spec.actions) command.usage(`[options] ${(spec.args ?? []).map(([syntax]) => syntax).join(' ')}`);
    for (const { flags, says } of spec.options ?? []) command.option(flags, says);
    command
      .option('--dir <directory>', 'operator directory (default: the nearest with a cohortium.yaml)')
      .option('--json', 'print exactly one JSON document on stdout')
      .helpOption('-h, --help', 'print help')
      .addHelpText('after', commandHelp(spec))
      .action((...received: unknown[]) => perform(spec, command.optsWithGlobals(), received.slice(0, command.registeredArguments.length)));
    settle(command, host);
  }
  return program;
}

function termOf(argument: Argument): string {
  const name = argument.variadic ? `${argument.name()}...` : argument.name();
  return argument.required || name === 'action' ? `<${name}>` : `[${name}]`;
}

function settle(command: Command, host: Pick<CliHost, 'writeOut' | 'columns'>): void {
  command
    .exitOverride()
    .allowExcessArguments(false)
    .configureOutput({
      writeOut: (text) => host.writeOut(text),
      // Usage errors are printed once, by us, in the shape of every other error.
      writeErr: () => undefined,
      getOutHelpWidth: () => Math.min(100, host.columns),
    });
}

function commandHelp({ actions, examples, next }: CommandSpec): string {
  const listed = actions ? ['', 'Actions:', ...actionLines(actions)] : [];
  return [
    ...listed,
    '',
    'Examples:',
    ...examples.flatMap(([line, purpose]) => [`  ${line}`, `      ${purpose}`]),
    '',
    `Next: ${next}`,
  ].join('\n');
}

function overviewHelp(): string {
  return [
    '',
    'A first look, in about a minute:',
    '  cohortium quickstart',
    'With your own data:',
    '  cohortium init shop && cd shop',
    '  cohortium ingest orders.csv --map map.yaml',
    '  cohortium run pipelines/clv.yaml --as-of 2026-01-31',
    '  cohortium score <customer> --location <location>',
    '',
    'Exit codes:',
    ...exitCodeMeanings.map(([code, meaning]) => `  ${String(code).padStart(3)}  ${meaning}`),
    '',
    'NO_COLOR turns colour off. COHORTIUM_DEBUG=1 adds stack traces to errors.',
  ].join('\n');
}

function usageError(error: CommanderError): CohortiumError {
  const [first = '', ...more] = error.message.replace(/^error: /, '').split('\n');
  const hint = more.join(' ').trim();
  return new CohortiumError(
    'ARGUMENT_INVALID',
    hint === '' ? first : `${first} ${hint.charAt(0).toLowerCase()}${hint.slice(1)}`.replace(' (Did', ' (did'),
  );
}

function writeTrace(thrown: unknown, host: CliHost): void {
  if ((host.env['COHORTIUM_DEBUG'] ?? '') === '') {
    // Without its words, which may hold data of customers: a place in the code is what a report needs.
    const { code, frames } = errorFields(thrown);
    host.writeErr(`${code}${frames === '' ? '' : ` in ${frames}`}\nCOHORTIUM_DEBUG=1 shows its words too, which may hold personal data.\n`);
    return;
  }
  host.writeErr(`${thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)}\n`);
}
