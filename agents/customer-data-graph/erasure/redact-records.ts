/**
 * Takes what would tell of an erased customer out of sealed records that stay: digests of what went, names in what somebody wrote by hand, and
 * statements that give such a reason. The fields go with their salts, their commitments stay, so that the ledger holds. Looks at records
 * about nobody, such as those of runs and of holds, at decisions made again, which name what they rested on, and at corrections, whose
 * reasons may name others. A record that a hold keeps is left as it is.
 */
import { randomBytes } from 'node:crypto';

import type { Json } from '../../../skills/sdk/index.ts';
import { eraseFields, forgetCalls } from '../../adapters/sqlite/ledger/erase-bodies.ts';
import { digestOfEnvelope, predicateTypeIn, predicateTypeOf, rationaleIn } from '../record/attest.ts';
import type { DsseEnvelope } from '../record/attestation-interface.ts';
import type { OpenRecord } from '../record/record-interface.ts';
import { agentSubject } from '../record/vault-interface.ts';
import type { Workspace } from '../workspace.ts';
import type { GoneDigests } from './gone-digests.ts';
import { heldKeys } from './held-customers.ts';
import { reasonsToHold } from './hold-door.ts';
import type { NameFinder } from './person-names.ts';

/** Records in which a person says why, and the fields that say it. */
const saying: ReadonlySet<string> = new Set([
  'custody.held',
  'custody.released',
  'custody.erased',
  'erasure.started',
  'correction',
  'redaction',
  'override',
  'model-change',
  'key.rotated',
]);
const handwritten: ReadonlySet<string> = new Set(['why', 'matter', 'rationale']);

/** Statements whose reasons a program writes. */
const unwritten: ReadonlySet<string> = new Set([predicateTypeOf('records'), predicateTypeOf('erasure')]);

export interface RecordsRedacted {
  /** Records that lost fields now. */
  readonly redacted: number;
  /** Records that a hold keeps as they are. */
  readonly held: number;
}

interface Going {
  readonly record: OpenRecord;
  readonly fields: readonly string[];
  /** Digest of the statement that goes, or whose record this is: they go together or not at all. */
  readonly statement: string | null;
}

/** Can be done again after a crash; then only what is left is done. */
export async function redactRecords(
  workspace: Workspace,
  { erasure, by }: { readonly erasure: string; readonly by: string },
  { gone, finder }: { readonly gone: GoneDigests; readonly finder: NameFinder },
): Promise<RecordsRedacted> {
  const { clock, records, vault, paths } = workspace;
  const isHeld = await heldKeys(workspace, new Date(clock.now()).toISOString().slice(0, 10));
  const all = await whatTells(workspace, gone, finder);
  const keeping = new Set<Going>();
  const asked = new Map<string, Promise<boolean>>();
  const isKept = ({ kid, class: recordClass }: OpenRecord): Promise<boolean> => {
    const about = { names: [], kids: [kid], classes: [recordClass] };
    const known = asked.get(kid) ?? reasonsToHold(workspace, about).then((reasons) => reasons.length > 0);
    asked.set(kid, known);
    return known;
  };
  for (const going of all) {
    if (isHeld(going.record.kid) || (await isKept(going.record))) keeping.add(going);
  }
  const heldStatements = new Set([...keeping].flatMap(({ statement }) => statement ?? []));
  const found = all.filter((going) => !keeping.has(going) && !heldStatements.has(going.statement ?? ''));
  const held = all.length - found.length;
  let redacted = 0;
  if (found.length > 0) {
    const body: Readonly<Record<string, Json>> = {
      erasure,
      records: found.map(({ record: { index, item }, fields }) => ({ index, item, fields: [...fields] })),
      by,
      why: `told of what erasure ${erasure} removed`,
    };
    const name = `redaction ${erasure} ${JSON.stringify(body['records'])}`;
    const [said] = await records().write([{ kind: 'redaction', stream: name, subject: null, body }], name);
    for (const { record, fields } of found) {
      const key = vault().key(record.kid);
      if (!key) continue;
      const going = eraseFields(paths.state, record, fields, { kid: record.kid, key }, randomBytes(12), said?.index ?? 0);
      if (going.length > 0) redacted += 1;
    }
  }
  forgetCalls(paths.state);
  return { redacted, held };
}

async function whatTells({ ledger, records, vault }: Workspace, gone: GoneDigests, finder: NameFinder): Promise<readonly Going[]> {
  const ofNobody = vault()
    .entriesOf(agentSubject)
    .map(({ kid }) => kid);
  const statements = new Map<string, Going>();
  for (const record of await records().ofKind(['attestation'])) {
    const envelope = record.body?.['envelope'] as DsseEnvelope | undefined; // as the record book writes it
    if (!envelope || unwritten.has(predicateTypeIn(envelope)) || !finder.typed.mentions(rationaleIn(envelope))) continue;
    const statement = digestOfEnvelope(envelope);
    statements.set(statement, { record, fields: ['envelope'], statement });
  }
  const going: Going[] = [];
  const places = [...ledger().placesOfKids(ofNobody), ...ledger().placesOfKinds(['decision-after-opt-out', 'correction'])];
  for (const place of new Map(places.map((one) => [`${one.index}/${one.item ?? ''}`, one])).values()) {
    const { leaf } = ledger().at(place);
    // Of digests they have those of leaves, which are salted.
    if (leaf.kind === 'attestation') continue;
    const record = await records().at(place);
    const statement = leaf.att !== undefined && statements.has(leaf.att) ? leaf.att : null;
    const fields = Object.entries(record.body ?? {}).flatMap(([name, value]) => {
      const isNaming = saying.has(leaf.kind) && handwritten.has(name) && typeof value === 'string' && finder.typed.mentions(value);
      // Without its statement an act has no number for one to fit.
      return isNaming || (statement !== null && name === 'act') || gone.isIn(JSON.stringify(value)) ? [name] : [];
    });
    if (fields.length > 0) going.push({ record, fields, statement });
  }
  // Acts first: killed in between, a statement may stand alone, and not an act that wants one.
  return [...going, ...statements.values()];
}
