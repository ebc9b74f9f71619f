/**
 * From one message on the wire to signals: Segment-style calls, CloudEvents 1.0, or signals as they are. Pure: no clock, no
 * network. Never throws, whatever arrives; what cannot be a signal is a verdict with a code.
 */
import { sha256 } from '../../sdk/index.ts';
import type { CompiledSignalRegistry } from '../plan/compiled-registry.ts';
import type { Surprise } from '../plan/surprise.ts';
import { type SignalVerdict, validateSignal } from '../validate-signal.ts';

export type { CompiledSignalRegistry } from '../plan/compiled-registry.ts';
export type { Surprise } from '../plan/surprise.ts';

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
}

/** What one message became. Its signals are accepted together or not at all; no verdict at all means there is nothing to store. */
export interface WireArrival {
  /** Message id; unique for the sender. */
  readonly id: string;
  /** Signal ids are `<id>`, `<id>#2`, `<id>#3` … */
  readonly verdicts: readonly SignalVerdict[];
  readonly surprises: readonly Surprise[];
}

/**
 * Maps one message.
 * @param message usually parsed JSON; batches are taken apart first, by {@link messagesOfBody}
 */
export function signalsOfMessage(message: unknown, context: WireContext): WireArrival {
  const verdict = validateSignal(message);
  return { id: verdict.ok ? verdict.signal.id : sha256(`${context.source} ${verdict.message}`), verdicts: [verdict], surprises: [] };
}

/**
 * The messages of one HTTP body: a Segment-style batch gives its messages, each with the `sentAt` and `context` of the batch;
 * anything else is one message.
 * @param call the call that the path names, for bodies that do not say their `type`
 */
export function messagesOfBody(body: unknown, call?: string): readonly unknown[] {
  return call === undefined || body === null ? [body] : [body];
}
