/**
 * The doors' way in for messages of SDKs and for CloudEvents: whose key it is, whether there is room, what each message becomes,
 * and what was rejected. Every message ends as accepted, duplicate, quarantined or without content, and is counted as one of them.
 */
import { join } from 'node:path';

import { parseIsoInstant } from '../../../skills/signal-capture/core/civil-date.ts';
import type { CompiledSignalRegistry } from '../../../skills/signal-capture/wire/index.ts';
import { signalsOfMessage } from '../../../skills/signal-capture/wire/index.ts';
import { readConsentString } from '../../adapters/iab/consent-strings.ts';
import type { Arrival } from '../../adapters/sqlite/event-log-intake.ts';
import type { SqliteEventLog } from '../../adapters/sqlite/event-log.ts';
import type { Workspace } from '../workspace.ts';
import type { Delivery, DeliveryCounts, EventIntake, RejectionPage } from './event-intake-interface.ts';
import { defaultIntakeLimits, type IntakeLimits, IntakeQueue } from './intake-queue.ts';
import { formOf } from './message-form.ts';
import { readSources, type Source, SourceKeys } from './sources.ts';
import { beginningOf, jsonSizeBound, withheldText } from './withheld-text.ts';

/** Bytes of JSON that one message may have. */
export const maxMessageBytes = 32 * 1024;

const hourMs = 3_600_000;

export interface EventIntakeDeps {
  readonly log: Pick<SqliteEventLog, 'append' | 'note' | 'quarantine'>;
  readonly keys: SourceKeys;
  readonly registry: CompiledSignalRegistry;
  /** Operator's currency, ISO 4217. */
  readonly currency: string;
  readonly limits?: IntakeLimits;
}

export function openEventIntake(deps: EventIntakeDeps): EventIntake {
  const queue = new IntakeQueue(deps.log, deps.limits ?? defaultIntakeLimits);
  return {
    sources: deps.keys.sources.map(({ source: { id, kind }, keyFile, isNewKey }) => ({ id, kind, keyFile, isNewKey })),
    sourceOf: (writeKey) => deps.keys.sourceOf(writeKey),
    admit: (bytes) => queue.admit(bytes),
    deliver: (source, delivery) => deliver(source, delivery, deps, queue),
    rejections: (source, after, limit) => rejections(source, after, limit, deps.log),
    settle: () => queue.settle(),
  };
}

/**
 * The intake of an operator directory.
 * @throws {CohortiumError} SOURCE_INVALID when a declaration or a write key is not acceptable
 */
export function openWorkspaceIntake({ paths, config, eventLog, signalRegistry }: Workspace): EventIntake {
  const keys = new SourceKeys(readSources(join(paths.registries, 'sources')), join(paths.state, 'keys'), process.env);
  // Asked for at every use: an erasure closes the log and opens it anew.
  const log: EventIntakeDeps['log'] = {
    append: (arrivals) => eventLog().append(arrivals),
    note: (surprises) => eventLog().note(surprises),
    quarantine: (filter, after, limit) => eventLog().quarantine(filter, after, limit),
  };
  return openEventIntake({ log, keys, registry: signalRegistry(), currency: config.currency });
}

async function deliver(source: Source, delivery: Delivery, deps: EventIntakeDeps, queue: IntakeQueue): Promise<DeliveryCounts> {
  const arrivals: Arrival[] = [];
  for (const message of delivery.messages) {
    const arrival = arrivalOf(message, source, delivery, deps);
    if (arrival.verdicts.length > 0) arrivals.push(arrival);
    else deps.log.note(arrival.surprises ?? []);
  }
  const { accepted, duplicates, quarantined } = await queue.take(arrivals);
  return { accepted, duplicates, quarantined, empty: delivery.messages.length - arrivals.length };
}

