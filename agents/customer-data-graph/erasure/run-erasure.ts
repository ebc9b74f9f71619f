/**
 * Carries an erasure that was ordered to its end, from wherever it was left: what is said first stays said whatever happens, then bodies are
 * deleted and keys destroyed, then every other store gives the person up, then subscribers are told, and the record that it is through is
 * signed and handed out as a receipt. Refuses while nothing has begun, if it is held or its order is not to be trusted any more.
 */
import { CohortiumError, isCohortiumError } from '../../../skills/sdk/index.ts';
import type { SegmentEntry } from '../../adapters/duckdb/segment-schema.ts';
import { type ErasureJournal, openErasureJournal, type RunningErasure } from '../../adapters/sqlite/erase-journal.ts';
import type { ToldSubscriber } from '../../adapters/sqlite/erase-messages.ts';
import { eraseBodies } from '../../adapters/sqlite/ledger/erase-bodies.ts';
import { inForce, readPerson } from '../govern/models/people.ts';
import { identityOf } from '../identities/identity.ts';
import type { Hand, HandStatement } from '../record/attest-act.ts';
import type { Workspace } from '../workspace.ts';
import { begun, completedBody, merged, orderOf, reportOf, startedBody } from './compose-erasure.ts';
import type { ErasureParts, Sought } from './eraser-interface.ts';
import { type ErasedPlace, erasersOf } from './erasers.ts';
import type { ErasureReport } from './erasure-interface.ts';
import { writeReceipt } from './erasure-receipt.ts';
import { filesThatName } from './files-that-name.ts';
import { soughtOf } from './find-person.ts';
import { type GoneDigests, goneDigests } from './gone-digests.ts';
import { reasonsToHold } from './hold-door.ts';
import { redactRecords } from './redact-records.ts';
import { settleStores } from './settle-stores.ts';

/** Goes on with an erasure; with whose hand it was ordered, if that is here. */
export type RunErasure = (running: RunningErasure, hand?: Hand) => Promise<ErasureReport>;

