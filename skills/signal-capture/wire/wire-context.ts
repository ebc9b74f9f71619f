/** What mapping a message needs to know, and what it answers. */
import type { CompiledSignalRegistry } from '../plan/compiled-registry.ts';
import type { Surprise } from '../plan/surprise.ts';
import type { SignalVerdict } from '../validate-signal.ts';
import type { ConsentStringReader } from './consent-string.ts';

export type WireFormat = 'segment' | 'cloud-event' | 'signal';

export interface WireContext {
  /** When the message came in, epoch ms. Undefined when nobody noted it (an old file): then clocks are not corrected. */
  readonly receivedAtMs: number | undefined;
  /** Who sent it; part of the ids that are made for messages without one. */
  readonly source: string;
  readonly format: WireFormat;
  readonly registry: CompiledSignalRegistry;
  /** ISO 4217, for amounts that name no currency. */
  readonly defaultCurrency: string;
  /** The request carried `Sec-GPC: 1`. */
  readonly hasGlobalPrivacyControl?: boolean;
  /** Reads IAB GPP and TCF strings; a message that carries one is refused where nobody can. */
  readonly readConsentString?: ConsentStringReader;
}

/** What one message became. Its signals are accepted together or not at all; no verdict at all means there is nothing to store. */
export interface WireArrival {
  /** Message id; unique for the sender. */
  readonly id: string;
  /** Signal ids are `<id>`, `<id>#2`, `<id>#3` … */
  readonly verdicts: readonly SignalVerdict[];
  readonly surprises: readonly Surprise[];
}
