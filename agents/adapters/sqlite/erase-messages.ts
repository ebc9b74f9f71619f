/**
 * Tells whoever has received something about a customer that the customer is to be erased there too, through the outbox, and says how each
 * of them stands. The message names the customer, because a subscriber knows no other name, until it is acknowledged or given up.
 */
import { canonicalJson } from '../../../skills/sdk/index.ts';
import type { Database } from './open-database.ts';
import type { MessageStore } from './outbox-store.ts';

export const erasureType = 'com.cohortium.erasure.v1';

export interface ToldSubscriber {
  readonly subscriber: string;
  readonly state: 'pending' | 'acknowledged' | 'dead' | 'withheld';
  readonly reason: string;
}

export class ErasureMessages {
  readonly #database: Database;
  readonly #messages: MessageStore;

  constructor(database: Database, messages: MessageStore) {
    this.#database = database;
    this.#messages = messages;
  }

  /**
   * Enqueues one message per subscriber; a second call with the same erasure enqueues nothing.
   * @param customers every id that the customer had
   * @param at ISO 8601
   */
  readonly tell = (erasure: string, customers: readonly string[], at: string): void => {
    const received = this.#database
      .prepare<[string], { readonly subscriber: string; readonly sink: string; readonly customer: string }>(
        'SELECT DISTINCT subscriber, sink, customer FROM recipient WHERE customer IN (SELECT value FROM json_each(?)) ORDER BY subscriber, sink, customer',
      )
      .all(JSON.stringify(customers));
    const subscribers = [...new Set(received.map(({ subscriber }) => subscriber))];
    const messages = subscribers.map((subscriber) => {
      const own = received.filter((row) => row.subscriber === subscriber);
      const messageId = messageIdOf(erasure, subscriber);
      const data = {
        customerIds: [...new Set(own.map(({ customer }) => customer))],
        sinks: [...new Set(own.map(({ sink }) => sink))],
        erasure,
        demand: 'Erase everything that you received about these customers, and acknowledge.',
      };
      const body = canonicalJson({
        specversion: '1.0',
        type: erasureType,
        source: '/cohortium',
        id: messageId,
        time: at,
        datacontenttype: 'application/json',
        data,
      });
      return { subscriber, messageId, body };
    });
    if (messages.length > 0) this.#messages.add(messages, `erasure ${erasure}`);
  };

  /** Who has received something about one of these customers. */
  readonly recipients = (customers: readonly string[]): readonly string[] =>
    this.#database
      .prepare<[string], string>(
        'SELECT DISTINCT subscriber FROM recipient WHERE customer IN (SELECT value FROM json_each(?)) ORDER BY subscriber',
      )
      .pluck()
      .all(JSON.stringify(customers));

  /** How everybody who was told stands, by subscriber. */
  readonly standing = (erasure: string): readonly ToldSubscriber[] =>
    this.#database
      .prepare<[string], ToldSubscriber>(`SELECT subscriber, state, reason FROM message WHERE id LIKE ? || '%' ORDER BY subscriber`)
      .all(messageIdOf(erasure, ''));
}

function messageIdOf(erasure: string, subscriber: string): string {
  return `erasure_${erasure}_${subscriber}`;
}
