/**
 * Delivery to subscribers, at least once and in order: outbox.db keeps every message until its subscriber acknowledged it or it
 * is given up. A crash between sending and acknowledging sends again under the same id. Refuses messages for a subscriber or
 * purpose that nobody declared.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

import type { Subscriber, WebhookSubscriber } from '../../../registries/subscribers/subscriber.ts';
import {
  type Clock,
  CohortiumError,
  type ContentStore,
  type DeliveryReport,
  isCohortiumError,
  type Ref,
  textColumn,
  type Transport,
  unexpectedWords,
} from '../../../skills/sdk/index.ts';
import { type AttemptResult, sendWebhook } from '../webhook/send-webhook.ts';
import { ErasureMessages } from './erase-messages.ts';
import { type Database, explainSqlite, openDatabase } from './open-database.ts';
import { OptOutMessages, optOutSchema } from './outbox-opt-outs.ts';
import { attemptsAllowed, nextWaitMs } from './outbox-schedule.ts';
import { admitWithheld, type MessageRow, MessageStore, outboxSchema } from './outbox-store.ts';

export interface DeliveredMessage {
  /** Stays the same in every attempt. */
  readonly messageId: string;
  readonly body: string;
}

/** Whether a message may leave as it is; `rewrite` has what may still leave of it. */
export type Screening =
  | { readonly kind: 'send' }
  | { readonly kind: 'rewrite'; readonly body: string }
  | { readonly kind: 'withhold'; readonly reason: string };

/** Who answered, and what became of a message for good. */
export interface SettledAs {
  readonly subscriber: string;
  readonly state: 'acknowledged' | 'dead';
}

/** An in-process subscriber: true acknowledges, false refuses for good, a throw asks for another attempt. */
export type MessageHandler = (message: DeliveredMessage) => boolean | Promise<boolean>;

export interface OutboxOptions {
  /** State folder; outbox.db is made in it. */
  readonly directory: string;
  readonly content: ContentStore;
  /** For the retry schedule. */
  readonly clock: Clock;
  readonly subscribers: readonly Subscriber[];
  /** Secret of a webhook subscriber that names no environment variable: `whsec_…`. */
  readonly secretOf: (subscriber: string) => string;
  /** One for each in-process subscriber. */
  readonly handlers?: Readonly<Record<string, MessageHandler>>;
  /** Where `secretEnv` is looked up. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Subscribers that are served at the same time; one message of each. */
  readonly concurrency?: number;
  /** Looks at each message before an attempt. One that cannot be looked at does not leave. */
  readonly screen?: (message: DeliveredMessage & { readonly subscriber: string }, signal: AbortSignal) => Promise<Screening>;
  /** Writes down how a message ended, before its text is let go of; where that fails, the message is tried again. */
  readonly record?: (message: DeliveredMessage & SettledAs, signal: AbortSignal) => Promise<void>;
  /** Enqueues what has to follow values that left, such as opt-outs; called before and after everything due was attempted. */
  readonly propagate?: (outbox: Pick<SqliteOutbox, 'optOuts'>, signal: AbortSignal) => Promise<void>;
}

export interface DeadLetter {
  readonly messageId: string;
  readonly subscriber: string;
  readonly sequence: number;
  readonly attempts: number;
  /** Why it was given up. */
  readonly code: string;
  readonly reason: string;
}

export interface SqliteOutbox extends Transport {
  /** Attempts everything that is due, whoever enqueued it. */
  readonly deliverDue: (signal: AbortSignal) => Promise<void>;
  /** Makes every pending message due now, whatever its schedule says. */
  readonly hasten: () => void;
  /** How all messages stand. */
  readonly counts: () => { readonly acknowledged: number; readonly pending: number; readonly dead: number; readonly withheld: number };
  /** Opt-outs that follow values to whoever received them. */
  readonly optOuts: OptOutMessages;
  /** Demands to erase whom subscribers have received. */
  readonly erasures: ErasureMessages;
  /** Messages that were given up, by subscriber and order. Their text stays in outbox.db. */
  readonly deadLetters: () => readonly DeadLetter[];
  /** Makes dead letters due again from the start of the schedule; a disabled subscriber is enabled. @returns how many */
  readonly requeue: (messageIds: readonly string[]) => number;
  readonly close: () => void;
}

