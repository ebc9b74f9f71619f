/**
 * Makes an operator directory: configuration, pipelines, policies, registries. Refuses to write into a directory that is one
 * already, so nothing an operator wrote is lost.
 */
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';

import { CohortiumError, compareText } from '../../skills/sdk/index.ts';
import { dayOfIsoDate, isoDate } from '../../skills/sdk/numeric/index.ts';
import { operatorPaths } from './config.ts';

export interface InitOptions {
  /** Name shown in reports. */
  readonly merchant?: string;
  /** ISO 4217. */
  readonly currency?: string;
  /** For a made-up merchant: every fact that the template proposes is stated to the gate, and that every refusal is in the data. */
  readonly demonstration?: boolean;
  /** ISO date; the owner looks at each cohort again a year later. Today, where it is absent. */
  readonly today?: string;
}

/**
 * Writes a working operator directory.
 * @returns the files written, relative to the directory, sorted
 * @throws {CohortiumError} ARGUMENT_INVALID when the directory holds a cohortium.yaml already, or for a day that is none
 */
export async function initOperatorDirectory(directory: string, options: InitOptions = {}): Promise<{ readonly files: readonly string[] }> {
  const paths = operatorPaths(directory);
  if (existsSync(paths.config)) {
    throw new CohortiumError('ARGUMENT_INVALID', `${paths.directory} is an operator directory already; choose another one`);
  }
  const today = dayOfIsoDate(options.today ?? new Date().toISOString().slice(0, 10));
  if (today === undefined) throw new CohortiumError('ARGUMENT_INVALID', `today: an ISO date was expected; found '${options.today}'`);
  mkdirSync(paths.directory, { recursive: true });
  cpSync(join(import.meta.dirname, 'template'), paths.directory, { recursive: true });
  for (const registry of ['signals', 'cohorts', 'subscribers', 'memberships', 'attestations']) {
    mkdirSync(join(paths.registries, registry), { recursive: true });
  }
  reviewBy(join(paths.registries, 'cohorts'), isoDate(today + 365));
  const config = readFileSync(paths.config, 'utf8')
    .replace(/^merchant: .*$/m, `merchant: ${JSON.stringify(options.merchant ?? 'My shop')}`)
    .replace(/^currency: .*$/m, `currency: ${options.currency ?? 'EUR'}`);
  writeFileSync(paths.config, options.demonstration ? withStatedFacts(config) : config);
  writeFileSync(join(paths.directory, '.gitignore'), '.cohortium/\nnode_modules/\n');
  return { files: listFiles(paths.directory) };
}

/** What the template says of the day would be over for who begins later. */
function reviewBy(folder: string, day: string): void {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    writeFileSync(path, readFileSync(path, 'utf8').replace(/^reviewBy: .*$/m, `reviewBy: ${day}`));
  }
}

/** Takes the comment signs from what is stated about consent and in the block of facts. */
function withStatedFacts(config: string): string {
  return config
    .replace(/^# consent: /m, 'consent: ')
    .replace(/^# gate:\n(?:# .*\n)*?(?=# Third-party)/m, (block) => block.replaceAll(/^# /gm, ''));
}

function listFiles(directory: string): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(directory, join(entry.parentPath, entry.name)))
    .filter((file) => !file.startsWith('.cohortium'))
    .sort(compareText);
}
