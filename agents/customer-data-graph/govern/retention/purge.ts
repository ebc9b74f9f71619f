/**
 * Removes what the plan lets go, and says so first: the record of a cut-off keeps the digests of its files, and models/purged.jsonl has
 * a line for everything else. Stopped anywhere and called again it goes on. The content store and the log are never touched.
 */
import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { canonicalJson, compareText, sha256 } from '../../../../skills/sdk/index.ts';
import { isoDate } from '../../../../skills/sdk/numeric/index.ts';
import type { Workspace } from '../../workspace.ts';
import { readRecords, writeRecord } from '../scoring/score-records.ts';
import type { RetentionItem, RetentionReport, ScoreRecord } from '../scoring/scoring-interface.ts';
import { planRetention } from './plan-retention.ts';

/** @throws {CohortiumError} as planRetention; then nothing was removed */
export function purge({ paths, clock }: Pick<Workspace, 'paths' | 'clock'>, isPurge: boolean): RetentionReport {
  const { directory } = paths;
  const now = clock.now();
  const today = isoDate(Math.floor(now / 86_400_000));
  const items = planRetention(paths, today);
  if (!isPurge) return { today, items, purged: [], isDryRun: true };
  const at = new Date(now).toISOString();
  const purged: string[] = [];
  for (const record of readRecords(directory)) purged.push(...purgeRecord(directory, record, items, at));
  const rest = items.filter(
    ({ decision, path, class: kind }) => decision === 'purge' && kind !== 'predictions' && kind !== 'alerts' && !purged.includes(path),
  );
  // The JSON of a card last: who finds it expects the other two.
  for (const item of rest.toSorted((a, b) => Number(isCardJson(a)) - Number(isCardJson(b)))) {
    const file = join(directory, item.path);
    note(directory, { path: item.path, class: item.class, of: item.of, sha256: sha256(readFileSync(file)), purgedAt: at });
    rmSync(file);
    purged.push(item.path);
  }
  return { today, items, purged: purged.sort(compareText), isDryRun: false };
}

/** The plan lets all files of a cut-off go, or none. */
function purgeRecord(directory: string, record: ScoreRecord, items: readonly RetentionItem[], at: string): string[] {
  const names = [...Object.values(record.files), ...(record.window?.alertFiles ?? [])].map(({ name }) => `outputs/${name}`);
  const isFree = names.every((path) => items.find((item) => item.path === path)?.decision === 'purge');
  if (record.purgedAt === null) {
    if (!isFree) return [];
    writeRecord(directory, { ...record, purgedAt: at });
  }
  const there = names.filter((path) => existsSync(join(directory, path)));
  for (const path of there) rmSync(join(directory, path));
  return there;
}

function isCardJson({ class: kind, path }: RetentionItem): boolean {
  return kind === 'cards' && path.endsWith('.json') && !path.endsWith('.cdx.json');
}

function note(directory: string, line: Readonly<Record<string, string>>): void {
  const path = join(directory, 'models', 'purged.jsonl');
  mkdirSync(dirname(path), { recursive: true });
  appendFileSync(path, `${canonicalJson(line)}\n`, { flush: true });
}