/** @throws {CohortiumError} SUBSCRIBER_INVALID when an in-process subscriber has no handler; STORE_* as the disk says */
export function createOutbox(options: OutboxOptions): SqliteOutbox {
  for (const { id, kind } of options.subscribers) {
    if (kind === 'in-process' && !options.handlers?.[id]) {
      throw new CohortiumError('SUBSCRIBER_INVALID', `subscriber '${id}' is in-process, but this process has nobody to hand messages to`);
    }
  }
  mkdirSync(options.directory, { recursive: true });
  const path = join(options.directory, 'outbox.db');
  const database = openDatabase(path, outboxSchema);
  explainSqlite(path, () => {
    admitWithheld(database);
    database.exec(optOutSchema);
  });
  return new Outbox(database, path, options);
}

class Outbox implements SqliteOutbox {
  readonly #database: Database;
  readonly #path: string;
  readonly #options: OutboxOptions;
  readonly #messages: MessageStore;
  readonly optOuts: OptOutMessages;
  readonly erasures: ErasureMessages;
  readonly #subscribers: ReadonlyMap<string, Subscriber>;
  /** One delivery at a time, or two would send the same message. */
  #delivery: Promise<unknown> = Promise.resolve();

  constructor(database: Database, path: string, options: OutboxOptions) {
    this.#database = database;
    this.#path = path;
    this.#options = options;
    this.#messages = new MessageStore(database);
    this.optOuts = new OptOutMessages(database, this.#messages);
    this.erasures = new ErasureMessages(database, this.#messages);
    this.#subscribers = new Map(options.subscribers.map((subscriber) => [subscriber.id, subscriber]));
  }

  /**
   * Message ids tell messages apart; the idempotency key of the call, whether its answer was given before.
   * @throws {CohortiumError} SUBSCRIBER_INVALID for an undeclared subscriber or purpose; then nothing was enqueued
   */
  readonly enqueue: Transport['enqueue'] = async ({ emissions }, { signal, idempotencyKey }) => {
    signal.throwIfAborted();
    const table = this.#options.content.getTable(emissions);
    const [ids, bodies] = [textColumn(table, 'messageId'), textColumn(table, 'body')];
    const messages = textColumn(table, 'subscriber').map((subscriber, row) => {
      const body = bodies[row] ?? '';
      this.#refuseUndeclared(subscriber, body);
      return { subscriber, messageId: ids[row] ?? '', body };
    });
    return explainSqlite(this.#path, () => this.#messages.add(messages, idempotencyKey));
  };

  /** @throws the signal's reason when it was aborted; what was acknowledged until then stays acknowledged */
  readonly deliver: Transport['deliver'] = async ({ emissions }, { signal }) => {
    await this.deliverDue(signal);
    return this.#report(emissions);
  };

  readonly deliverDue = (signal: AbortSignal): Promise<void> => {
    const delivery = this.#delivery.catch(() => {}).then(() => this.#deliverDue(signal));
    this.#delivery = delivery;
    return delivery;
  };

  readonly hasten = (): void => explainSqlite(this.#path, () => this.#messages.hasten());

  readonly counts = (): ReturnType<SqliteOutbox['counts']> => this.#messages.counts();

  readonly deadLetters = (): readonly DeadLetter[] =>
    this.#messages.dead().map(({ id, subscriber, sequence, attempts, code, reason }) => ({
      messageId: id,
      subscriber,
      sequence,
      attempts,
      code,
      reason,
    }));

  readonly requeue = (messageIds: readonly string[]): number => explainSqlite(this.#path, () => this.#messages.revive(messageIds));

  readonly close = (): void => {
    this.#database.close();
  };

  #refuseUndeclared(id: string, body: string): void {
    const subscriber = this.#subscribers.get(id);
    if (!subscriber) {
      const known = [...this.#subscribers.keys()].join(', ') || 'nobody';
      const message = `a message is for '${id}', which registries/subscribers does not declare; declared: ${known}; nothing was enqueued`;
      throw new CohortiumError('SUBSCRIBER_INVALID', message);
    }
    const purpose = purposeOf(body);
    if (purpose !== undefined && !subscriber.purposes.includes(purpose)) {
      const message = `a message for '${id}' has purpose '${purpose}', but it is declared for ${subscriber.purposes.join(', ')}; nothing was enqueued`;
      throw new CohortiumError('SUBSCRIBER_INVALID', message);
    }
  }

  async #deliverDue(signal: AbortSignal): Promise<void> {
    await this.#options.propagate?.(this, signal);
    await this.#attemptDue(signal);
    if (!this.#options.propagate) return;
    // What was refused while values were leaving follows them at once.
    const before = this.#messages.counts().pending;
    await this.#options.propagate(this, signal);
    if (this.#messages.counts().pending > before) await this.#attemptDue(signal);
  }

  /** Subscribers side by side, the messages of each one after the other. */
  async #attemptDue(signal: AbortSignal): Promise<void> {
    const waiting = this.#messages.subscribersWithPending();
    const work = async (): Promise<void> => {
      for (let id = waiting.shift(); id !== undefined; id = waiting.shift()) await this.#serve(id, signal);
    };
    const workers = Array.from({ length: Math.max(this.#options.concurrency ?? 8, 1) }, work);
    // Everybody finishes what is in flight before a failure is told, so that no answer comes after the database is closed.
    const failed = (await Promise.allSettled(workers)).find((result) => result.status === 'rejected');
    if (failed) throw failed.reason;
  }

  async #serve(id: string, signal: AbortSignal): Promise<void> {
    const subscriber = this.#subscribers.get(id);
    const disabled = this.#messages.disabledReason(id);
    if (!subscriber || disabled !== undefined) {
      const reason = disabled === undefined ? `subscriber '${id}' is no longer declared` : `subscriber '${id}' is disabled: ${disabled}`;
      this.#messages.buryPending(id, disabled === undefined ? 'SUBSCRIBER_INVALID' : 'EMISSION_REJECTED', reason);
      return;
    }
    for (;;) {
      signal.throwIfAborted();
      const message = this.#messages.head(id);
      if (!message || message.due_ms > this.#options.clock.now()) return;
      const cleared = await this.#clear(message, signal);
      if (cleared === 'withheld') continue;
      if (typeof cleared === 'object') explainSqlite(this.#path, () => this.optOuts.begin(message.subscriber, cleared.body));
      const result = cleared === 'unclear' ? unclear : await this.#attempt(subscriber, { ...message, body: cleared.body }, signal);
      if (typeof cleared === 'object') await this.#record({ ...message, body: cleared.body }, result, signal);
      explainSqlite(this.#path, () => this.#messages.together(() => this.#settle(message, result)));
      // The order of a subscriber is kept: what comes later waits with the message that is to be tried again.
      if (result.outcome === 'retry' && this.#messages.get(message.id)?.state === 'pending') return;
      if (result.outcome === 'gone') return;
    }
  }

  /** What may leave of a message now. */
  async #clear(message: MessageRow, signal: AbortSignal): Promise<{ readonly body: string } | 'withheld' | 'unclear'> {
    const { id: messageId, subscriber, body } = message;
    let screening: Screening;
    try {
      screening = (await this.#options.screen?.({ messageId, subscriber, body }, signal)) ?? { kind: 'send' };
    } catch (error) {
      if (signal.aborted) throw error;
      return 'unclear';
    }
    if (screening.kind === 'send') return { body };
    if (screening.kind === 'rewrite') {
      const left = screening.body;
      explainSqlite(this.#path, () => this.#messages.rewrite(message, left));
      return { body: left };
    }
    const { reason } = screening;
    explainSqlite(this.#path, () => this.#messages.withhold(message, reason));
    return 'withheld';
  }

  async #attempt(subscriber: Subscriber, message: MessageRow, signal: AbortSignal): Promise<AttemptResult> {
    const { id: messageId, body } = message;
    if (subscriber.kind === 'in-process') {
      try {
        const isTaken = (await this.#options.handlers?.[subscriber.id]?.({ messageId, body })) ?? false;
        if (isTaken) return { outcome: 'acknowledged', reason: 'taken' };
        return { outcome: 'rejected', code: 'EMISSION_REJECTED', reason: `'${subscriber.id}' refused it` };
      } catch (error) {
        return { outcome: 'retry', code: 'EMISSION_REJECTED', reason: isCohortiumError(error) ? error.message : unexpectedWords(error) };
      }
    }
    const { url, allowPrivate, timeoutSeconds } = subscriber;
    let secret: string;
    try {
      secret = this.#secretOf(subscriber);
    } catch (error) {
      if (!isCohortiumError(error)) throw error;
      return { outcome: 'retry', code: error.code, reason: error.message }; // the operator can mend it before the next attempt
    }
    // The receiver compares the timestamp with its own time, so it is the world's, whatever clock the agent runs on.
    return sendWebhook({ url, allowPrivate, secret, messageId, body, timeoutMs: timeoutSeconds * 1000, nowMs: Date.now(), signal });
  }

  #secretOf({ id, secretEnv }: WebhookSubscriber): string {
    if (secretEnv === undefined) return this.#options.secretOf(id);
    const secret = (this.#options.environment ?? process.env)[secretEnv];
    if (secret) return secret;
    throw new CohortiumError('SUBSCRIBER_INVALID', `the environment has no ${secretEnv}, which subscriber '${id}' names as its secret`);
  }

  async #record({ id: messageId, subscriber, body, tries }: MessageRow, result: AttemptResult, signal: AbortSignal): Promise<void> {
    const isOver = result.outcome !== 'retry' || nextWaitMs(messageId, tries + 1, result.retryAfterMs) === undefined;
    if (!isOver) return;
    const state = result.outcome === 'acknowledged' ? 'acknowledged' : 'dead';
    await this.#options.record?.({ messageId, subscriber, body, state }, signal);
  }

  #settle(message: MessageRow, result: AttemptResult): void {
    if (result.outcome === 'acknowledged') return this.#messages.acknowledge(message, result.reason);
    const { code, reason } = result;
    if (result.outcome === 'rejected') return this.#messages.bury(message, code, reason);
    if (result.outcome === 'gone') {
      this.#messages.bury(message, code, reason);
      this.#messages.disable(message.subscriber, reason);
      return this.#messages.buryPending(message.subscriber, code, `subscriber '${message.subscriber}' is disabled: ${reason}`);
    }
    const waitMs = nextWaitMs(message.id, message.tries + 1, result.retryAfterMs);
    if (waitMs === undefined) return this.#messages.bury(message, code, `${reason}; given up after ${attemptsAllowed} attempts`);
    return this.#messages.retryAt(message, this.#options.clock.now() + waitMs, code, reason);
  }

  #report(emissions: Ref): DeliveryReport {
    const asked = textColumn(this.#options.content.getTable(emissions), 'messageId').flatMap((id) => this.#messages.get(id) ?? []);
    const count = (state: MessageRow['state']): number => asked.filter((row) => row.state === state).length;
    const waiting = new Set(asked.filter(({ state }) => state === 'pending').map(({ subscriber }) => subscriber));
    const dueMs = Math.min(...[...waiting].map((subscriber) => this.#messages.head(subscriber)?.due_ms ?? Infinity));
    return {
      sent: asked.filter(({ attempts }) => attempts > 0).length,
      acknowledged: count('acknowledged'),
      dead: count('dead'),
      pending: count('pending'),
      nextAttemptInMs: Number.isFinite(dueMs) ? Math.max(dueMs - this.#options.clock.now(), 1) : 0,
    };
  }
}

/** Nobody could tell whether it may leave, so it waits. */
const unclear: AttemptResult = {
  outcome: 'retry',
  code: 'EMISSION_REJECTED',
  reason: 'later opt-outs could not be looked up; it was not sent',
};

/** What a message says it is for; a third party's may say nothing. */
function purposeOf(body: string): string | undefined {
  try {
    const { data } = JSON.parse(body) as { readonly data?: { readonly purpose?: unknown } | null }; // read with care below
    return typeof data?.purpose === 'string' ? data.purpose : undefined;
  } catch {
    return undefined;
  }
}
