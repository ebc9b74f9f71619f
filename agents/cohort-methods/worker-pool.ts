/**
 * Threads that compute windows: as many as there are processors, started when there is work for them, kept for the next definition,
 * ended at once when the work is cancelled.
 */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';

import { CohortiumError, type ErrorCode, type Ref } from '../../skills/sdk/index.ts';
import type { WindowTask } from './window-task.ts';

export type TaskReply =
  | { readonly run: Ref }
  | { readonly error: { readonly code: ErrorCode; readonly message: string; readonly stack: string } };

export interface ContentFolders {
  /** Of the content store. */
  readonly directory: string;
  /** Where new objects go instead; the same folder when absent. */
  readonly added?: string;
}

export interface WorkerPool {
  /**
   * Results in the order of the tasks; `onDone` is told as each one is there.
   * @throws {CohortiumError} RUN_CANCELLED when the signal aborts, and what a task throws
   */
  readonly run: (tasks: readonly WindowTask[], signal: AbortSignal, onDone: (index: number, run: Ref) => void) => Promise<readonly Ref[]>;
  readonly close: () => Promise<void>;
}

/** From source it is TypeScript, in the package JavaScript. */
const workerFile = new URL(import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js', import.meta.url);

/** @param most workers at a time */
export function createWorkerPool(folders: ContentFolders, most = availableParallelism()): WorkerPool {
  let idle: Worker[] = [];
  const all = new Set<Worker>();

  const start = (): Worker => {
    const worker = new Worker(workerFile, { workerData: folders });
    // An idle pool does not keep the process alive.
    worker.unref();
    all.add(worker);
    worker.on('exit', () => {
      all.delete(worker);
      idle = idle.filter((one) => one !== worker);
    });
    return worker;
  };

  const end = async (workers: Iterable<Worker>): Promise<void> => {
    await Promise.all([...workers].map((worker) => worker.terminate()));
  };

  /** Gives one worker one task after the other until none is left. */
  const drive = async (
    worker: Worker,
    busy: Set<Worker>,
    signal: AbortSignal,
    next: () => readonly [number, WindowTask] | undefined,
    done: (index: number, run: Ref) => void,
  ): Promise<void> => {
    busy.add(worker);
    for (let task = next(); task; task = next()) done(task[0], await ask(worker, task[1]));
    // It is being ended; the next run must not get it.
    if (signal.aborted) return;
    busy.delete(worker);
    idle.push(worker);
  };

  return {
    async run(tasks, signal, onDone) {
      signal.throwIfAborted();
      const results = new Map<number, Ref>();
      // The longest windows first, so that the last worker does not begin with one.
      const waiting = [...tasks.entries()].reverse();
      const next = (): readonly [number, WindowTask] | undefined => (signal.aborted ? undefined : waiting.shift());
      const done = (index: number, run: Ref): void => {
        results.set(index, run);
        onDone(index, run);
      };
      // Only workers of this run: another computation may be using the rest.
      const busy = new Set<Worker>();
      const stop = (): void => void end(busy);
      signal.addEventListener('abort', stop, { once: true });
      try {
        const workers = Array.from({ length: Math.min(most, tasks.length) }, () => idle.pop() ?? start());
        await Promise.all(workers.map((worker) => drive(worker, busy, signal, next, done)));
        if (signal.aborted) throw new CohortiumError('RUN_CANCELLED', `cancelled after ${results.size} of ${tasks.length} windows`);
        return tasks.map((_, index) => {
          const run = results.get(index);
          if (!run) throw new CohortiumError('INTERNAL', `window ${index} was never computed`);
          return run;
        });
      } catch (error) {
        // Other workers may be in the middle of a window that nobody waits for any more.
        await end(busy);
        if (signal.aborted)
          throw new CohortiumError('RUN_CANCELLED', `cancelled after ${results.size} of ${tasks.length} windows`, { cause: error });
        throw error;
      } finally {
        signal.removeEventListener('abort', stop);
      }
    },
    close: async () => end(all),
  };
}

function ask(worker: Worker, task: WindowTask): Promise<Ref> {
  return new Promise((resolve, reject) => {
    const settle = (): void => {
      worker.off('message', onMessage);
      worker.off('error', onError);
      worker.off('exit', onExit);
      worker.unref();
    };
    const onMessage = (reply: TaskReply): void => {
      settle();
      if ('run' in reply) resolve(reply.run);
      else {
        const where = `${task.definition.id}/${task.window}`;
        reject(new CohortiumError(reply.error.code, `${where}: ${reply.error.message}`, { cause: new Error(reply.error.stack) }));
      }
    };
    const onError = (error: unknown): void => {
      settle();
      reject(error instanceof Error ? error : new Error(String(error)));
    };
    const onExit = (code: number): void => {
      settle();
      reject(
        new CohortiumError('EFFECT_FAILED', `the worker of ${task.definition.id}/${task.window} ended with ${code} before it answered`),
      );
    };
    worker.ref();
    worker.on('message', onMessage);
    worker.on('error', onError);
    worker.on('exit', onExit);
    // eslint-disable-next-line unicorn/require-post-message-target-origin -- a port of worker_threads has no origin
    worker.postMessage(task);
  });
}
