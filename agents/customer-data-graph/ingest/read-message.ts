/**
 * One message, in whichever of the wire formats, to verdicts: what all doors but mapped files do with it. The registry of signals
 * decides; without one, only signals as they are can be read.
 */
import { validateSignal } from '../../../skills/signal-capture/validate-signal.ts';
import {
  type CompiledSignalRegistry,
  signalsOfMessage,
  type WireArrival,
  type WireFormat,
} from '../../../skills/signal-capture/wire/index.ts';
import { readConsentString } from '../../adapters/iab/consent-strings.ts';

/** Where a message came from. */
export interface MessageOrigin {
  readonly source: string;
  /** Epoch ms; undefined when nobody noted it. */
  readonly receivedAtMs: number | undefined;
}

export type MessageReader = (message: unknown, format: WireFormat, origin: MessageOrigin) => Pick<WireArrival, 'verdicts' | 'surprises'>;

/** @param currency ISO 4217, for amounts that name none */
export function makeMessageReader(registry: CompiledSignalRegistry, currency: string): MessageReader {
  return (message, format, origin) =>
    signalsOfMessage(message, { ...origin, format, registry, defaultCurrency: currency, readConsentString });
}

/** Reads signals by the schemas of their types alone, whatever an operator plans. */
export const readPlainSignal: MessageReader = (message) => ({ verdicts: [validateSignal(message)], surprises: [] });
