/** What records and reports of an erasure say, and what it has found in all. Composes only; reads and writes nothing. */
import type { Json } from '../../../skills/sdk/index.ts';
import type { RunningErasure } from '../../adapters/sqlite/erase-journal.ts';
import type { ToldSubscriber } from '../../adapters/sqlite/erase-messages.ts';
import { digestOfEnvelope } from '../record/attest.ts';
import type { Finding, Sought } from './eraser-interface.ts';
import type { ErasureReport } from './erasure-interface.ts';

/** Body of `erasure.started`. */
export function startedBody(running: RunningErasure, sought: Sought): Readonly<Record<string, Json>> {
  const { finder } = sought;
  return {
    erasure: running.id,
    // Whoever typed it may have typed the name.
    why: finder().typed.without(running.why),
    kids: [...running.kids],
    kept: keptJson(running),
    found: running.found.map((finding) => ({ ...finding, store: finder().without(finding.store) })),
  };
}

/** The erasure once its order is on record: the reason stands there, and nowhere else. */
export function begun({ order, ...running }: RunningErasure, started: number): RunningErasure {
  const ordered = order && { hand: order.body['hand'] ?? null, order: digestOfEnvelope(order.attestation) };
  return { ...running, ...(ordered && { ordered }), why: '', started };
}

/** Whose hand ordered it, and the attestation that says so; nothing where an older version began it. */
export function orderOf({ ordered }: RunningErasure): Readonly<Record<string, Json>> {
  return { ...ordered };
}

/** Body of `erasure.completed`. */
export function completedBody(
  running: RunningErasure,
  told: readonly ToldSubscriber[],
  left: readonly string[],
): Readonly<Record<string, Json>> {
  return {
    erasure: running.id,
    started: running.started,
    by: running.by,
    ...orderOf(running),
    kids: [...running.kids],
    bodies: running.bodies,
    redacted: running.redacted,
    recordsHeld: running.recordsHeld,
    method: {
      ledger: 'bodies deleted, then their keys destroyed; leaves and proofs stay',
      stores: 'deleted; written again without where rows have a place',
      digests: 'named anew at random; fields of sealed records that had one redacted',
      reasons: 'those that name the customer redacted, with the statements that give them',
    },
    erased: running.erased.map((finding) => ({ ...finding })),
    kept: keptJson(running),
    told: told.map(({ subscriber, state }) => ({ subscriber, state })),
    left: left.length,
    notImportedAgain: 'keyed hashes of the identities, outside of the ledger',
  };
}

export function reportOf(
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

/** What was found so far, with what one more pass has found. */
export function merged(known: readonly Finding[], more: readonly Finding[]): readonly Finding[] {
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

function keptJson({ kept }: RunningErasure): Json {
  return kept.map((one) => ({ class: one.class, kids: [...one.kids], because: [...one.because], until: one.until }));
}
