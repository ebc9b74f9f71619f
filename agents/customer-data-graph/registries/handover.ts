/**
 * Everything that belongs to the operator in one folder, readable without this software: what was declared, what was captured,
 * who was in which cohort, and the record of what was decided, each file with its SHA-256. No private keys and no secrets: those
 * are handed over apart, by hand.
 */
import { createHash, randomUUID } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  createReadStream,
  createWriteStream,
  existsSync,
  mkdirSync,
  readdirSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

import { CohortiumError, canonicalJson, compareText } from '../../../skills/sdk/index.ts';
import { readSnapshot } from '../../adapters/duckdb/read-snapshot.ts';
import type { QuarantineRecord } from '../../adapters/sqlite/event-log-quarantine.ts';
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
];

/** Entries of the quarantine that are in memory at a time. */
const pageEntries = 1000;

/** Names of the recorded registries and stores that are written as JSON Lines. */
const listed = ['quarantine.jsonl', 'links.jsonl', 'memberships.jsonl', 'experiments.jsonl', 'feedback.jsonl', 'ledger.jsonl'] as const;

/**
 * @param folder must not be there yet, or be empty
 * @throws {CohortiumError} ARGUMENT_INVALID when the folder has something in it, or would be copied into itself
 */
export async function exportHandover(workspace: Workspace, folder: string): Promise<HandoverReport> {
  if (existsSync(folder) && readdirSync(folder).length > 0) {
    throw new CohortiumError('ARGUMENT_INVALID', `${folder} is not empty; name a folder that is not there yet`);
  }
  const { directory, state } = workspace.paths;
  const around = copied.map(([, place]) => place).find((place) => isWithin(join(directory, place), folder));
  if (around !== undefined) {
    throw new CohortiumError('ARGUMENT_INVALID', `${folder} is in ${around}, which is handed over itself; name a folder outside of it`);
  }
  mkdirSync(folder, { recursive: true });
  // Personal data: nobody else on this machine may look inside, also where the folder was there.
  chmodSync(folder, 0o700);
  // What waits in the inbox belongs to the operator like what was sealed before.
  const { snapshot } = await workspace
    .eventLog()
    .seal({}, { signal: new AbortController().signal, idempotencyKey: `handover-${randomUUID()}` });
  for (const [name, place] of copied) copyTree(join(directory, place), join(folder, name));
  // Only what is listed: what a killed process left beside it may be half a file, or say the same again.
  for (const { file } of readSnapshot(workspace.content, snapshot).segments) {
    copyTree(join(state, 'segments', file), join(folder, 'signals', file));
  }
  const sources: Readonly<Record<(typeof listed)[number], () => Iterable<unknown>>> = {
    'quarantine.jsonl': () => quarantineEntries(workspace),
    'links.jsonl': () => workspace.graphReviews().list('all'),
    'memberships.jsonl': () => workspace.memberships().records(),
    'experiments.jsonl': () => workspace.experimentLog().entries(),
    'feedback.jsonl': () => workspace.feedback().entries(),
    'ledger.jsonl': () => workspace.ledger().records(),
  };
  for (const name of listed) await writeLines(join(folder, name), sources[name]());
  writeFileSync(join(folder, 'README.md'), readme(workspace));
  const files: HandoverReport['files'][number][] = [];
  // One after the other: a long log has more files than a process may have open.
  for (const path of filesBelow(folder)) files.push(await describe(folder, path));
  writeFileSync(join(folder, 'SHA256SUMS'), files.map(({ path, sha256 }) => `${sha256}  ${path}\n`).join(''));
  return { folder, files, bytes: files.reduce((sum, { bytes }) => sum + bytes, 0) };
}

/** Also when it is the same folder. */
function isWithin(outer: string, inner: string): boolean {
  return `${resolve(inner)}${sep}`.startsWith(`${resolve(outer)}${sep}`);
}

function* quarantineEntries(workspace: Workspace): Generator<QuarantineRecord> {
  for (let after = 0; ;) {
    const page = workspace.eventLog().quarantine({}, after, pageEntries);
    yield* page;
    const last = page.at(-1);
    if (!last) return;
    after = last.seq;
  }
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
| \`registries/\` | signals, cohorts, subscribers, experiments, people and identity rules as declared; \`lock.jsonl\` has every version that was ever used; \`attestations/\` has what the ledger signed |
| \`models/\`, \`outputs/\` | value models with their cards and the signed manifest of what was approved, and what they put out |
| \`signals/\` | everything captured, as Parquet files that any engine reads; one row per signal, amounts in minor units of ${config.currency} |
| \`quarantine.jsonl\` | what was refused, why, and what became of it |
| \`links.jsonl\` | pairs of identities that are likely one person, and what was decided about them; the links themselves are signals |
| \`memberships.jsonl\` | who came into which cohort, moved and left, in which version, since when and why, one JSON text per change |
| \`experiments.jsonl\` | experiments as they were registered and assigned, and every outcome |
| \`feedback.jsonl\` | what came of predictions, by cohort, and how often each cohort was recalibrated for it |
| \`ledger.jsonl\` | the record, one canonical JSON text per line; the RFC 6962 root over the lines is what the newest checkpoint signs |

Private keys and shared secrets are not here. They are in \`.cohortium/keys\` of the operator directory; hand them over apart, or make new ones.
`;
}
