/** What the HTTP doors for events can ask of the agent. Types only. */
import type { WireFormat } from '../../../skills/signal-capture/wire/index.ts';
import type { Admission } from './intake-queue.ts';
import type { Source } from './sources.ts';

export type { Admission } from './intake-queue.ts';
export type { Source } from './sources.ts';

export interface EventIntake {
  readonly sources: readonly {
    readonly id: string;
    readonly kind: Source['kind'];
    /** Where the write key stands; null when it came from the environment. */
    readonly keyFile: string | null;
    readonly isNewKey: boolean;
  }[];
  /** Whose key this is; takes the same time for every wrong one. */
  sourceOf(writeKey: string): Source | undefined;
  /**
   * Reserves room for a body before it is read.
   * @param bytes of the body unpacked, or the most that it may be
   * @throws {CohortiumError} INTAKE_FULL
   */
  admit(bytes: number): Admission;
  /**
   * Takes the messages of one request; the answer comes after they are on disk.
   * @throws {CohortiumError} INTAKE_FULL, STORE_FULL or STORE_BUSY; then none of them was taken
   */
  deliver(source: Source, delivery: Delivery): Promise<DeliveryCounts>;
  /**
   * Open entries of the quarantine that this source sent, oldest first.
   * @param after `next` of the page before; 0 for the first
   */
  rejections(source: Source, after: number, limit: number): RejectionPage;
  /** Waits for what is on its way to the disk. */
  settle(): Promise<void>;
}

export interface Delivery {
  readonly messages: readonly unknown[];
  readonly format: WireFormat;
  readonly receivedAtMs: number;
  /** The request carried `Sec-GPC: 1`. */
  readonly hasGlobalPrivacyControl: boolean;
}

/** Messages; their sum is what was sent. */
export interface DeliveryCounts {
  readonly accepted: number;
  readonly duplicates: number;
  readonly quarantined: number;
  /** Messages that say nothing that is stored, such as an identify call without traits. */
  readonly empty: number;
}

export interface RejectionPage {
  readonly rejections: readonly { readonly messageId: string | null; readonly code: string; readonly message: string }[];
  /** Where the next page begins. */
  readonly next: number;
}
