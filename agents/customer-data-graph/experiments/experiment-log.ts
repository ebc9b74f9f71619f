/**
 * What was written down about experiments: registrations, assignments and outcomes, in the order in which they happened. Says where an
 * experiment stands, and whether an analysis is the one that was registered.
 */
import type { Registration } from '../../../registries/experiments/registration.ts';
import type { Digest, Json } from '../../../skills/sdk/index.ts';
import type { Journal, JournalEntry } from '../../adapters/sqlite/journal.ts';
import type { ExperimentOutcome } from './experiment-interface.ts';
import type { ReadRegistration } from './registrations.ts';

export interface ExperimentState {
  /** The last one registered. */
  readonly registered: { readonly digest: string; readonly at: string } | null;
  readonly registrations: number;
  /** Digest of the registration that customers were assigned by. */
  readonly assigned: string | null;
  /** Oldest first. */
  readonly outcomes: readonly ExperimentOutcome[];
}

/** How every experiment stands, by name. */
export function experimentStates(journal: Journal): ReadonlyMap<string, ExperimentState> {
  const states = new Map<string, ExperimentState>();
  for (const entry of journal.entries()) states.set(entry.subject, after(states.get(entry.subject) ?? nothing, entry));
  return states;
}

export const nothing: ExperimentState = { registered: null, registrations: 0, assigned: null, outcomes: [] };

function after(state: ExperimentState, { kind, body, atMs }: JournalEntry): ExperimentState {
  const written = body as unknown; // by the functions below
  if (kind === 'registered') {
    const { digest } = written as { readonly digest: string };
    return { ...state, registered: { digest, at: new Date(atMs).toISOString() }, registrations: state.registrations + 1 };
  }
  if (kind === 'assigned') return { ...state, assigned: (written as { readonly registration: string }).registration };
  return { ...state, outcomes: [...state.outcomes, written as ExperimentOutcome] };
}

export function writeRegistration(
  journal: Journal,
  { registration, digest }: ReadRegistration,
  state: ExperimentState,
  atMs: number,
): void {
  const subject = registration.experiment;
  const key = `registered ${subject} ${state.registrations + 1}`;
  journal.append([{ key, subject, kind: 'registered', body: { digest, registration: registration as unknown as Json } }], atMs);
}

/** The same customers are assigned the same way any day: once is enough. */
export function writeAssignment(
  journal: Journal,
  { registration: { experiment }, digest }: ReadRegistration,
  customers: Digest,
  counts: Readonly<Record<string, number>>,
  atMs: number,
): void {
  const body = { registration: digest, customers, counts };
  journal.append([{ key: `assigned ${experiment} ${digest} ${customers}`, subject: experiment, kind: 'assigned', body }], atMs);
}

/** An outcome is written down whatever it is; the same look at the same rows once. */
export function writeOutcome(journal: Journal, outcome: ExperimentOutcome, atMs: number): void {
  const { experiment, standing, registration, rows } = outcome;
  const key = `analysed ${experiment} ${registration} ${standing} ${rows}`;
  journal.append([{ key, subject: experiment, kind: 'analysed', body: outcome as unknown as Json }], atMs);
}

/** Looks at the registered experiment so far, at other rows than these. */
export function earlierLooks({ outcomes }: ExperimentState, registration: string, rows: string): number {
  return new Set(
    outcomes.flatMap((own) => (own.standing === 'registered' && own.registration === registration && own.rows !== rows ? [own.rows] : [])),
  ).size;
}

/** Why an analysis is not the one that was registered; empty where it is. */
export function whyExploratory(state: ExperimentState, { registration, digest }: ReadRegistration, rows: string): readonly string[] {
  const { registered, assigned } = state;
  if (!registered) return ['it was never registered'];
  if (registered.digest !== digest) return [`the file was changed after it was registered on ${registered.at.slice(0, 10)}`];
  if (registration.kind === 'customers' && assigned !== digest) return ['nobody was assigned to its arms'];
  const looks = earlierLooks(state, digest, rows);
  const allowed = looksOf(registration);
  return looks >= allowed ? [`${allowed} ${allowed === 1 ? 'look was' : 'looks were'} registered, and this is one more`] : [];
}

function looksOf(registration: Registration): number {
  if (registration.kind === 'models' || registration.analysis.test === 'fixed') return 1;
  return registration.analysis.looks ?? Number.POSITIVE_INFINITY;
}
