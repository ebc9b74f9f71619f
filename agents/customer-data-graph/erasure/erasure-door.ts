/**
 * Erases a customer: what is said first stays said whatever happens, then bodies are deleted and keys destroyed, then every other store
 * gives the person up, then subscribers are told, and the record that it is through is signed and handed out as a receipt. Stopped anywhere,
 * the next start goes on where it was. Refuses whom a hold keeps.
 */
import { CohortiumError, isCohortiumError, type Json } from '../../../skills/sdk/index.ts';
import type { SegmentEntry } from '../../adapters/duckdb/segment-schema.ts';
import { type ErasureJournal, openErasureJournal, type RunningErasure } from '../../adapters/sqlite/erase-journal.ts';
import type { ToldSubscriber } from '../../adapters/sqlite/erase-messages.ts';
import { eraseBodies } from '../../adapters/sqlite/ledger/erase-bodies.ts';
import { inForce, readPerson } from '../govern/models/people.ts';
import { identityOf, ownerOf } from '../identities/identity.ts';
import { type Hand, handOf, type HandStatement, signAct, statedReason } from '../record/attest-act.ts';
import { digestOfEnvelope } from '../record/attest.ts';
import type { Workspace } from '../workspace.ts';
import { correctionDoor } from './correct-record.ts';
import type { ErasureParts, Finding, Sought } from './eraser-interface.ts';
import { type ErasedPlace, erasersOf } from './erasers.ts';
import type { ErasureDoor, ErasureReport } from './erasure-interface.ts';
import { readReceipt, writeReceipt } from './erasure-receipt.ts';
import { filesThatName } from './files-that-name.ts';
import { findPerson, type FoundPerson, newErasureId, soughtOf } from './find-person.ts';
import { type GoneDigests, goneDigests } from './gone-digests.ts';
import { holdDoor, reasonsToHold } from './hold-door.ts';
import { keptKeys } from './kept-classes.ts';
import { redactRecords } from './redact-records.ts';
import { restoreErasures } from './restore-erasures.ts';
import { settleStores } from './settle-stores.ts';

