/**
 * Takes a person out of files of lines: what subscribers were handed here, predictions, imports that lie in the operator directory. A line
 * or row that names the person goes; a message that is about several customers stays without this one. What is no list of rows is only
 * reported: a person has to look at it.
 */
import { closeSync, existsSync, fsyncSync, openSync, readdirSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { extname, join, relative } from 'node:path';

import type { Json } from '../../../skills/sdk/index.ts';
import { recordGone, recordWithout } from './erase-score-records.ts';
import type { Finding, Sought } from './eraser-interface.ts';
import { jsonWithout, type NameFinder, type PersonNames } from './person-names.ts';

const lineFiles: ReadonlySet<string> = new Set(['.csv', '.tsv', '.jsonl', '.ndjson']);
/** Of the state folder, only what subscribers were handed: the rest has erasers of its own. */
const stateLines: readonly string[] = ['received'];
const skipped: ReadonlySet<string> = new Set(['node_modules', '.git']);

export interface LinePlace {
  /** The operator directory. */
  readonly directory: string;
  /** State folder in it. */
  readonly state: string;
}

/** Rows that would go, by file. */
export function findLines(place: LinePlace, sought: Sought): readonly Finding[] {
  return filesOf(place).flatMap((path) => {
    const changed = withoutPerson(path, sought);
    return changed ? [{ store: relative(place.directory, path), what: 'rows', count: changed.count }] : [];
  });
}

export function eraseLines(place: LinePlace, sought: Sought): readonly Finding[] {
  recordGone(place.directory, sought.gone);
  return filesOf(place).flatMap((path) => {
    const changed = withoutPerson(path, sought);
    if (!changed) return [];
    recordWithout(place.directory, path, changed.before, changed.text);
    replace(path, changed.text);
    return [{ store: relative(place.directory, path), what: 'rows', count: changed.count }];
  });
}

function filesOf({ directory, state }: LinePlace): readonly string[] {
  const found: string[] = [];
  const walk = (folder: string): void => {
    if (!existsSync(folder)) return;
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) {
        if (!skipped.has(entry.name) && path !== state) walk(path);
      } else if (entry.isFile() && lineFiles.has(extname(entry.name))) found.push(path);
    }
  };
  walk(directory);
  for (const name of stateLines) walk(join(state, name));
  return found.sort();
}

interface ChangedFile {
  readonly before: string;
  readonly text: string;
  readonly count: number;
}

function withoutPerson(path: string, { finder: find, gone, names }: Sought): ChangedFile | undefined {
  const text = readFileSync(path, 'utf8');
  const finder = find();
  if (!finder.mentions(text) && !gone.isIn(text) && ![...names.exact].some((name) => text.includes(name))) return undefined;
  const isJson = /\.(?:jsonl|ndjson)$/.test(path);
  const rows = isJson ? text.split(/(?<=\n)/) : recordsOf(text);
  const isAbout = isJson ? finder.mentions : rowsAbout(rows[0] ?? '', names, finder);
  let count = 0;
  const kept = rows.flatMap((row): string[] => {
    if (!isAbout(row)) return [gone.rename(row)];
    count += 1;
    const message = isJson ? messageWithout(row, finder) : undefined;
    return message === undefined ? [] : [gone.rename(message)];
  });
  return { before: text, text: kept.join(''), count };
}

const customerHead = /customer|client|user|member|loyalty|anonym|mail|phone|owner|person|subject/i;

/** Whether a row of a table is about the person: by a name anywhere, or by a plain one in a column for customers, or any where no head says so. */
function rowsAbout(head: string, { exact }: PersonNames, finder: NameFinder): (row: string) => boolean {
  const separator = [',', ';', '\t'].reduce((best, one) => (head.split(one).length > head.split(best).length ? one : best));
  const cellsOf = (row: string): readonly string[] =>
    row
      .trimEnd()
      .split(separator)
      .map((cell) => cell.trim().replace(/^"(.*)"$/s, '$1'));
  const heads = cellsOf(head).map((name) => customerHead.test(name));
  const isKnown = heads.includes(true);
  return (row) => finder.mentions(row) || cellsOf(row).some((cell, at) => exact.has(cell) && (!isKnown || heads[at] === true));
}

/** A message keeps its line: its id is how a second delivery is recognised. */
function messageWithout(row: string, finder: NameFinder): string | undefined {
  try {
    const line = JSON.parse(row) as Json;
    if (typeof line !== 'object' || line === null || !('messageId' in line)) return undefined;
    return `${JSON.stringify(jsonWithout(line, finder, 'remove'))}\n`;
  } catch {
    return undefined;
  }
}

/** Records of a CSV file with their line ends; a quoted field may span lines. */
function recordsOf(text: string): readonly string[] {
  const records: string[] = [];
  let begin = 0;
  let isQuoted = false;
  for (let at = 0; at < text.length; at++) {
    const char = text[at];
    if (char === '"') isQuoted = !isQuoted;
    else if (char === '\n' && !isQuoted) {
      records.push(text.slice(begin, at + 1));
      begin = at + 1;
    }
  }
  if (begin < text.length) records.push(text.slice(begin));
  return records;
}

/** The file is whole at every moment. */
function replace(path: string, text: string): void {
  const temporary = `${path}.erasing`;
  const file = openSync(temporary, 'w', 0o600);
  try {
    const bytes = Buffer.from(text, 'utf8');
    for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(temporary, path);
}
