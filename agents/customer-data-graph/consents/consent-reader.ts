/**
 * Keeps the consent store up to date with the log. What is new is taken in one transaction with the place that was read up to, so that
 * a kill leaves nothing half read and the same events are never two rows.
 */
import type { ConsentSignals } from '../../adapters/duckdb/consent-signals.ts';
import type { SqliteConsentStore } from '../../adapters/sqlite/consent-store.ts';
import type { SqliteEventLog } from '../../adapters/sqlite/event-log.ts';
import { consentOfRow } from './consent-row.ts';

export interface ConsentReaderDeps {
  readonly log: Pick<SqliteEventLog, 'tail'>;
  readonly store: Pick<SqliteConsentStore, 'place' | 'take'>;
  readonly signals: Pick<ConsentSignals, 'consentsOf'>;
}

/** Takes every consent-event that the log has by now. */
export async function readConsents({ log, store, signals }: ConsentReaderDeps, signal: AbortSignal): Promise<void> {
  const before = store.place();
  const { segments, rows, place } = log.tail('consent-event', before);
  if (segments.length === 0 && place.ordinal === before.ordinal && place.seq === before.seq) return;
  const sealed = await signals.consentsOf(segments, { signal });
  store.take({ sealed, waiting: rows.map(consentOfRow), segments, place });
}
