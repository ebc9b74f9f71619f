/** Worksheets in the ledger: figures of everybody together, so that a later one can be held against them and nobody can change them. */
import { canonicalJson, digestOf, type Json } from '../../../../skills/sdk/index.ts';
import type { OpenRecord } from '../../record/record-interface.ts';
import type { Workspace } from '../../workspace.ts';
import type { WorksheetFigures, WorksheetRecord } from './worksheet-interface.ts';

const recordKind = 'worksheet';

/** The same figures are one record, however often they are written. */
export async function recordFigures({ records, ledger }: Workspace, figures: WorksheetFigures): Promise<WorksheetRecord> {
  const body = JSON.parse(canonicalJson({ ...figures })) as Record<string, Json>; // plain JSON, without what is undefined
  const [written] = await records().write(
    [{ kind: recordKind, stream: figures.asOf, subject: null, body }],
    `${recordKind} ${figures.asOf} ${digestOf(body)}`,
  );
  const { index } = written ?? { index: 0 };
  const { treeSize: size, root } = ledger().proof(index);
  return { index, size, root };
}

/** The newest worksheet of the latest day before a day. */
export async function worksheetBefore(
  { records }: Pick<Workspace, 'records'>,
  asOf: string,
): Promise<{ readonly figures: WorksheetFigures; readonly index: number } | null> {
  let newest: { readonly figures: WorksheetFigures; readonly index: number } | null = null;
  for (const { index, body } of await records().ofKind([recordKind])) {
    const figures = figuresOf(body);
    if (!figures || figures.asOf >= asOf) continue;
    if (newest === null || figures.asOf >= newest.figures.asOf) newest = { figures, index };
  }
  return newest;
}

/** Undefined for one that was erased. */
function figuresOf(body: OpenRecord['body']): WorksheetFigures | undefined {
  return body === null ? undefined : (body as unknown as WorksheetFigures); // written above
}
