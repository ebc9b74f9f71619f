/**
 * What a deep verification looks at besides the tree: that every body is the one that a leaf commits to, that none is missing without an
 * erasure of its key, that none is left after one, and that the vault has a key for each. What stands outside of this machine is checked
 * by whoever put it there, through `DeepCheck`.
 */
import { hash } from 'node:crypto';

import type { VerifyReport } from '../../../customer-data-graph/interface.ts';
import type { Vault } from '../../../customer-data-graph/record/vault-interface.ts';
import type { Database } from '../open-database.ts';
import { parseLeaf } from './leaf.ts';
import { placeOf } from './tables.ts';

export type Fault = VerifyReport['faults'][number];

/** Segments, time stamps, locked objects, witnesses. */
export interface DeepCheck {
  /** Such as `time stamps`. */
  readonly name: string;
  readonly check: () => Promise<readonly Fault[]>;
}

interface BodyRow {
  readonly place: number;
  readonly sealed: Buffer;
  readonly kid: Buffer | null;
  readonly item_kid: number | null;
  readonly body_kid: number;
  readonly item_ct: Buffer | null;
  readonly redacted_ct: Buffer | null;
  readonly leaf: Buffer | null;
  readonly is_erased: number;
}

/** Faults of bodies, in the order of the ledger. */
export function* bodyFaults(database: Database, vault: Pick<Vault, 'stateOf'>): Generator<Fault> {
  const states = new Map<string, ReturnType<Vault['stateOf']>>();
  const bodies = database
    .prepare<[], BodyRow>(
      `SELECT body.place, body.sealed, body.kid AS body_kid, kid.kid, item.kid AS item_kid, item.ct AS item_ct, entry.leaf,
        (SELECT ct FROM redaction WHERE redaction.place = body.place AND redaction.version = body.version) AS redacted_ct,
        EXISTS (SELECT 1 FROM erasure WHERE erasure.kid = body.kid) AS is_erased
      FROM body LEFT JOIN kid ON kid.id = body.kid LEFT JOIN item ON item.place = body.place
      LEFT JOIN entry ON (body.place & 511) = 0 AND entry.idx = body.place >> 9 ORDER BY body.place`,
    )
    .iterate();
  for (const row of bodies) {
    const { index, item } = placeOf(row.place);
    const what = item === null ? `the body of record ${index}` : `the body of item ${item} of record ${index}`;
    const leaf = row.leaf ? parseLeaf(row.leaf) : undefined;
    const said =
      leaf?.format === 'cohortium/record@2'
        ? { kid: leaf.kid, ct: leaf.ct }
        : { kid: row.item_kid === row.body_kid ? row.kid?.toString('hex') : undefined, ct: row.item_ct?.toString('hex') };
    const kid = row.kid?.toString('hex') ?? '';
    if (row.is_erased === 1) {
      yield fault('LEDGER_BODY_WRONG', `${what} is still there, though an erasure names its key`, index);
    } else if (said.kid !== kid || (row.redacted_ct?.toString('hex') ?? said.ct) !== hash('sha256', row.sealed, 'hex')) {
      yield fault('LEDGER_BODY_WRONG', `${what} is not the one that the leaf commits to`, index);
    }
    let state = states.get(kid);
    if (state === undefined) states.set(kid, (state = vault.stateOf(kid)));
    else continue; // one fault per key
    if (state === 'unknown') yield fault('LEDGER_BODY_WRONG', `${what} cannot be opened: the vault has no key ${kid}`, index);
    if (state === 'shredded' && row.is_erased === 0) {
      yield fault('LEDGER_BODY_WRONG', `${what} is still there, though its key ${kid} was shredded`, index);
    }
  }
  yield* missingBodies(database);
}

function* missingBodies(database: Database): Generator<Fault> {
  const isErased = database.prepare<[Buffer], number>('SELECT 1 FROM erasure WHERE kid = (SELECT id FROM kid WHERE kid = ?)').pluck();
  const items = database.prepare<[], number>(
    `SELECT place FROM item WHERE NOT EXISTS (SELECT 1 FROM body WHERE body.place = item.place)
      AND NOT EXISTS (SELECT 1 FROM erasure WHERE erasure.kid = item.kid) ORDER BY place`,
  );
  for (const place of items.pluck().iterate()) {
    const { index, item } = placeOf(place);
    yield fault('LEDGER_BODY_WRONG', `the body of item ${item} of record ${index} is missing, and no erasure names its key`, index);
  }
  const entries = database.prepare<[], { readonly idx: number; readonly leaf: Buffer }>(
    'SELECT idx, leaf FROM entry WHERE NOT EXISTS (SELECT 1 FROM body WHERE body.place = entry.idx * 512) ORDER BY idx',
  );
  for (const { idx, leaf } of entries.iterate()) {
    const parsed = parseLeaf(leaf);
    if (parsed?.format !== 'cohortium/record@2' || isErased.get(Buffer.from(parsed.kid, 'hex')) !== undefined) continue;
    yield fault('LEDGER_BODY_WRONG', `the body of record ${idx} is missing, and no erasure names its key`, idx);
  }
}

function fault(code: 'LEDGER_BODY_WRONG', message: string, index: number): Fault {
  return { code, message, index };
}
