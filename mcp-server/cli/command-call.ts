/** Makes the call that a command is given: options read strictly, the agent opened late and always closed. */
import { resolve } from 'node:path';

import type { CustomerDataGraph } from '../../agents/customer-data-graph/interface.ts';
import { CohortiumError } from '../../skills/sdk/index.ts';
import type { CliHost } from './cli-host.ts';
import type { CommandCall } from './command-spec.ts';
import type { ProgressLine } from './progress-line.ts';
import type { Style } from './style.ts';

interface CallParts {
  readonly host: CliHost;
  readonly style: Style;
  readonly progress: ProgressLine;
  readonly signal: AbortSignal;
  readonly options: Readonly<Record<string, unknown>>;
  readonly positional: readonly unknown[];
}

export function makeCommandCall({ host, style, progress, signal, options, positional }: CallParts): CommandCall {
  const textOf = (name: string): string | undefined => {
    const value = options[name];
    return typeof value === 'string' ? value : undefined;
  };
  const directory = async (): Promise<string> => {
    const given = textOf('dir');
    if (given !== undefined) return resolve(host.cwd, given);
    return (await host.loadAgentModule()).findOperatorDirectory(host.cwd);
  };
  const last = positional.at(-1);
  return {
    host,
    style,
    signal,
    isJson: options['json'] === true,
    args: positional.map((value) => (typeof value === 'string' ? value : undefined)),
    list: Array.isArray(last) ? last.map(String) : [],
    text: textOf,
    requiredText(name) {
      const value = textOf(name);
      if (value === undefined) throw new CohortiumError('ARGUMENT_INVALID', `${flagOf(name)} is needed; see --help for an example`);
      return value;
    },
    flag: (name) => options[name] === true,
    hint(rest) {
      const given = textOf('dir');
      return `${host.command} ${rest}${given === undefined ? '' : ` --dir ${quoted(given)}`}`;
    },
    wholeNumber(name, fallback, least, most) {
      const given = textOf(name);
      if (given === undefined) return fallback;
      const value = /^\d{1,15}$/.test(given) ? Number(given) : Number.NaN;
      if (!(value >= least && value <= most)) {
        throw new CohortiumError('ARGUMENT_INVALID', `${flagOf(name)} is '${given}'; expected a whole number from ${least} to ${most}`);
      }
      return value;
    },
    onProgress: progress.report,
    note(line) {
      progress.clear();
      host.writeErr(`${line}\n`);
    },
    module: () => host.loadAgentModule(),
    directory,
    async withAgent<T>(mode: 'readonly' | 'write', use: (agent: CustomerDataGraph) => Promise<T>): Promise<T> {
      const place = await directory();
      const { openAgent } = await host.loadAgentModule();
      const agent = await openAgent(place, { readonly: mode === 'readonly' });
      try {
        return await use(agent);
      } finally {
        await agent.close();
      }
    },
  };
}

/** For a shell, where the text needs it. */
export function quoted(text: string): string {
  return /^[\w./:@%+,-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

function flagOf(name: string): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}
