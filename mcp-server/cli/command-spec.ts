/**
 * What a command is: words, options, examples and what it does. Help, the command line reference and the parser all come from
 * here. A command answers with a document for `--json` and lines for people; it prints nothing itself.
 */
import type { CustomerDataGraph, Progress } from '../../agents/customer-data-graph/interface.ts';
import type { AgentModule } from '../open-agent.ts';
import type { CliHost } from './cli-host.ts';
import type { ExitCode } from './exit-codes.ts';
import type { Style } from './style.ts';

export interface OptionSpec {
  /** In the manner of commander: `--limit <n>`. */
  readonly flags: string;
  readonly says: string;
}

export interface CommandSpec {
  readonly name: string;
  /** In the manner of commander: `<pipeline>`, `[files...]`, with what it means. */
  readonly args?: readonly (readonly [string, string])[];
  /** Of a group such as `holds`: each action with one line, listed where none or an unknown one is given. */
  readonly actions?: Readonly<Record<string, string>>;
  /** One line in the list of commands. */
  readonly summary: string;
  /** What it does and promises, a few sentences. */
  readonly says: string;
  readonly options?: readonly OptionSpec[];
  /** Command line and what it is for. */
  readonly examples: readonly (readonly [string, string])[];
  /** What a person would do after it. */
  readonly next: string;
  action(call: CommandCall): Promise<CommandAnswer>;
}

export interface CommandAnswer {
  /** Printed by `--json`, as the only thing on stdout. Absent where the command has written its own protocol. */
  readonly document?: unknown;
  readonly lines: readonly string[];
  /** Default 0. */
  readonly exitCode?: ExitCode;
}

export interface CommandCall {
  readonly host: CliHost;
  readonly style: Style;
  readonly isJson: boolean;
  readonly signal: AbortSignal;
  /** Arguments by position; an absent one is undefined. */
  readonly args: readonly (string | undefined)[];
  /** All values of the last argument, where it takes several. */
  readonly list: readonly string[];
  /** Value of an option, by its long name in camel case. */
  text(name: string): string | undefined;
  /** @throws {CohortiumError} ARGUMENT_INVALID when it was not given */
  requiredText(name: string): string;
  flag(name: string): boolean;
  /** A command to paste next, such as `score c-1`: as this program was called, with the directory that was given. */
  hint(rest: string): string;
  /** @throws {CohortiumError} ARGUMENT_INVALID when it is no whole number in the range */
  wholeNumber(name: string, fallback: number, least: number, most: number): number;
  readonly onProgress: (progress: Progress) => void;
  /** A line for people on stderr, also under `--json`. */
  note(line: string): void;
  module(): Promise<AgentModule>;
  /** `--dir`, else the nearest directory with a cohortium.yaml. */
  directory(): Promise<string>;
  /** Opens the agent and closes it whatever happens. */
  withAgent<T>(mode: 'readonly' | 'write', use: (agent: CustomerDataGraph) => Promise<T>): Promise<T>;
}
