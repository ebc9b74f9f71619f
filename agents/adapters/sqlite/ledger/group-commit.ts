/**
 * Callers share transactions: who comes while one is being written waits for the next, and everyone who waited is in it. A call that
 * is too large for one is written in several; an idempotency key tells it when it comes again. One group at a time; a group that
 * cannot be written fails all who are in it, and the next one begins from what is in the file.
 */
import type { Written } from './receipts.ts';
import { groupRecords, type RecordRows } from './record-rows.ts';

export interface Call {
  readonly rows: RecordRows;
  readonly signal: AbortSignal;
  readonly key: Buffer;
  /** Keyed commitment to the records. */
  readonly digest: Buffer;
  readonly effect: string;
  /** Whether the service signs a statement about it. */
  readonly isAttested: boolean;
  /** First row that is not written yet. */
  next: number;
  readonly records: Int32Array;
  readonly items: Int32Array;
}

export interface Part {
  readonly call: Call;
  readonly from: number;
  readonly to: number;
}

/**
 * What became of the calls of a group, by call: a receipt, an error, or undefined for one that goes on.
 * Throws when nothing of the group was written.
 */
export type WriteGroup = (parts: readonly Part[]) => Promise<ReadonlyMap<Call, Written | Error>>;

interface Waiting {
  readonly call: Call;
  readonly resolve: (written: Written) => void;
  readonly reject: (error: unknown) => void;
}

export class GroupCommit {
  readonly #write: WriteGroup;
  #queue: Waiting[] = [];
  #running: Promise<void> | undefined;

  constructor(write: WriteGroup) {
    this.#write = write;
  }

  add(call: Call): Promise<Written> {
    return new Promise((resolve, reject) => {
      this.#queue.push({ call, resolve, reject });
      this.#running ??= this.#run();
    });
  }

  /** Resolves when nobody waits any more. */
  async settled(): Promise<void> {
    await this.#running;
  }

  get isIdle(): boolean {
    return this.#running === undefined;
  }

  async #run(): Promise<void> {
    while (this.#queue.length > 0) {
      // Who was answered just now has its next call in before the group is closed.
      await new Promise<void>((resolve) => setImmediate(resolve));
      const group = this.#takeGroup();
      if (group.length === 0) continue;
      let answers: ReadonlyMap<Call, Written | Error>;
      try {
        answers = await this.#write(group.map(({ part }) => part));
      } catch (error) {
        for (const { waiting } of group) waiting.reject(error);
        this.#drop(new Set(group.map(({ waiting }) => waiting)));
        continue;
      }
      for (const { waiting } of group) {
        const answer = answers.get(waiting.call);
        if (answer instanceof Error) waiting.reject(answer);
        else if (answer) waiting.resolve(answer);
      }
      this.#drop(new Set(group.map(({ waiting }) => waiting)));
      // What goes on lets those through who came meanwhile.
      this.#queue.push(...group.filter(({ waiting }) => !answers.has(waiting.call)).map(({ waiting }) => waiting));
    }
    this.#running = undefined;
  }

  #drop(done: ReadonlySet<Waiting>): void {
    this.#queue = this.#queue.filter((waiting) => !done.has(waiting));
  }

  /** In the order of arrival; a call that was cancelled meanwhile is not written. */
  #takeGroup(): readonly { readonly waiting: Waiting; readonly part: Part }[] {
    const cancelled = this.#queue.filter(({ call }) => call.signal.aborted);
    for (const { call, reject } of cancelled) reject(call.signal.reason);
    this.#drop(new Set(cancelled));
    const group: { readonly waiting: Waiting; readonly part: Part }[] = [];
    let records = 0;
    for (const waiting of this.#queue) {
      if (records >= groupRecords) break;
      const from = waiting.call.next;
      const to = endOfPart(waiting.call.rows, from, groupRecords - records);
      group.push({ waiting, part: { call: waiting.call, from, to } });
      records += to - from;
    }
    return group;
  }
}

/** A part ends where a batch does. */
function endOfPart({ batches, count }: RecordRows, from: number, atMost: number): number {
  let end = Math.min(count, from + Math.max(1, atMost));
  while (end < count && batches[end] !== -1 && batches[end] === batches[end - 1]) end++;
  return end;
}
