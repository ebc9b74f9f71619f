/**
 * From one message on the wire to signals: Segment-style calls, CloudEvents 1.0, or signals as they are. Pure: no clock, no
 * network. Never throws, whatever arrives; what cannot be a signal is a verdict with a code.
 */
import { validatePlanned } from '../plan/planned-signal.ts';
import { wireCalls } from '../plan/registry-plan.ts';
import { ownValue } from '../plan/wire-path.ts';
import { idText } from './clear-identity.ts';
import { signalsOfCloudEvent } from './cloud-event.ts';
import { signalsOfCall, unnamed } from './segment-message.ts';
import type { WireArrival, WireContext } from './wire-context.ts';

export type { CompiledSignalRegistry } from '../plan/compiled-registry.ts';
export type { Surprise } from '../plan/surprise.ts';
export type { WireArrival, WireContext, WireFormat } from './wire-context.ts';

/**
 * Maps one message.
 * @param message usually parsed JSON; batches are taken apart first, by {@link messagesOfBody}
 */
export function signalsOfMessage(message: unknown, context: WireContext): WireArrival {
  if (context.format === 'segment') return signalsOfCall(message, context);
  if (context.format === 'cloud-event') return signalsOfCloudEvent(message, context);
  const { verdict, surprises } = validatePlanned(message, context.registry);
  const id = idText(ownValue(message, 'id'));
  return id === undefined ? { ...unnamed(verdict, message, context), surprises } : { id, verdicts: [verdict], surprises };
}

/**
 * The messages of one HTTP body: a Segment-style batch gives its messages, each with the `sentAt` and `context` of the batch
 * where it has none of its own; anything else is one message.
 * @param call the call that the path names; it decides over the body's own `type`
 */
export function messagesOfBody(body: unknown, call?: string): readonly unknown[] {
  const batch = ownValue(body, 'batch');
  if (Array.isArray(batch)) {
    const sentAt = ownValue(body, 'sentAt');
    const shared = ownValue(body, 'context');
    return batch.map((message: unknown) => withDefaults(message, sentAt, shared));
  }
  const isCall = wireCalls.some((name) => name === call);
  return [isCall && typeof body === 'object' && body !== null && !Array.isArray(body) ? { ...body, type: call } : body];
}

function withDefaults(message: unknown, sentAt: unknown, shared: unknown): unknown {
  if (typeof message !== 'object' || message === null || Array.isArray(message)) return message;
  const own = ownValue(message, 'context');
  const isShared = typeof shared === 'object' && shared !== null && !Array.isArray(shared);
  return {
    ...message,
    ...(sentAt === undefined || Object.hasOwn(message, 'sentAt') ? {} : { sentAt }),
    ...(isShared && (own === undefined || own === null) ? { context: shared } : {}),
    ...(isShared && typeof own === 'object' && own !== null && !Array.isArray(own) ? { context: { ...shared, ...own } } : {}),
  };
}
