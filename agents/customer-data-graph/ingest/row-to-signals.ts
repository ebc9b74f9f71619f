/**
 * One row of a mapped file to signals. The row's own signal comes first; declared attributes that changed for this customer
 * follow. A row without an id gets one made of what it says, so that importing a file twice changes nothing.
 */
import { hash } from 'node:crypto';

import type { ImportMap } from '../../../registries/signals/import-map.ts';
import type { Surprise } from '../../../skills/signal-capture/plan/surprise.ts';
import { declaredAttributes } from '../../../skills/signal-capture/signals/standing.ts';
import type { SignalVerdict } from '../../../skills/signal-capture/validate-signal.ts';
import { OccurrenceCounter } from './occurrence-counter.ts';
import { type MessageReader, readPlainSignal } from './read-message.ts';
import { ColumnReader, type Fields, makeStatementReader, type Statement } from './row-statement.ts';

export type RowMapper = (fields: Fields) => RowVerdicts;

export interface RowVerdicts {
  readonly verdicts: readonly SignalVerdict[];
  /** What the tracking plan did not expect. */
  readonly surprises: readonly Surprise[];
}

/** Attributes that an import map may name: declared ones, and two that have signal types of their own. */
export const importAttributes: readonly string[] = [...declaredAttributes, 'loyaltyTier', 'subscription'];

/**
 * Makes the mapper of one file; it remembers what it has seen of this file, so make a new one for each.
 * @param names columns in the order of the fields
 * @param operatorCurrency ISO 4217, for amounts that name none
 * @param read checks each signal; by the schemas of the types alone when absent
 * @throws {CohortiumError} CSV_COLUMN_MISSING with every column of the map that is absent or stands twice
 */
export function makeRowMapper(
  map: ImportMap,
  names: readonly string[],
  file: string,
  operatorCurrency: string,
  read: MessageReader = readPlainSignal,
): RowMapper {
  const reader = new ColumnReader(map, names, file);
  const readStatement = makeStatementReader(map, reader, operatorCurrency);
  const readId = map.columns.id === undefined ? undefined : reader.field(map.columns.id);
  const occurrences = map.onDuplicate === 'keep' ? new OccurrenceCounter() : undefined;
  const declarations = new Declarations(map, reader, (signal) => read(signal, 'signal', { source: file, receivedAtMs: undefined }));

  return (fields) => {
    const said = readStatement(fields);
    if ('ok' in said) return { verdicts: [said], surprises: [] };
    const id = readId?.(fields) ?? contentId(said, occurrences);
    if (id === '')
      return { verdicts: [{ ok: false, code: 'SIGNAL_INVALID', message: 'id: text was expected; found nothing' }], surprises: [] };
    return declarations.join(id, said, fields);
  };
}

/**
 * An id made of what a row says, and of how often the file has said it before. Made before the tracking plan has its say, so that the
 * same file gives the same ids when the plan has changed.
 */
function contentId(said: Statement, occurrences: OccurrenceCounter | undefined): string {
  const digest = hash('sha256', JSON.stringify(said), 'buffer');
  const occurrence = occurrences?.next(digest) ?? 1;
  return idOn(said.at, occurrence === 1 ? digest : hash('sha256', `${digest.toString('hex')} ${occurrence}`, 'buffer'));
}

/** The day in front keeps neighbours in time together in the index of ids; without it long imports are several times slower. */
function idOn(at: string, digest: Buffer): string {
  return `${at.slice(0, 10)}-${digest.toString('hex', 0, 16)}`;
}

/** Attributes that rows declare about their customer; only a change is worth a signal. */
class Declarations {
  readonly #attributes;
  readonly #check: (signal: object) => RowVerdicts;
  readonly #last = new Map<string, string>();

  constructor(map: ImportMap, reader: ColumnReader, check: (signal: object) => RowVerdicts) {
    this.#attributes = Object.entries(map.attributes).map(([name, source]) => ({ name, read: reader.translated(source) }));
    this.#check = check;
  }

  /** The row's own verdict, and one for each change that it declares. */
  join(id: string, said: Statement, fields: Fields): RowVerdicts {
    const own = this.#check({ id, ...said });
    if (this.#attributes.length === 0 || own.verdicts.some((verdict) => !verdict.ok)) return own;
    const { customer, at } = said;
    const verdicts = [...own.verdicts];
    const surprises = [...own.surprises];
    const changes: (readonly [key: string, value: string])[] = [];
    for (const { name, read } of this.#attributes) {
      const value = read(fields);
      const key = JSON.stringify([name, customer]);
      if (value === '' || this.#last.get(key) === value) continue;
      changes.push([key, value]);
      const declared = idOn(at, hash('sha256', JSON.stringify([id, name, value]), 'buffer'));
      const change = this.#check({ id: declared, customer, at, ...declaration(name, value) });
      verdicts.push(...change.verdicts);
      surprises.push(...change.surprises);
    }
    // A row that goes to quarantine has declared nothing; the next row says it again.
    if (verdicts.every((verdict) => verdict.ok)) for (const [key, value] of changes) this.#last.set(key, value);
    return { verdicts, surprises };
  }
}

function declaration(name: string, value: string): { readonly type: string; readonly properties: Readonly<Record<string, unknown>> } {
  if (name === 'loyaltyTier') return { type: 'loyalty-action', properties: { action: 'tier', tier: value } };
  if (name === 'subscription') return { type: 'milestone-event', properties: { milestone: 'subscription', value } };
  return { type: 'preference-change', properties: { attribute: name, value } };
}
