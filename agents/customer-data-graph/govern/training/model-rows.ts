/** Reads training tables for one set of windows, each once: several origins and models share the features of a day. */
import type { Ref, SealReport } from '../../../../skills/sdk/index.ts';
import type { DuckdbWarehouse } from '../../../adapters/duckdb/warehouse.ts';
import type { RowsRequest, TrainingRows } from './training-interface.ts';
import { checkCutoff, type RowsPlace, trainingRows } from './training-rows.ts';

type Warehouse = Pick<DuckdbWarehouse, 'buildFeatures' | 'buildWindows'>;

/** The same place, where each question to the warehouse is asked once. */
export function rememberAnswers({ warehouse, content }: RowsPlace): RowsPlace {
  const features = new Map<string, ReturnType<Warehouse['buildFeatures']>>();
  const windows = new Map<string, ReturnType<Warehouse['buildWindows']>>();
  const once = <Answer>(known: Map<string, Promise<Answer>>, key: string, ask: () => Promise<Answer>): Promise<Answer> => {
    const found = known.get(key);
    if (found) return found;
    const answer = ask();
    known.set(key, answer);
    return answer;
  };
  const remembering: Warehouse = {
    buildFeatures: (request, options) =>
      once(features, `${request.snapshot.digest} ${request.asOf} ${request.outcomeDays}`, () =>
        warehouse().buildFeatures(request, options),
      ),
    buildWindows: (request, options) =>
      once(windows, `${request.snapshot.digest} ${request.asOf} ${request.only?.digest ?? ''}`, () =>
        warehouse().buildWindows(request, options),
      ),
  };
  return { warehouse: () => remembering, content };
}

/** Labelled tables by cut-off, each checked against what the log has seen, and each read once. */
export function labelledReader(
  place: RowsPlace,
  windows: Pick<RowsRequest, 'historyMonths' | 'predMonths'> & { readonly snapshot: Ref },
  log: Pick<SealReport, 'firstDate' | 'lastDate'>,
  signal: AbortSignal | undefined,
): (cutoff: string) => Promise<TrainingRows> {
  const known = new Map<string, Promise<TrainingRows>>();
  return async (cutoff) => {
    const found = known.get(cutoff);
    if (found) return found;
    const request: RowsRequest = { ...windows, cutoff, isLabelled: true };
    checkCutoff(request, log);
    signal?.throwIfAborted();
    const rows = trainingRows(place, request, signal);
    known.set(cutoff, rows);
    return rows;
  };
}
