/**
 * One row of a mapped file to signals. The row's own signal comes first; declared attributes that changed for this customer
 * follow. A row without an id gets one made of what it says, so that importing a file twice changes nothing.
 */
import { hash } from 'node:crypto';

import type { ImportMap } from '../../../registries/signals/import-map.ts';
import { declaredAttributes } from '../../../skills/signal-capture/signals/standing.ts';
import { type Signal, type SignalVerdict, validateSignal } from '../../../skills/signal-capture/validate-signal.ts';
import { OccurrenceCounter } from './occurrence-counter.ts';
import { ColumnReader, type Fields, makeStatementReader, type Statement } from './row-statement.ts';

export type RowMapper = (fields: Fields) => readonly SignalVerdict[];

/** Attributes that an import map may name: declared ones, and two that have signal types of their own. */
export const importAttributes: readonly string[] = [...declaredAttributes, 'loyaltyTier', 'subscription'];

/**
 * Makes the mapper of one file; it remembers what it has seen of this file, so make a new one for each.
 * @param names columns in the order of the fields
 * @param operatorCurrency ISO 4217, for amounts that name none
 * @throws {CohortiumError} CSV_COLUMN_MISSING with every column of the map that is absent or stands twice
 */
export function makeRowMapper(map: ImportMap, names: readonly string[], file: string, operatorCurrency: string): RowMapper {
  const reader = new ColumnReader(map, names, file);
  const readStatement = makeStatementReader(map, reader, operatorCurrency);
  const readId = map.columns.id === undefined ? undefined : reader.field(map.columns.id);
  const occurrences = new OccurrenceCounter();
  const declarations = new Declarations(map, reader);

  return (fields) => {
    const said = readStatement(fields);
    if ('ok' in said) return [said];
    const id = readId?.(fields);
    if (id === '') return [{ ok: false, code: 'SIGNAL_INVALID', message: 'id: text was expected; found nothing' }];
    const verdict = validateSignal({ id: id ?? 'to be made of its content', ...said });
    if (!verdict.ok) return [verdict];
    if (id !== undefined) return declarations.join(verdict, said, fields);
    const signal = { ...verdict.signal, id: contentId(verdict.signal, map.onDuplicate === 'keep' ? occurrences : undefined) };
    return declarations.join({ ...verdict, signal }, said, fields);
  };
}

/** An id made of what a signal says, and of how often the file has said it before. */
function contentId(signal: Signal, occurrences: OccurrenceCounter | undefined): string {
  const digest = hash('sha256', JSON.stringify({ ...signal, id: '' }), 'buffer');
  const occurrence = occurrences?.next(digest) ?? 1;
  return idOn(signal.dayNo, occurrence === 1 ? digest : hash('sha256', `${digest.toString('hex')} ${occurrence}`, 'buffer'));
}

/** The day in front keeps neighbours in time together in the index of ids; without it long imports are several times slower. */
function idOn(dayNo: number, digest: Buffer): string {
  return `${String(dayNo).padStart(6, '0')}-${digest.toString('hex', 0, 16)}`;
}

/** Attributes that rows declare about their customer; only a change is worth a signal. */
class Declarations {
  readonly #attributes;
  readonly #last = new Map<string, string>();

  constructor(map: ImportMap, reader: ColumnReader) {
    this.#attributes = Object.entries(map.attributes).map(([name, source]) => ({ name, read: reader.translated(source) }));
  }

  /** The row's own verdict, and one for each change that it declares. */
  join(own: SignalVerdict & { readonly ok: true }, { customer, at }: Statement, fields: Fields): readonly SignalVerdict[] {
    if (this.#attributes.length === 0) return [own];
    const verdicts: SignalVerdict[] = [own];
    const changes: (readonly [key: string, value: string])[] = [];
    for (const { name, read } of this.#attributes) {
      const value = read(fields);
      const key = JSON.stringify([name, customer]);
      if (value === '' || this.#last.get(key) === value) continue;
      changes.push([key, value]);
      const id = idOn(own.signal.dayNo, hash('sha256', JSON.stringify([own.signal.id, name, value]), 'buffer'));
      verdicts.push(validateSignal({ id, customer, at, ...declaration(name, value) }));
    }
    // A row that goes to quarantine has declared nothing; the next row says it again.
    if (verdicts.every((verdict) => verdict.ok)) for (const [key, value] of changes) this.#last.set(key, value);
    return verdicts;
  }
}

function declaration(name: string, value: string): { readonly type: string; readonly properties: Readonly<Record<string, unknown>> } {
  if (name === 'loyaltyTier') return { type: 'loyalty-action', properties: { action: 'tier', tier: value } };
  if (name === 'subscription') return { type: 'milestone-event', properties: { milestone: 'subscription', value } };
  return { type: 'preference-change', properties: { attribute: name, value } };
}
