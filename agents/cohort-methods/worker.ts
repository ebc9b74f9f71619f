/** A thread that computes one window at a time. Reads and writes the content store itself, so that only names cross threads. */
import { parentPort, workerData } from 'node:worker_threads';

import { isCohortiumError } from '../../skills/sdk/index.ts';
import { overlayContent } from '../adapters/files/content-overlay.ts';
import { createContentStore } from '../adapters/files/content-store.ts';
import { computeWindow, keepSignals, type WindowTask } from './window-task.ts';
import type { ContentFolders, TaskReply } from './worker-pool.ts';

const { directory, added } = workerData as ContentFolders; // given by the pool
const store = createContentStore(directory);
const content = keepSignals(added === undefined ? store : overlayContent(store, createContentStore(added)));

parentPort?.on('message', (task: WindowTask) => {
  // eslint-disable-next-line unicorn/require-post-message-target-origin -- a port of worker_threads has no origin
  parentPort?.postMessage(perform(task));
});

function perform(task: WindowTask): TaskReply {
  try {
    return { run: computeWindow(task, content) };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return {
      error: { code: isCohortiumError(error) ? error.code : 'INTERNAL', message, stack: error instanceof Error ? (error.stack ?? '') : '' },
    };
  }
}