export function erasureDoor(workspace: Workspace, parts: ErasureParts): ErasureDoor {
  const { paths, clock, vault, ledger, records } = workspace;
  const now = (): string => new Date(clock.now()).toISOString();
  const onJournal = <Result>(work: (journal: ErasureJournal) => Result): Result => onJournalOf(paths.state, work);
  const namesOf = (id: string): GoneDigests => {
    const { secret, gone } = onJournal((journal) => journal.names(id));
    return goneDigests(secret, gone);
  };

  const list: ErasureDoor['list'] = async () =>
    (await records().ofKind(['erasure.completed'])).map(({ index, time, body }) => ({
      erasure: textOf(body?.['erasure']),
      completedAt: time,
      record: index,
      by: textOf(body?.['by']),
      keys: Array.isArray(body?.['kids']) ? body['kids'].length : 0,
      bodies: Number(body?.['bodies'] ?? 0),
      isSuppressed: workspace
        .suppressed()
        .all()
        .some(({ erasure }) => erasure === body?.['erasure']),
    }));

  const situation = async (customer: string) => {
    const person = await findPerson(workspace, customer);
    const keys = person.ids.flatMap((id) => vault().entriesOf(id));
    const kept = await keptKeys(workspace, keys, now().slice(0, 10));
    const stays = new Set(kept.flatMap(({ kids }) => kids));
    const kids = keys.map(({ kid }) => kid).filter((kid) => !stays.has(kid));
    const holds = await reasonsToHold(workspace, {
      ids: person.ids,
      kids: keys.map(({ kid }) => kid),
      classes: keys.map((key) => key.class),
    });
    return { person, kept, kids, holds };
  };

  const findIn = async ({ identities, ids }: FoundPerson): Promise<readonly Finding[]> => {
    const sought = soughtOf('0', identities, ids);
    const found: Finding[] = [];
    for (const eraser of erasersOf(placeOf(workspace, new Map(), parts, noMemory))) found.push(...(await eraser.find(sought)));
    return found;
  };

  const isKept = async (person: FoundPerson): Promise<boolean> =>
    person.isKnown || person.ids.some((id) => vault().entriesOf(id).length > 0) || isMoreThanWord(await findIn(person));

  /** Keyed hashes tell whether it was so; the ledger tells when. */
  const whyNothing = async (customer: string, { identities }: FoundPerson): Promise<string> => {
    const name = customer.slice(0, 80);
    const erasure = identities.map((identity) => workspace.suppressed().erasureOf(ownerOf(identity))).find((one) => one !== undefined);
    if (erasure === undefined) return `nothing is kept of '${name}'`;
    const done = (await list()).find((one) => one.erasure === erasure);
    return done
      ? `'${name}' was erased on ${done.completedAt.slice(0, 10)}: erasure ${erasure}, record ${done.record}; nothing is kept of them`
      : `'${name}' is being erased: erasure ${erasure} is not through; \`cohortium erase --resume\` goes on with it`;
  };

  const plan: ErasureDoor['plan'] = async (customer) => {
    const { person, kept, kids, holds } = await situation(customer);
    const found = await findIn(person);
    const bodies = ledger().placesOfKids(kids).length;
    if (!person.isKnown && !isMoreThanWord(found) && kids.length === 0 && kept.length === 0) {
      throw new CohortiumError('CUSTOMER_NOT_FOUND', await whyNothing(customer, person));
    }
    return {
      customerId: person.customerId,
      identities: person.identities.map(ownerOf),
      found,
      bodies,
      keys: kids.length,
      kept,
      holds,
      subscribers: workspace.outbox().erasures.recipients(person.ids),
    };
  };

  /** A hold may have been set since the order was given. Until it is on record nothing has gone, and the order can be forgotten. */
  const refuseHeld = async ({ id, ids, kids, kept }: RunningErasure): Promise<void> => {
    const classes = ids.flatMap((one) => vault().entriesOf(one)).map((key) => key.class);
    const about = { ids, kids: [...kids, ...kept.flatMap((one) => one.kids)], classes };
    const holds = await reasonsToHold(workspace, about);
    if (holds.length === 0) return;
    onJournal((journal) => journal.forget(id));
    throw new CohortiumError('ERASURE_HELD', `nothing was erased by erasure ${id}, which was held before it began: ${holds.join('; ')}`);
  };

  /** Nor does an order count whose signature no longer would. */
  const refuseRevoked = ({ id, by, order }: RunningErasure): void => {
    const { identity } = (order?.body['hand'] ?? {}) as Partial<HandStatement>; // as it was signed
    if (identity !== `person:${by}`) return;
    try {
      inForce(readPerson(paths, by));
    } catch (error) {
      if (!isCohortiumError(error)) throw error;
      onJournal((journal) => journal.forget(id));
      throw new CohortiumError(error.code, `nothing was erased by erasure ${id}, order it again: ${error.message}`);
    }
  };

  /** From wherever it was left. */
  const goOn = async (given: RunningErasure, hand?: Hand): Promise<ErasureReport> => {
    let running = given;
    const save = (change: Partial<RunningErasure>): void => {
      running = { ...running, ...change };
      onJournal((journal) => journal.save(running));
    };
    const gone = namesOf(running.id);
    const sought = soughtOf(running.id, running.owners.map(identityOf), running.ids, gone);
    for (const signal of running.signals) sought.names.signals.add(signal);
    if (running.started === null) {
      await refuseHeld(running);
      refuseRevoked(running);
      const body = { ...startedBody(running, sought), by: running.by };
      const [place] = await records().write(
        [{ kind: 'erasure.started', stream: running.id, subject: null, body, ...running.order }],
        `erasure ${running.id} started`,
      );
      save({ started: place?.index ?? 0 });
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
    workspace.outbox().erasures.tell(running.id, running.ids, now());
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
      throw new CohortiumError(
        'ERASURE_INCOMPLETE',
        `erasure ${running.id} is not through: ${inState.join(', ')} still ${inState.length === 1 ? 'holds' : 'hold'} a name of the person, or a digest that the person could be guessed by`,
      );
    }
    await workspace.refresh();
    return complete(running, told, left, sought, hand);
  };

  const complete = async (
    running: RunningErasure,
    told: readonly ToldSubscriber[],
    left: readonly string[],
    sought: Sought,
    hand: Hand | undefined,
  ): Promise<ErasureReport> => {
    const body = completedBody(running, told, left, sought);
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
    const why = sought.finder().without(running.why);
    const files = await writeReceipt(workspace, { erasure: running.id, by: running.by, why, record, hand }, body);
    await workspace.refresh();
    settleStores(paths, running);
    return reportOf(running, 'completed', told, left, record, files);
  };

  const resume: ErasureDoor['resume'] = async () => {
    let report: ErasureReport | undefined;
    let forgotten: CohortiumError | undefined;
    for (const running of runningIn(paths.state)) {
      try {
        report = await goOn(running);
      } catch (error) {
        // Others go on; whoever ordered this one is told once.
        if (!isCohortiumError(error) || runningIn(paths.state).some(({ id }) => id === running.id)) throw error;
        forgotten = error;
      }
    }
    if (forgotten) throw forgotten;
    return report;
  };

  return {
    plan,
    resume,
    erase: async ({ customer, by, why: given }) => {
      const hand = handOf(workspace, 'erase', by);
      const why = statedReason(given);
      await resume();
      const { person, kept, kids, holds } = await situation(customer);
      if (holds.length > 0) throw new CohortiumError('ERASURE_HELD', `nothing was erased of ${person.customerId}: ${holds.join('; ')}`);
      const { found } = await plan(customer);
      const ordered: RunningErasure = {
        id: newErasureId(),
        owners: person.identities.map(ownerOf),
        ids: person.ids,
        signals: [],
        kids,
        kept,
        by: hand.by,
        why,
        started: null,
        segments: [],
        found,
        erased: [],
        bodies: 0,
        redacted: 0,
        recordsHeld: 0,
        isWaiting: false,
      };
      const sought = soughtOf(ordered.id, person.identities, person.ids);
      const order = await signAct(workspace, hand, {
        kind: 'erasure.started',
        stream: ordered.id,
        subject: null,
        body: startedBody(ordered, sought),
        rationale: sought.finder().without(ordered.why),
      });
      const running: RunningErasure = { ...ordered, order: { body: order.body, attestation: order.attestation } };
      onJournal((journal) => journal.save(running));
      return goOn(running, hand);
    },
    list,
    receipt: async (erasure) => readReceipt(paths.directory, erasure),
    lift: async (erasure, by, given) => {
      const hand = handOf(workspace, 'override', by);
      const why = statedReason(given);
      if (
        !workspace
          .suppressed()
          .all()
          .some((one) => one.erasure === erasure)
      ) {
        throw new CohortiumError('RECORD_NOT_FOUND', `no list of erased identities is kept under '${erasure.slice(0, 40)}'`);
      }
      const body = { what: 'identities of an erased person are let in again', erasure, why };
      const stream = `lift ${erasure}`;
      const act = await signAct(workspace, hand, { kind: 'override', stream, subject: null, body, rationale: why });
      await records().write([act], `${stream} ${act.nonce}`);
      workspace.suppressed().lift(erasure);
    },
    restore: () => restoreErasures(workspace, parts),
    holds: holdDoor(workspace, isKept),
    ...correctionDoor(workspace),
  };
}

