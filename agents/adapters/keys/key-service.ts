/**
 * Asks a key service that answers later, from a place that cannot wait: the vault is opened in the middle of an append. The question is
 * put by a thread of its own; this one stands still until the answer is there. For once at opening, never per record.
 */
import { Worker } from 'node:worker_threads';

import { CohortiumError } from '../../../skills/sdk/index.ts';
import type { KeyQuestion } from './key-service-worker.ts';

/** Bytes of an answer at most: an age file with some hundred recipients. */
const answerBytes = 1 << 18;
/** A service that has not answered by then is unreachable. */
const timeoutMs = 60_000;

/**
 * @returns the bytes of the answer
 * @throws {CohortiumError} KEY_UNAVAILABLE with what the service says
 */
export function askKeyService(question: KeyQuestion): Buffer {
  const shared = new SharedArrayBuffer(8 + answerBytes);
  const state = new Int32Array(shared, 0, 2); // 0 unanswered, 1 answer, 2 refusal; then the length
  const here = import.meta.filename;
  const worker = new Worker(here.replace(/key-service\.(ts|js)$/, 'key-service-worker.$1'), { workerData: { shared, question } });
  worker.unref();
  const isTimedOut = Atomics.wait(state, 0, 0, timeoutMs) === 'timed-out';
  const bytes = Buffer.from(new Uint8Array(shared, 8, state[1]));
  new Uint8Array(shared, 8).fill(0);
  void worker.terminate();
  if (state[0] === 1) return Buffer.from(bytes);
  const said = isTimedOut ? `no answer within ${timeoutMs / 1000} s` : bytes.toString('utf8');
  throw new CohortiumError('KEY_UNAVAILABLE', `${question.who} did not open a key: ${said}`);
}
