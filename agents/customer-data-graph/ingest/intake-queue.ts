/**
 * What stands between the doors and the event log: room, counted in bytes and in events, so that a flood is refused before it is
 * in memory. Everything that waits at the same time shares one commit. Keeps nothing itself: what it answered for is on disk.
 */
import { CohortiumError, isCohortiumError } from '../../../skills/sdk/index.ts';
import type { Arrival } from '../../adapters/sqlite/event-log-intake.ts';
import type { AppendReport, SqliteEventLog } from '../../adapters/sqlite/event-log.ts';

export interface IntakeLimits {
  /** Bytes of bodies, unpacked, that may be in memory at once. */
  readonly maxBytes: number;
  /** Events that may wait for the disk at once. */
  readonly maxEvents: number;
}

/** A body of 500 KB becomes some 5 MB of objects, so that this is at most about 200 MB. */
export const defaultIntakeLimits: IntakeLimits = { maxBytes: 16 * 1024 * 1024, maxEvents: 20_000 };

/** Room that one request holds. */
export interface Admission {
  /**
   * Corrects the room to what is needed now that more is known.
   * @throws {CohortiumError} INTAKE_FULL when there is not so much
   */
  resize(bytes: number): void;
  /** Gives the room back; calls after the first do nothing. */
  release(): void;
}

export class IntakeQueue {
  readonly #log: Pick<SqliteEventLog, 'append'>;
  readonly #limits: IntakeLimits;
  #bytes = 0;
  #events = 0;
  /** Deliveries that are tried again, one after the other. */
  #alone: Promise<unknown> = Promise.resolve();
  readonly #atWork = new Set<Promise<unknown>>();

  constructor(log: Pick<SqliteEventLog, 'append'>, limits: IntakeLimits = defaultIntakeLimits) {
    this.#log = log;
    this.#limits = limits;
  }

  /** What is held now. */
  get load(): { readonly bytes: number; readonly events: number } {
    return { bytes: this.#bytes, events: this.#events };
  }

  /**
   * Reserves room for a body before it is read.
   * @param bytes of the body unpacked, or the most that it may be
   * @throws {CohortiumError} INTAKE_FULL
   */
  admit(bytes: number): Admission {
    if (this.#events >= this.#limits.maxEvents) throw full(`${this.#events} events wait for the disk`);
    this.#reserve(bytes);
    let held = bytes;
    let isReleased = false;
    return {
      resize: (needed) => {
        if (isReleased) return;
        if (needed > held) this.#reserve(needed - held);
        else this.#bytes -= held - needed;
        held = needed;
      },
      release: () => {
        if (!isReleased) this.#bytes -= held;
        isReleased = true;
      },
    };
  }

  /**
   * Takes the arrivals of one request; the answer comes after they are on disk.
   * @throws {CohortiumError} INTAKE_FULL, STORE_FULL or STORE_BUSY; then none of them was taken
   */
  async take(arrivals: readonly Arrival[]): Promise<AppendReport> {
    // One request always gets through an empty queue, however many events it has.
    if (this.#events > 0 && this.#events + arrivals.length > this.#limits.maxEvents) {
      throw full(`${this.#events} events wait for the disk`);
    }
    this.#events += arrivals.length;
    const work = this.#append(arrivals);
    this.#atWork.add(work);
    try {
      return await work;
    } finally {
      this.#atWork.delete(work);
      this.#events -= arrivals.length;
    }
  }

  /** Waits for what was taken. */
  async settle(): Promise<void> {
    while (this.#atWork.size > 0) await Promise.allSettled(this.#atWork);
  }

  async #append(arrivals: readonly Arrival[]): Promise<AppendReport> {
    try {
      return await this.#log.append(arrivals);
    } catch (error) {
      if (isCohortiumError(error)) throw error;
      // A defect over one of those that shared the commit: each gets a commit of its own, so that only that one fails.
      const turn = this.#alone.then(() => this.#log.append(arrivals));
      this.#alone = turn.catch(() => undefined);
      return turn;
    }
  }

  #reserve(bytes: number): void {
    if (this.#bytes > 0 && this.#bytes + bytes > this.#limits.maxBytes) throw full(`${this.#bytes} bytes of events are in memory`);
    this.#bytes += bytes;
  }
}

function full(found: string): CohortiumError {
  return new CohortiumError('INTAKE_FULL', `${found}; send this again in a second`);
}
