/**
 * The closed list of the 25 signal types and the schema of each as it arrives. A signal of another type is refused, never
 * guessed.
 */
import { z } from 'zod';

import { commerceSignals } from './commerce.ts';
import { engagementSignals } from './engagement.ts';
import { emailHash, optionalText, phoneHash, plainId, text } from './signal-parts.ts';
import { standingSignals } from './standing.ts';

/** Every signal type by its id. */
export const signalTypes = { ...commerceSignals, ...engagementSignals, ...standingSignals };

export type SignalType = keyof typeof signalTypes;

export const signalTypeIds = Object.keys(signalTypes) as readonly SignalType[]; // the keys of the literal above

/** True when a text is one of the 25 ids. */
export function isSignalType(value: unknown): value is SignalType {
  return typeof value === 'string' && Object.hasOwn(signalTypes, value);
}

const customer = z
  .strictObject({
    userId: plainId.optional(),
    emailHash: emailHash.optional(),
    loyaltyId: plainId.optional(),
    phoneHash: phoneHash.optional(),
    anonymousId: plainId.optional(),
  })
  .refine((value) => Object.values(value).some((identity) => identity !== undefined), {
    message: 'at least one of userId, emailHash, loyaltyId, phoneHash, anonymousId was expected',
  });

function envelope<Type extends string, Properties extends z.ZodType>(type: Type, properties: Properties) {
  return z.strictObject({
    /** Unique for the sender; a second arrival is dropped. */
    id: text,
    type: z.literal(type),
    customer,
    /** ISO 8601, UTC when it names no zone. */
    at: z.string('an ISO 8601 date or date-time such as 2026-01-31T12:00:00Z was expected'),
    location: optionalText.default(''),
    channel: optionalText.default(''),
    brand: optionalText.default(''),
    properties,
  });
}

/** A signal as it arrives, whatever its type. */
export interface WireSignal {
  readonly id: string;
  readonly type: SignalType;
  readonly customer: {
    readonly userId?: string | undefined;
    readonly emailHash?: string | undefined;
    readonly loyaltyId?: string | undefined;
    readonly phoneHash?: string | undefined;
    readonly anonymousId?: string | undefined;
  };
  readonly at: string;
  readonly location: string;
  readonly channel: string;
  readonly brand: string;
  readonly properties: Readonly<Record<string, unknown>>;
}

/** The whole schema of each type, envelope and properties. */
export const signalSchemas = Object.fromEntries(
  Object.entries(signalTypes).map(([type, definition]) => [type, envelope(type, definition.properties)]),
) as unknown as Readonly<Record<SignalType, z.ZodType<WireSignal>>>; // one entry per type by construction; fromEntries forgets the keys
