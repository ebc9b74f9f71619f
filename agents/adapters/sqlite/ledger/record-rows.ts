/** Records as they are handed over to be written: rows of a table, checked before anything is written. */
import { isRecordKind, recordKinds } from '../../../../skills/audit/record/record-kinds.ts';
import { CohortiumError, int32Column, type Json, type Table, textColumn } from '../../../../skills/sdk/index.ts';

/** Records of one transaction, about. */
export const groupRecords = 4096;

/** Items of a batch leaf at most. */
export const batchItems = 256;

export interface RecordRows {
  readonly count: number;
  readonly kinds: readonly string[];
  readonly streams: readonly string[];
  /** Customers; empty for nobody. */
  readonly subjects: readonly string[];
  readonly classes: readonly string[];
  readonly schemas: readonly string[];
  readonly bodies: readonly string[];
  /** Digests of attestations; empty for none. */
  readonly attestations: readonly string[] | undefined;
  /** Rows of one number share a leaf; −1 for a leaf of its own. */
  readonly batches: Int32Array;
}

/** @throws {CohortiumError} ARGUMENT_INVALID for a kind that is not kept, or a batch that is too large; TABLE_INVALID */
export function recordRows(table: Table): RecordRows {
  const kinds = textColumn(table, 'kind');
  for (const kind of new Set(kinds)) {
    if (isRecordKind(kind)) continue;
    const known = Object.keys(recordKinds).join(', ');
    throw new CohortiumError('ARGUMENT_INVALID', `'${kind}' is not a kind of record; kinds are: ${known}. Nothing was written`);
  }
  const batches = int32Column(table, 'batch');
  refuseLargeBatch(batches);
  const bodies = textColumn(table, 'body');
  // Before the first of several transactions; what fits into one is read there anyway.
  if (table.rows > groupRecords) for (const text of new Set(bodies)) parseBody(text);
  const attestations = 'att' in table.columns ? textColumn(table, 'att') : undefined;
  const wrong = attestations?.find((att) => !/^([0-9a-f]{64})?$/.test(att));
  if (wrong !== undefined) {
    throw new CohortiumError('ARGUMENT_INVALID', `'${wrong}' is not the SHA-256 of an attestation in hex; nothing was written`);
  }
  return {
    count: table.rows,
    kinds,
    streams: textColumn(table, 'stream'),
    subjects: textColumn(table, 'subject'),
    classes: textColumn(table, 'class').map((name, row) => name || classOf(kinds[row] ?? '')),
    schemas: textColumn(table, 'schema'),
    bodies,
    attestations,
    batches,
  };
}

function classOf(kind: string): string {
  return isRecordKind(kind) ? recordKinds[kind].class : '';
}

function refuseLargeBatch(batches: Int32Array): void {
  let length = 0;
  for (let row = 0; row < batches.length; row++) {
    length = batches[row] !== -1 && batches[row] === batches[row - 1] ? length + 1 : 1;
    if (length <= batchItems) continue;
    throw new CohortiumError('ARGUMENT_INVALID', `batch ${batches[row]} has more than ${batchItems} records; nothing was written`);
  }
}

/** @throws {CohortiumError} ARGUMENT_INVALID */
export function parseBody(text: string): Readonly<Record<string, Json>> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (cause) {
    throw new CohortiumError('ARGUMENT_INVALID', 'the body of a record is not JSON; nothing was written', { cause });
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    throw new CohortiumError('ARGUMENT_INVALID', 'the body of a record is not a JSON object; nothing was written');
  }
  return parsed as Readonly<Record<string, Json>>; // JSON.parse made it
}
