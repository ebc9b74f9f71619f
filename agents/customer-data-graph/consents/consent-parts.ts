/** The consent store of an operator directory with what reads the log into it and what guards published values by it. */
import { randomUUID } from 'node:crypto';

import type { RunStore } from '../../../orchestrator/index.ts';
import { type Clock, CohortiumError, type ContentStore, isCohortiumError, type Ledger, type Ref } from '../../../skills/sdk/index.ts';
import type { CedarEngine } from '../../adapters/cedar/cedar-engine.ts';
import type { ConsentSignals } from '../../adapters/duckdb/consent-signals.ts';
import type { SqliteConsentStore } from '../../adapters/sqlite/consent-store.ts';
import type { SqliteEventLog } from '../../adapters/sqlite/event-log.ts';
import type { OptOutMessages } from '../../adapters/sqlite/outbox-opt-outs.ts';
import type { SqliteScoreStore } from '../../adapters/sqlite/score-store.ts';
import { customerIdOf, identityOf } from '../identities/identity.ts';
import { readConsents } from './consent-reader.ts';
import { createLateRefusals } from './late-refusals.ts';
import { createOptOutGuard, type OptOutGuard } from './opt-out-guard.ts';
import { propagateOptOuts } from './propagate.ts';
import { createRedecider } from './redecide.ts';
import { basisOfEffect } from './run-basis.ts';

export interface ConsentPartsDeps {
  readonly store: SqliteConsentStore;
  readonly signals: ConsentSignals;
  readonly content: ContentStore;
  readonly clock: Clock;
  readonly eventLog: () => SqliteEventLog;
  readonly policies: () => CedarEngine;
  readonly ledger: () => Ledger;
  readonly scores: () => SqliteScoreStore;
  readonly runStore: () => RunStore;
  /** False for who only looks: then the inbox is not sealed, and links in it are not known yet. */
  readonly isWritable: boolean;
}

export interface ConsentParts {
  readonly store: SqliteConsentStore;
  /** Reads what is new in the log into the store. */
  readonly refresh: (signal: AbortSignal) => Promise<void>;
  /** Every identity (`kind:value`) that is one customer with this one. @throws {CohortiumError} CUSTOMER_NOT_FOUND */
  readonly membersOf: (owner: string, signal: AbortSignal) => Promise<readonly string[]>;
  /** The ids that a customer may have or have had. */
  readonly customerIdsOf: (owners: readonly string[]) => readonly string[];
  readonly guard: OptOutGuard;
  readonly propagate: (outbox: OptOutMessages, signal: AbortSignal) => Promise<number>;
}

export function createConsentParts(deps: ConsentPartsDeps): ConsentParts {
  const { store, signals, content, clock, eventLog, scores } = deps;
  let reading: Promise<void> = Promise.resolve();
  // One reader at a time: subscribers are served side by side, and each asks.
  const refresh = (signal: AbortSignal): Promise<void> => {
    const next = reading.catch(() => undefined).then(() => readConsents({ log: eventLog(), store, signals }, signal));
    reading = next;
    return next;
  };
  const newestSnapshot = async (signal: AbortSignal): Promise<Ref> =>
    deps.isWritable ? (await eventLog().seal({}, { signal, idempotencyKey: `consents-${randomUUID()}` })).snapshot : eventLog().sealed();
  const late = createLateRefusals({
    store,
    signals,
    content,
    clock,
    refresh,
    newestSnapshot,
    isCustomer: (customerId) => isPublished(scores(), customerId),
  });
  const guard = createOptOutGuard({
    content,
    store,
    late,
    redecider: createRedecider({ content, evaluate: (question) => deps.policies().evaluate(question) }),
    ledger: deps.ledger,
    basisOf: (effectId) => basisOfEffect(deps.runStore(), effectId),
  });
  return {
    store,
    refresh,
    membersOf: async (owner, signal) => {
      const members = (await signals.groupsOf([owner], await newestSnapshot(signal), { signal })).get(owner);
      if (members) return members;
      // Said in the inbox, which who only looks cannot seal.
      if (store.answersOf([owner], Number.MAX_SAFE_INTEGER).length > 0) return [owner];
      throw new CohortiumError('CUSTOMER_NOT_FOUND', `nothing is known of '${customerIdOf(identityOf(owner))}'`);
    },
    customerIdsOf: (owners) => owners.map((owner) => customerIdOf(identityOf(owner))),
    guard,
    propagate: (outbox, signal) => propagateOptOuts({ store, signals, refresh, newestSnapshot }, outbox, { signal }),
  };
}

function isPublished(scores: SqliteScoreStore, customerId: string): boolean {
  try {
    scores.lookup({ customerId });
    return true;
  } catch (error) {
    if (isCohortiumError(error) && error.code === 'SCORE_NOT_FOUND') return false;
    throw error;
  }
}