/** Stores that runs fill. */
const madeByRuns: ReadonlySet<string> = new Set(['content', 'runs.db', 'scores.db', 'catalog.db']);

/** Runs only know whom the log knows: what stands in their results alone, such as the name of a place, is a word and nobody. */
function isMoreThanWord(found: readonly Finding[]): boolean {
  return found.some(({ store }) => !madeByRuns.has(store));
}

/** Erasures that were begun and are not through. */
export function runningIn(state: string): readonly RunningErasure[] {
  return onJournalOf(state, (journal) => journal.running());
}

function onJournalOf<Result>(state: string, work: (journal: ErasureJournal) => Result): Result {
  const journal = openErasureJournal(state);
  try {
    return work(journal);
  } finally {
    journal.close();
  }
}

function placeOf(
  { paths, content }: Workspace,
  segments: ReadonlyMap<string, SegmentEntry | null>,
  { eraseAttributes }: ErasureParts,
  memory: Pick<ErasedPlace, 'remember' | 'rememberGone'>,
): ErasedPlace {
  return { directory: paths.directory, state: paths.state, content, segments: () => segments, eraseAttributes, ...memory };
}

/** Of who only looks. */
const noMemory: Pick<ErasedPlace, 'remember' | 'rememberGone'> = { remember: () => undefined, rememberGone: () => undefined };