export function erasureRunner(workspace: Workspace, parts: ErasureParts): RunErasure {
  const { paths, clock, vault, records } = workspace;
  const onJournal = <Result>(work: (journal: ErasureJournal) => Result): Result => onJournalOf(paths.state, work);
  const namesOf = (id: string): GoneDigests => {
    const { secret, gone } = onJournal((journal) => journal.names(id));
    return goneDigests(secret, gone);
  };

  /** A hold may have been set since the order was given. Until it is on record nothing has gone, and the order can be forgotten. */
  const refuseHeld = async ({ id, ids, owners, kids, kept }: RunningErasure): Promise<void> => {
    const classes = ids.flatMap((one) => vault().entriesOf(one)).map((key) => key.class);
    const about = { names: [...ids, ...owners], kids: [...kids, ...kept.flatMap((one) => one.kids)], classes };
    const holds = await reasonsToHold(workspace, about);
    if (holds.length === 0) return;
    onJournal((journal) => journal.forget(id));
    throw new CohortiumError('ERASURE_HELD', `nothing was erased by erasure ${id}, which was held before it began: ${holds.join('; ')}`);
  };

  /** Nor does an order count that was signed with a key of a person that signs no more. */
  const refuseRevoked = ({ id, by, order }: RunningErasure): void => {
    const { identity } = (order?.body['hand'] ?? {}) as Partial<HandStatement>; // as it was signed
    if (identity !== `person:${by}`) return;
    try {
      inForce(readPerson(paths, by));
    } catch (error) {
      if (!isCohortiumError(error) || error.code !== 'PERSON_KEY_REVOKED') throw error;
      onJournal((journal) => journal.forget(id));
      throw new CohortiumError(error.code, `nothing was erased by erasure ${id}, order it again: ${error.message}`);
    }
  };

  /** @returns index of the record that says that it begins; a process may have been killed right after writing it */
  const begin = async (running: RunningErasure, sought: Sought): Promise<number> => {
    const before = (await records().ofKind(['erasure.started'])).find(({ body }) => body?.['erasure'] === running.id);
    if (before) return before.index;
    await refuseHeld(running);
    refuseRevoked(running);
    const body = { ...startedBody(running, sought), by: running.by };
    const record = { kind: 'erasure.started', stream: running.id, subject: null, body, ...running.order } as const;
    const [place] = await records().write([record], `erasure ${running.id} started`);
    return place?.index ?? 0;
  };

  /** From wherever it was left. */
  const run = async (given: RunningErasure, hand?: Hand): Promise<ErasureReport> => {
    let running = given;
    const save = (change: Partial<RunningErasure>): void => {
      running = { ...running, ...change };
      onJournal((journal) => journal.save(running));
    };
    const gone = namesOf(running.id);
    const sought = soughtOf(running.id, running.owners.map(identityOf), running.ids, gone);
    for (const signal of running.signals) sought.names.signals.add(signal);
    if (running.started === null) {
      running = begun(running, await begin(running, sought));
      save({});
    }
    const started = running.started ?? 0;
    workspace.suppressed().add(running.id, started, running.owners);
    vault().shred(running.kids, clock.now());
    const bodies = eraseBodies(paths.state, running.kids, started);
    save({ bodies: running.bodies + bodies });
    await parts.settle();
    await workspace.refresh();
    const segments = new Map(running.segments);
    const place = placeOf(workspace, segments, parts, {
      remember: (renamed) => {
        for (const [old, entry] of renamed) segments.set(old, entry);
        save({ segments: [...segments], signals: [...sought.names.signals] });
      },
      rememberGone: (digests) => onJournal((journal) => journal.saveGone(running.id, digests)),
    });
    // Who has received something is told while it is still known who that is.
    workspace.outbox().erasures.tell(running.id, running.ids, new Date(clock.now()).toISOString());
    await workspace.outbox().deliverDue(new AbortController().signal);
    const told = workspace.outbox().erasures.standing(running.id);
    await workspace.refresh();
    const isWaiting = told.some(({ state }) => state === 'pending');
    const erasers = erasersOf(place).filter(({ store }) => !isWaiting || store !== 'outbox.db');
    for (const eraser of erasers) save({ erased: merged(running.erased, await eraser.erase(sought)) });
    save({ isWaiting });
    if (isWaiting) return reportOf(running, 'waiting', told, [], null, []);
    // What was found in one store may be named in another that was looked through before.
    for (const eraser of erasersOf(place)) save({ erased: merged(running.erased, await eraser.erase(sought)) });
    // The segments themselves are there under new digests; only sealed records are looked through for the old ones.
    const old = goneDigests('', [...gone.all(), ...segments.keys()]);
    const { redacted, held } = await redactRecords(
      workspace,
      { erasure: running.id, by: running.by },
      { gone: old, finder: sought.finder() },
    );
    save({ redacted: running.redacted + redacted, recordsHeld: held });
    await workspace.refresh();
    const left = await filesThatName(workspace, { ...sought, gone: old });
    const inState = left.filter((file) => file.startsWith('.cohortium/'));
    if (inState.length > 0) {
      save({ isStuck: true });
      throw new CohortiumError(
        'ERASURE_INCOMPLETE',
        `erasure ${running.id} is not through: ${inState.join(', ')} still ${inState.length === 1 ? 'holds' : 'hold'} a name of the person, or a digest that the person could be guessed by`,
      );
    }
    await workspace.refresh();
    return complete(running, told, left, hand);
  };

  const complete = async (
    running: RunningErasure,
    told: readonly ToldSubscriber[],
    left: readonly string[],
    hand: Hand | undefined,
  ): Promise<ErasureReport> => {
    const body = completedBody(running, told, left);
    const [place] = await records().write(
      [
        { kind: 'erasure.completed', stream: running.id, subject: null, body },
        {
          kind: 'custody.erased',
          stream: running.id,
          subject: null,
          body: { ...orderOf(running), erasure: running.id, by: running.by, bodies: running.bodies, keys: running.kids.length },
        },
      ],
      `erasure ${running.id} completed`,
    );
    const record = place?.index ?? 0;
    const why = `as the order says, record ${running.started}`;
    const files = await writeReceipt(workspace, { erasure: running.id, by: running.by, why, record, hand }, body);
    await workspace.refresh();
    settleStores(paths, running);
    return reportOf(running, 'completed', told, left, record, files);
  };

  return run;
}

/** Erasures that were begun and are not through. */
export function runningIn(state: string): readonly RunningErasure[] {
  return onJournalOf(state, (journal) => journal.running());
}

export function onJournalOf<Result>(state: string, work: (journal: ErasureJournal) => Result): Result {
  const journal = openErasureJournal(state);
  try {
    return work(journal);
  } finally {
    journal.close();
  }
}

/** Every store of a directory but ledger and vault. */
export function placeOf(
  { paths, content }: Workspace,
  segments: ReadonlyMap<string, SegmentEntry | null>,
  { eraseAttributes }: ErasureParts,
  memory: Pick<ErasedPlace, 'remember' | 'rememberGone'>,
): ErasedPlace {
  return { directory: paths.directory, state: paths.state, content, segments: () => segments, eraseAttributes, ...memory };
}
