import { type CsvCell, csvText } from './csv-text.ts';
import type { SubjectExport } from './export-schema.ts';
/** The tables of an answer as CSV files, one for each list that has rows. */
import type { ArchivedFile } from './zip-files.ts';

export function csvFiles(answer: SubjectExport): readonly ArchivedFile[] {
  const { person, values } = answer;
  return [
    file('identities', person?.identities ?? [], ['kind', 'value', 'since']),
    file('attributes', person?.attributes ?? [], ['name', 'value', 'source', 'at']),
    file(
      'signals',
      answer.signals.map((one) => ({ ...one, properties: JSON.stringify(one.properties) })),
      ['id', 'type', 'at', 'identity', 'location', 'channel', 'brand', 'orderId', 'sku', 'amountMinor', 'properties'],
    ),
    file('consents', answer.consents, ['purpose', 'isGranted', 'mode', 'at', 'method', 'noticeVersion', 'evidence']),
    file('features', answer.features?.values ?? [], ['name', 'value']),
    file(
      'cohorts',
      answer.cohorts.current.map((one) => ({ ...one, because: one.because.join('; ') })),
      ['definition', 'title', 'window', 'cohort', 'name', 'confidence', 'since', 'until', 'because'],
    ),
    file('cohort-transitions', answer.cohorts.transitions, ['definition', 'window', 'from', 'to', 'asOf', 'recordedAt', 'version']),
    file('value', values?.account ?? [], ['name', 'value']),
    file('value-by-place', values?.places ?? [], ['location', 'channel', 'brand', 'clvMinor', 'share']),
    file(
      'decisions',
      answer.decisions.map((one) => ({
        ...one,
        rules: one.rules.map(({ rule, citation }) => `${rule}: ${citation}`).join('; '),
        otherwise: one.otherwise.join(' | '),
        record: one.record === null ? null : one.record.item === null ? String(one.record.index) : `${one.record.index}.${one.record.item}`,
      })),
      ['purpose', 'sink', 'subscriber', 'outcome', 'asOf', 'rules', 'otherwise', 'record'],
    ),
    file(
      'recipients',
      answer.recipients.map((one) => ({
        ...one,
        purposes: one.purposes.join('; '),
        optOuts: one.optOuts.map(({ purposes, at, state }) => `${purposes.join('+')} ${at} ${state}`).join('; '),
      })),
      ['subscriber', 'sink', 'purposes', 'values', 'optOuts'],
    ),
    file(
      'records',
      answer.records.map((one) => ({ ...one, redacted: one.redacted.join('; '), body: JSON.stringify(one.body) })),
      ['index', 'item', 'kind', 'time', 'schema', 'state', 'redacted', 'proof', 'body'],
    ),
  ].flatMap((one) => one ?? []);
}

function file<Name extends string>(
  name: string,
  rows: readonly Readonly<Record<Name, CsvCell>>[],
  columns: readonly Name[],
): ArchivedFile | undefined {
  if (rows.length === 0) return undefined;
  const cells = rows.map((row) => columns.map((column): CsvCell => row[column]));
  return { path: `csv/${name}.csv`, bytes: Buffer.from(csvText(columns, cells)) };
}
