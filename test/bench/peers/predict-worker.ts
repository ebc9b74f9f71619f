/** Predicts a part of shared columns whenever it is told to. */
import { parentPort, workerData } from 'node:worker_threads';

import { bgNbd, type BgNbdParameters, predictTiming } from '../../../skills/cohort/core/clv/index.ts';

export interface PredictTask {
  readonly params: BgNbdParameters;
  readonly horizon: number;
  /** Columns x, tx, T and the prediction, one after another, all of the rows. */
  readonly shared: SharedArrayBuffer;
  readonly rows: number;
  readonly from: number;
  readonly to: number;
}

const { params, horizon, shared, rows, from, to } = workerData as PredictTask; // set by the bench that starts this worker
const column = (index: number): Float64Array => new Float64Array(shared, 8 * (index * rows + from), to - from);

parentPort?.on('message', () => {
  const { expected } = predictTiming(bgNbd, { params }, { x: column(0), tx: column(1), T: column(2) }, { horizon, columns: ['expected'] });
  column(3).set(expected);
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
  parentPort?.postMessage('done');
});
