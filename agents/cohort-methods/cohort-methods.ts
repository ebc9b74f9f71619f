/**
 * The port `cohortMethods`: fits and assigns a definition in its windows, several at a time. Finished windows are found again by what
 * they depend on, so a computation that was killed goes on where it stopped. The number of workers changes no result.
 */
import { join } from 'node:path';

import { type CohortDefinition, definitionSchema } from '../../skills/cohort/definitions/definition.ts';
import { type MoneyUnit, previousRefs } from '../../skills/cohort/runs/index.ts';
import { type CohortMethods, CohortiumError, type ContentStore, type Digest, type Json, type Ref } from '../../skills/sdk/index.ts';
import { assignDefinition } from './assign-definition.ts';
import { createFinishedRuns } from './finished-runs.ts';
import { fingerprintOf, inputsOf, type WindowTask } from './window-task.ts';
import { createWorkerPool, type WorkerPool } from './worker-pool.ts';

/** A window of a definition that is there. */
export interface WindowProgress {
  readonly definition: string;
  readonly window: string;
  /** Windows of this definition that are there, and all of them. */
  readonly done: number;
  readonly windows: number;
  /** False where it was found from before. */
  readonly isComputed: boolean;
}

export interface CohortMethodsOptions {
  /** State folder; the content store is `content` in it. */
  readonly directory: string;
  readonly content: ContentStore;
  /** What amounts are in. */
  readonly money: MoneyUnit;
  /** Threads at most; as many as processors by default. */
  readonly workers?: number;
  /** For a replay: folder that new objects go to. Nothing finished is looked for or noted then. */
  readonly added?: string;
}

export interface ThreadedCohortMethods extends CohortMethods {
  /** @returns stops listening */
  readonly onWindow: (listener: (progress: WindowProgress) => void) => () => void;
  /** Computes everything again while the work goes on, whatever is finished: for a replay. */
  readonly afresh: <T>(work: () => Promise<T>) => Promise<T>;
  readonly close: () => Promise<void>;
}

/** @throws {CohortiumError} from compute and assign: ARGUMENT_INVALID for a definition that is none, CONTENT_NOT_FOUND, RUN_CANCELLED */
export function createCohortMethods({ directory, content, money, workers, added }: CohortMethodsOptions): ThreadedCohortMethods {
  const finished = createFinishedRuns(join(directory, 'cohort-runs'), content);
  const listeners = new Set<(progress: WindowProgress) => void>();
  let pool: WorkerPool | undefined;
  const isReplay = added !== undefined;
  let isAfresh = isReplay;
  const openPool = (): WorkerPool =>
    (pool ??= createWorkerPool({ directory: join(directory, 'content'), ...(added === undefined ? {} : { added }) }, workers));

  /** The run before may be this very one, published already: computing on top of it would only renumber nothing. */
  const findFinished = (task: WindowTask, print: Digest | undefined): Ref | null => {
    const before = previousRefs(content, task.previous, task.definition.id, task.window)?.run;
    const same = before && finished.find(inputsOf(task));
    return same && same.digest === before.digest ? same : print ? finished.find(print) : null;
  };

  const compute: CohortMethods['compute'] = async ({ definition: given, ...request }, { signal }) => {
    signal.throwIfAborted();
    const definition = parseDefinition(given);
    const tasks = definition.windows.map((window): WindowTask => ({ definition, window, money, ...request }));
    const prints = tasks.map((task) => fingerprintOf(task, content));
    const runs: (Ref | null)[] = tasks.map((task, index) => (isAfresh ? null : findFinished(task, prints[index])));
    const tell = (index: number, isComputed: boolean): void => {
      const done = runs.filter((run) => run !== null).length;
      for (const listener of listeners) {
        listener({ definition: definition.id, window: definition.windows[index] ?? '', done, windows: tasks.length, isComputed });
      }
    };
    for (const [index, run] of runs.entries()) if (run) tell(index, false);
    const missing = [...tasks.entries()].filter(([index]) => runs[index] === null);
    await (missing.length === 0
      ? undefined
      : openPool().run(
          missing.map(([, task]) => task),
          signal,
          (place, run) => {
            const index = missing[place]?.[0] ?? 0;
            const [task, print] = [tasks[index], prints[index]];
            if (task && print && !isReplay) {
              finished.add(print, run);
              finished.add(inputsOf(task), run);
            }
            runs[index] = run;
            tell(index, true);
          },
        ));
    return { runs: content.putJson(runs) };
  };

  const assign: CohortMethods['assign'] = async ({ definitions, ...request }, { signal }) => {
    const found = [];
    for (const given of definitions) {
      signal.throwIfAborted();
      found.push(...assignDefinition(parseDefinition(given), request, content, money));
    }
    const runs = found.flatMap((one) => ('run' in one ? [one.run] : []));
    const waiting = found.flatMap((one) => ('why' in one ? [one] : []));
    return { runs: content.putJson(runs), waiting: content.putJson(waiting) };
  };

  return {
    compute,
    assign,
    onWindow(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async afresh(work) {
      isAfresh = true;
      try {
        return await work();
      } finally {
        isAfresh = isReplay;
      }
    },
    close: async () => pool?.close(),
  };
}

function parseDefinition(given: Json): CohortDefinition {
  const parsed = definitionSchema.safeParse(given);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new CohortiumError(
    'ARGUMENT_INVALID',
    `the cohort definition is not acceptable: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`,
  );
}
