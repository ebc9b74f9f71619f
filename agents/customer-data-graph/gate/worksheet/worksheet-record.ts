/** Worksheets in the ledger: figures of everybody together, so that a later one can be held against them and nobody can change them. */
import { canonicalJson, column, digestOf, makeTable } from '../../../../skills/sdk/index.ts';
import type { Workspace } from '../../workspace.ts';
import type { WorksheetFigures, WorksheetRecord } from './worksheet-interface.ts';

const recordKind = 'worksheet';

/** The same figures are one record, however often they are written. */
export async function recordFigures({ content, ledger }: Workspace, figures: WorksheetFigures): Promise<WorksheetRecord> {
  const body = canonicalJson({ ...figures });
  const key = `${recordKind} ${figures.asOf} ${digestOf(body)}`;
  const records = content.putTable(
    makeTable({ kind: column.text([recordKind]), key: column.text([key]), subject: column.text(['']), body: column.text([body]) }),
  );
  const { firstIndex, size, root } = await ledger().append({ records }, { signal: new AbortController().signal, idempotencyKey: key });
  return { index: firstIndex, size, root };
}

/** The newest worksheet of the latest day before a day. */
export function worksheetBefore(
  { ledger }: Pick<Workspace, 'ledger'>,
  asOf: string,
): { readonly figures: WorksheetFigures; readonly index: number } | null {
  let newest: { readonly figures: WorksheetFigures; readonly index: number } | null = null;
  for (const text of ledger().records()) {
    if (!text.includes(`"kind":"${recordKind}"`)) continue;
    const { body, index, kind } = JSON.parse(text) as { readonly body: WorksheetFigures; readonly index: number; readonly kind: string }; // written above
    if (kind !== recordKind || body.asOf >= asOf) continue;
    if (newest === null || body.asOf >= newest.figures.asOf) newest = { figures: body, index };
  }
  return newest;
}