function merged(known: readonly Finding[], more: readonly Finding[]): readonly Finding[] {
  const counts = new Map(known.map((finding) => [`${finding.store} ${finding.what}`, finding]));
  for (const finding of more) {
    const key = `${finding.store} ${finding.what}`;
    const before = counts.get(key);
    // Signals are counted over all passes already.
    const count = before
      ? finding.what === 'signals'
        ? Math.max(before.count, finding.count)
        : before.count + finding.count
      : finding.count;
    counts.set(key, { ...finding, count });
  }
  return [...counts.values()];
}

function startedBody(running: RunningErasure, sought: Sought): Readonly<Record<string, Json>> {
  const { finder } = sought;
  return {
    erasure: running.id,
    // Whoever typed it may have typed the name.
    why: finder().without(running.why),
    kids: [...running.kids],
    kept: keptJson(running),
    found: running.found.map((finding) => ({ ...finding, store: finder().without(finding.store) })),
  };
}

/** Whose hand ordered it, and the attestation that says so; nothing where an older version began it. */
function orderOf({ order }: RunningErasure): Readonly<Record<string, Json>> {
  return order ? { hand: order.body['hand'] ?? null, order: digestOfEnvelope(order.attestation) } : {};
}

function completedBody(
  running: RunningErasure,
  told: readonly ToldSubscriber[],
  left: readonly string[],
  { finder }: Sought,
): Readonly<Record<string, Json>> {
  return {
    erasure: running.id,
    started: running.started,
    by: running.by,
    why: finder().without(running.why),
    ...orderOf(running),
    kids: [...running.kids],
    bodies: running.bodies,
    redacted: running.redacted,
    recordsHeld: running.recordsHeld,
    method: {
      ledger: 'bodies deleted, then their keys destroyed; leaves and proofs stay',
      stores: 'deleted; written again without where rows have a place',
      digests: 'named anew at random; fields of sealed records that had one, or a reason with a name, redacted',
    },
    erased: running.erased.map((finding) => ({ ...finding })),
    kept: keptJson(running),
    told: told.map(({ subscriber, state }) => ({ subscriber, state })),
    left: left.length,
    notImportedAgain: 'keyed hashes of the identities, outside of the ledger',
  };
}

function keptJson({ kept }: RunningErasure): Json {
  return kept.map((one) => ({ class: one.class, kids: [...one.kids], because: [...one.because], until: one.until }));
}

function reportOf(
  running: RunningErasure,
  state: ErasureReport['state'],
  told: readonly ToldSubscriber[],
  left: readonly string[],
  record: number | null,
  files: readonly string[],
): ErasureReport {
  const { id: erasure, erased, bodies, kids: keys, kept } = running;
  return { erasure, state, erased, bodies, keys, kept, told, left, record, files };
}

function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}
