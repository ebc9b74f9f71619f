/**
 * Erasures of customers: what one would do, its order, signed by who gives it, and those that are through. What an order does stands in
 * run-erasure.ts; killed anywhere, the next start goes on with it. Refuses whom a hold keeps.
 */
import { CohortiumError, isCohortiumError, type Json } from '../../../skills/sdk/index.ts';
import type { RunningErasure } from '../../adapters/sqlite/erase-journal.ts';
import { ownerOf } from '../identities/identity.ts';
import { handOf, signAct, statedReason } from '../record/attest-act.ts';
import type { Workspace } from '../workspace.ts';
import { merged, startedBody } from './compose-erasure.ts';
import { correctionDoor } from './correct-record.ts';
import type { ErasureParts, Finding } from './eraser-interface.ts';
import { type ErasedPlace, erasersOf } from './erasers.ts';
import type { ErasureDoor, ErasureReport, RestoreReport } from './erasure-interface.ts';
import { readReceipt } from './erasure-receipt.ts';
import { findPerson, type FoundPerson, newErasureId, soughtOf } from './find-person.ts';
import { holdDoor, reasonsToHold } from './hold-door.ts';
import { keptKeys } from './kept-classes.ts';
import { restoreErasures } from './restore-erasures.ts';
import { erasureRunner, onJournalOf, placeOf, runningIn } from './run-erasure.ts';

export function erasureDoor(workspace: Workspace, parts: ErasureParts): ErasureDoor {
  const { paths, clock, vault, ledger, records } = workspace;
  const now = (): string => new Date(clock.now()).toISOString();
  const run = erasureRunner(workspace, parts);
  /** What was done again since the directory was opened, which does it by itself. */
  let restored: RestoreReport | undefined;

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
      names: [...person.ids, ...person.identities.map(ownerOf)],
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

  const resume: ErasureDoor['resume'] = async ({ stuck = true } = {}) => {
    let report: ErasureReport | undefined;
    let failed: CohortiumError | undefined;
    for (const running of runningIn(paths.state)) {
      if (running.isStuck === true && !stuck) continue;
      try {
        report = await run(running);
      } catch (error) {
        // Others go on past one that is stuck, or that was forgotten, of which whoever ordered it is told once.
        const left = runningIn(paths.state).find(({ id }) => id === running.id);
        if (!isCohortiumError(error) || (left && left.isStuck !== true)) throw error;
        failed = error;
      }
    }
    if (failed) throw failed;
    return report;
  };

  return {
    plan,
    resume,
    erase: async ({ customer, by, why: given }) => {
      const hand = handOf(workspace, 'erase', by);
      const why = statedReason(given);
      await resume({ stuck: false });
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
        rationale: sought.finder().typed.without(ordered.why),
      });
      const running: RunningErasure = { ...ordered, order: { body: order.body, attestation: order.attestation } };
      onJournalOf(paths.state, (journal) => journal.save(running));
      return run(running, hand);
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
    restore: async () => {
      const now = await restoreErasures(workspace, parts);
      restored = restored ? bothRestored(restored, now) : now;
      return restored;
    },
    holds: holdDoor(workspace, isKept),
    ...correctionDoor(workspace),
  };
}

function bothRestored(before: RestoreReport, now: RestoreReport): RestoreReport {
  return {
    erasures: now.erasures,
    keys: before.keys + now.keys,
    bodies: before.bodies + now.bodies,
    erased: merged(before.erased, now.erased),
  };
}

/** Stores that runs fill. */
const madeByRuns: ReadonlySet<string> = new Set(['content', 'runs.db', 'scores.db', 'catalog.db']);

/** Runs only know whom the log knows: what stands in their results alone, such as the name of a place, is a word and nobody. */
function isMoreThanWord(found: readonly Finding[]): boolean {
  return found.some(({ store }) => !madeByRuns.has(store));
}

/** Of who only looks. */
const noMemory: Pick<ErasedPlace, 'remember' | 'rememberGone'> = { remember: () => undefined, rememberGone: () => undefined };

function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}