function arrivalOf(message: unknown, source: Source, delivery: Delivery, deps: EventIntakeDeps): Arrival {
  // The place in a batch is not noted: sent again, the same message may stand elsewhere, and is the same all the same.
  const arrival = { source: source.id, line: 1, form: formOf(delivery) };
  const bound = jsonSizeBound(message);
  if (bound > maxMessageBytes) {
    const isDeep = bound === Number.POSITIVE_INFINITY;
    const bytes = isDeep ? 0 : Buffer.byteLength(JSON.stringify(message));
    if (isDeep || bytes > maxMessageBytes) {
      const wanted = isDeep ? 'at most 100 levels of nesting were' : `at most ${maxMessageBytes} bytes were`;
      const found = isDeep ? 'more' : bytes;
      return {
        ...arrival,
        raw: () => beginningOf(message),
        verdicts: [{ ok: false, code: 'SIGNAL_TOO_LARGE', message: `${wanted} expected in an event; found ${found}` }],
      };
    }
  }
  return { ...arrival, raw: () => withheldText(message), ...readDelivered(message, source, delivery, deps) };
}

/** What one message of a source says; the same when it is read again from the quarantine. */
export function readDelivered(
  message: unknown,
  source: Source,
  { format, receivedAtMs, hasGlobalPrivacyControl }: Omit<Delivery, 'messages'>,
  { registry, currency }: Pick<EventIntakeDeps, 'registry' | 'currency'>,
): Pick<Arrival, 'verdicts' | 'surprises'> {
  const { verdicts, surprises } = signalsOfMessage(message, {
    receivedAtMs: receiptOf(message, receivedAtMs),
    source: source.id,
    format,
    registry,
    defaultCurrency: source.currency ?? currency,
    hasGlobalPrivacyControl,
    readConsentString,
  });
  return { verdicts: placed(verdicts, source), surprises };
}

/**
 * Receipt as if it took whole hours from sending to receiving. How late a message is says how wrong its sender's clock is, but also
 * how often it was sent: the hours alone say the first, so that a message which is sent again says the same as before.
 */
function receiptOf(message: unknown, receivedAtMs: number): number {
  const sentAt: unknown = typeof message === 'object' && message !== null && 'sentAt' in message ? message.sentAt : undefined;
  if (typeof sentAt !== 'string') return receivedAtMs;
  // As the time of the message is read: without a zone it is UTC, wherever this machine stands.
  if (lastSent.text !== sentAt) lastSent = { text: sentAt, ms: parseIsoInstant(sentAt.trim()) };
  const { ms } = lastSent;
  return ms === undefined ? receivedAtMs : ms + Math.round((receivedAtMs - ms) / hourMs) * hourMs;
}

/** Read once for the messages of a batch, which all have the same. */
let lastSent: { readonly text: string; readonly ms: number | undefined } = { text: '', ms: undefined };

/** Fills in where the source is, for signals that do not say. */
function placed(verdicts: Arrival['verdicts'], { location, channel, brand }: Source): Arrival['verdicts'] {
  if (location === undefined && channel === undefined && brand === undefined) return verdicts;
  const or = (said: string, usual: string | undefined): string => (said === 'unknown' ? (usual ?? said) : said);
  return verdicts.map((verdict) => {
    if (!verdict.ok) return verdict;
    const { signal } = verdict;
    const cell = { location: or(signal.location, location), channel: or(signal.channel, channel), brand: or(signal.brand, brand) };
    return { ...verdict, signal: { ...signal, ...cell } };
  });
}

function rejections(source: Source, after: number, limit: number, log: EventIntakeDeps['log']): RejectionPage {
  const entries = log.quarantine({ status: 'open', source: source.id }, after, limit);
  return {
    rejections: entries.map(({ code, message, raw }) => ({ messageId: messageIdOf(raw), code, message })),
    next: entries.at(-1)?.seq ?? after,
  };
}

function messageIdOf(raw: string): string | null {
  try {
    const message: unknown = JSON.parse(raw);
    if (typeof message !== 'object' || message === null) return null;
    const id: unknown = 'messageId' in message ? message.messageId : 'id' in message ? message.id : undefined;
    return typeof id === 'string' ? id : null;
  } catch {
    return null; // longer than what the quarantine keeps
  }
}
