/**
 * One window of every customer as a CSV file: for a spreadsheet, a notebook or a model trained elsewhere. Columns are those of the
 * window, with what customers declared behind them. Refuses a window that there is none of, before anything is computed.
 */
import { closeSync, openSync, writeFileSync } from 'node:fs';

import { type WindowId, windowIds } from '../../../skills/cohort/definitions/definition.ts';
import { CohortiumError, type Column, type ContentStore, type Table, type WindowReply } from '../../../skills/sdk/index.ts';
import type { CallContext } from '../interface.ts';
import { csvField } from '../report/csv-field.ts';
import type { Workspace } from '../workspace.ts';
import type { FeatureExport, FeatureExportRequest } from './feature-interface.ts';

/** Rows of one write. */
const rowsPerWrite = 4096;

/** What the doors can ask of features. */
export function featureDoor(workspace: Workspace): {
  exportFeatures(request: FeatureExportRequest, context?: CallContext): Promise<FeatureExport>;
} {
  return {
    exportFeatures: async ({ asOf, window, out }, { signal = new AbortController().signal } = {}) => {
      const id = windowOf(window);
      const options = { signal, idempotencyKey: `features ${asOf} ${window}` };
      const { snapshot } = await workspace.eventLog().seal({}, { signal, idempotencyKey: `features ${crypto.randomUUID()}` });
      return writeWindowCsv(await workspace.warehouse().buildWindows({ snapshot, asOf }, options), id, out, workspace.content);
    },
  };
}

/** @throws {CohortiumError} ARGUMENT_INVALID when there is no such window */
function windowOf(window: string): WindowId {
  const id = windowIds.find((known) => known === window);
  if (id) return id;
  throw new CohortiumError('ARGUMENT_INVALID', `window '${window}' is none; expected one of ${windowIds.join(', ')}`);
}

/** Writes one window of a reply. */
export function writeWindowCsv(reply: WindowReply, window: WindowId, out: string, content: ContentStore): FeatureExport {
  const ref = reply.windows[window];
  const features = ref ? content.getTable(ref) : content.getTable(reply.customers);
  const columns = namedColumns([features, content.getTable(reply.profiles)]);
  const names = columns.map(([name]) => name);
  const file = openSync(out, 'w');
  try {
    writeFileSync(file, `${names.map(csvField).join(',')}\n`);
    for (let start = 0; start < features.rows; start += rowsPerWrite) {
      const lines: string[] = [];
      for (let row = start; row < Math.min(start + rowsPerWrite, features.rows); row++) {
        lines.push(columns.map(([, { values }]) => csvField(String(values[row] ?? ''))).join(','));
      }
      writeFileSync(file, `${lines.join('\n')}\n`);
    }
  } finally {
    closeSync(file);
  }
  return { file: out, customers: features.rows, columns: names };
}

/** The customer first; of two columns with one name, the window's. */
function namedColumns(tables: readonly Table[]): readonly (readonly [string, Column])[] {
  const columns = new Map(tables.toReversed().flatMap((table) => Object.entries(table.columns)));
  const names = new Set(['customerId', ...tables.flatMap((table) => Object.keys(table.columns))]);
  return [...names].flatMap((name) => {
    const found = columns.get(name);
    return found ? [[name, found] as const] : [];
  });
}
