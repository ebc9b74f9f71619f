/**
 * Everything that belongs to the operator in one folder, readable without this software: what was declared, what was captured,
 * who was in which cohort, and the record of what was decided, each file with its SHA-256. No private keys and no secrets: those
 * are handed over apart, by hand.
 */
import { createHash } from 'node:crypto';
import { copyFileSync, createReadStream, createWriteStream, existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

import { CohortiumError, canonicalJson, compareText } from '../../../skills/sdk/index.ts';
import type { HandoverReport } from '../interface.ts';
import type { Workspace } from '../workspace.ts';

/** Copied as they are: name in the bundle, place in the operator directory. */
const copied: readonly (readonly [name: string, place: string])[] = [
  ['cohortium.yaml', 'cohortium.yaml'],
  ['pipelines', 'pipelines'],
  ['policies', 'policies'],
  ['registries', 'registries'],
  ['models', 'models'],
  ['outputs', 'outputs'],
  ['signals', '.cohortium/segments'],
];

/** Names of the recorded registries and stores that are written as JSON Lines. */
const listed = ['quarantine.jsonl', 'links.jsonl', 'memberships.jsonl', 'ledger.jsonl'] as const;

/**
 * @param folder must not be there yet, or be empty
 * @throws {CohortiumError} ARGUMENT_INVALID when the folder has something in it
 */
export async function exportHandover(workspace: Workspace, folder: string): Promise<HandoverReport> {
  if (existsSync(folder) && readdirSync(folder).length > 0) {
    throw new CohortiumError('ARGUMENT_INVALID', `${folder} is not empty; name a folder that is not there yet`);
  }
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  // What waits in the inbox belongs to the operator like what was sealed before.
  await workspace.eventLog().seal({}, { signal: new AbortController().signal, idempotencyKey: `handover-${workspace.clock.now()}` });
  for (const [name, place] of copied) copyTree(join(workspace.paths.directory, place), join(folder, name));
  const sources: Readonly<Record<(typeof listed)[number], () => Iterable<unknown>>> = {
    'quarantine.jsonl': () => workspace.eventLog().quarantine({}, 0, Number.MAX_SAFE_INTEGER),
    'links.jsonl': () => workspace.graphReviews().list('all'),
    'memberships.jsonl': () => workspace.memberships().records(),
    'ledger.jsonl': () => workspace.ledger().records(),
  };
  for (const name of listed) await writeLines(join(folder, name), sources[name]());
  writeFileSync(join(folder, 'README.md'), readme(workspace));
  const files = await Promise.all(filesBelow(folder).map((path) => describe(folder, path)));
  writeFileSync(join(folder, 'SHA256SUMS'), files.map(({ path, sha256 }) => `${sha256}  ${path}\n`).join(''));
  return { folder, files, bytes: files.reduce((sum, { bytes }) => sum + bytes, 0) };
}

function copyTree(from: string, to: string): void {
  if (!existsSync(from)) return;
  if (!statSync(from).isDirectory()) {
    mkdirSync(dirname(to), { recursive: true });
    copyFileSync(from, to);
    return;
  }
  for (const name of readdirSync(from).sort(compareText)) {
    if (!name.endsWith('.tmp')) copyTree(join(from, name), join(to, name));
  }
}

async function writeLines(path: string, values: Iterable<unknown>): Promise<void> {
  const lines = function* (): Generator<string> {
    for (const value of values) yield `${typeof value === 'string' ? value : canonicalJson(value)}\n`;
  };
  await pipeline(Readable.from(lines()), createWriteStream(path));
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => statSync(join(folder, name)).isFile())
    .sort(compareText);
}

async function describe(folder: string, path: string): Promise<HandoverReport['files'][number]> {
  const digest = createHash('sha256');
  for await (const chunk of createReadStream(join(folder, path))) digest.update(chunk as Buffer); // a stream without encoding yields buffers
  return { path: relative(folder, join(folder, path)), bytes: statSync(join(folder, path)).size, sha256: digest.digest('hex') };
}

function readme({ config, clock }: Workspace): string {
  return `# ${config.merchant}: handed over on ${new Date(clock.now()).toISOString().slice(0, 10)}

Check that nothing is missing or changed: \`sha256sum --check SHA256SUMS\`.

| | |
|---|---|
| \`cohortium.yaml\`, \`pipelines/\`, \`policies/\` | how the agent was set up, and the rules that decisions were made by |
| \`registries/\` | signals, cohorts, subscribers, people and identity rules as declared; \`lock.jsonl\` has every version that was ever used; \`attestations/\` has what the ledger signed |
| \`models/\`, \`outputs/\` | value models with their cards and the signed manifest of what was approved, and what they put out |
| \`signals/\` | everything captured, as Parquet files that any engine reads; one row per signal, amounts in minor units of ${config.currency} |
| \`quarantine.jsonl\` | what was refused and not mended yet |
| \`links.jsonl\` | pairs of identities that are likely one person, and what was decided about them; the links themselves are signals |
| \`memberships.jsonl\` | who came into which cohort, moved and left, in which version, since when and why, one JSON text per change |
| \`ledger.jsonl\` | the record, one canonical JSON text per line; the RFC 6962 root over the lines is what the newest checkpoint signs |

Private keys and shared secrets are not here. They are in \`.cohortium/keys\` of the operator directory; hand them over apart, or make new ones.
`;
}
