/**
 * Tells every sink that has received a value of a customer what the customer refused since. Only a change is told: a browser that sends
 * the same signal with every page says nothing new. Refusals that nobody needs to hear of are passed over.
 */
import type { CallOptions, Ref } from '../../../skills/sdk/index.ts';
import type { ConsentSignals } from '../../adapters/duckdb/consent-signals.ts';
import type { SqliteConsentStore } from '../../adapters/sqlite/consent-store.ts';
import type { OptOutMessages, RefusalNews } from '../../adapters/sqlite/outbox-opt-outs.ts';
import { customerIdOf, identityOf } from '../identities/identity.ts';
import { emptyConsentState, takeAnswer } from './consent-aspects.ts';
import type { ConsentRow } from './consent-row.ts';

export interface PropagateDeps {
  readonly store: Pick<SqliteConsentStore, 'refusalsSince' | 'refusalsBeyond' | 'answersOf' | 'generation' | 'head' | 'place'>;
  readonly signals: Pick<ConsentSignals, 'groupsOf'>;
  readonly refresh: (signal: AbortSignal) => Promise<void>;
  readonly newestSnapshot: (signal: AbortSignal) => Promise<Ref>;
}

/** Global Privacy Control speaks of these, and of nothing else. */
const controlPurposes = ['sale', 'sharing', 'targeted-advertising'] as const;

/** @returns messages that were enqueued */
export async function propagateOptOuts(
  { store, signals, refresh, newestSnapshot }: PropagateDeps,
  outbox: Pick<OptOutMessages, 'tell' | 'place' | 'lookedAt' | 'isNobodyTold'>,
  { signal }: Pick<CallOptions, 'signal'>,
): Promise<number> {
  await refresh(signal);
  const from = outbox.place();
  const generation = store.generation();
  const to = { generation, place: store.head(), ordinal: store.place().ordinal };
  const isSameStore = from.generation === generation;
  if (isSameStore && to.place <= from.place) return 0;
  const found = isSameStore ? store.refusalsSince(from.place) : store.refusalsBeyond(from.ordinal);
  const looked = outbox.lookedAt(found.map(({ event }) => event));
  const refusals = found.filter(({ event }) => !looked.has(event));
  const waiting = store.refusalsBeyond(to.ordinal).map(({ event }) => event);
  if (refusals.length === 0 || outbox.isNobodyTold()) return outbox.tell([], to, waiting);
  const groups = await signals.groupsOf([...new Set(refusals.map(({ owner }) => owner))], await newestSnapshot(signal), { signal });
  const news = refusals.flatMap((row): RefusalNews[] => {
    const owners = groups.get(row.owner) ?? [row.owner];
    if (!isChange(row, store.answersOf(owners, Number.MAX_SAFE_INTEGER, row.purpose))) return [];
    return [
      {
        event: row.event,
        consent: row.id,
        customers: owners.map((owner) => customerIdOf(identityOf(owner))),
        purposes: row.purpose === 'gpc' ? controlPurposes : [row.purpose],
        effectiveMs: row.atMs,
      },
    ];
  });
  return outbox.tell(news, to, waiting);
}

/** True when the row refused what was not refused before, or withdrew a consent, and nothing later allowed it again. */
function isChange(row: ConsentRow, answers: readonly ConsentRow[]): boolean {
  const state = emptyConsentState();
  let isNews = false;
  for (const answer of answers) {
    const before = { refused: state.refusals.get(row.purpose) === true, consented: state.consents.get(row.purpose) === true };
    takeAnswer(state, answer);
    if (answer.event === row.event)
      isNews =
        (!before.refused && state.refusals.get(row.purpose) === true) || (before.consented && state.consents.get(row.purpose) === false);
  }
  return isNews && (state.refusals.get(row.purpose) === true || state.consents.get(row.purpose) === false);
}
