/**
 * Takes what would tell of an erased customer out of sealed records that stay: digests of what went, names in what somebody wrote by hand, and
 * statements that give such a reason. The fields go with their salts, their commitments stay, so that the ledger holds. Looks at records
 * about nobody, such as those of runs and of holds, at decisions made again, which name what they rested on, and at corrections, whose
 * reasons may name others. A record that a hold keeps is left as it is.
 */
import { randomBytes } from 'node:crypto';

import type { Json } from '../../../skills/sdk/index.ts';
import { eraseFields, forgetCalls } from '../../adapters/sqlite/ledger/erase-bodies.ts';
import { digestOfEnvelope, rationaleIn } from '../record/attest.ts';
import type { DsseEnvelope } from '../record/attestation-interface.ts';
import type { OpenRecord } from '../record/record-interface.ts';
import { agentSubject } from '../record/vault-interface.ts';
import type { Workspace } from '../workspace.ts';
import type { GoneDigests } from './gone-digests.ts';
import { heldKeys } from './held-customers.ts';
import { reasonsToHold } from './hold-door.ts';
import type { NameFinder } from './person-names.ts';

/** Fields of records about nobody that a person wrote. */
const handwritten: ReadonlySet<string> = new Set(['why', 'matter', 'reason', 'rationale']);

export interface RecordsRedacted {
  /** Records that lost fields now. */
  readonly redacted: number;
  /** Records that a hold keeps as they are. */
  readonly held: number;
}

interface Going {
  readonly record: OpenRecord;
  readonly fields: readonly string[];
}

/** Can be done again after a crash; then only what is left is done. */
export async function redactRecords(
  workspace: Workspace,
  { erasure, by }: { readonly erasure: string; readonly by: string },
  { gone, finder }: { readonly gone: GoneDigests; readonly finder: NameFinder },
): Promise<RecordsRedacted> {
  const { clock, records, vault, paths } = workspace;
  const found: Going[] = [];
  const isHeld = await heldKeys(workspace, new Date(clock.now()).toISOString().slice(0, 10));
  let held = 0;
  for (const going of await whatTells(workspace, gone, finder)) {
    const { kid, class: recordClass } = going.record;
    const holds = await reasonsToHold(workspace, { names: [], kids: [kid], classes: [recordClass] });
    if (holds.length > 0 || isHeld(kid)) held += 1;
    else found.push(going);
  }
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
  const statements: Going[] = [];
  const telling = new Set<string>();
  for (const record of await records().ofKind(['attestation'])) {
    const envelope = record.body?.['envelope'] as DsseEnvelope | undefined; // as the record book writes it
    if (!envelope || !finder.mentions(rationaleIn(envelope))) continue;
    statements.push({ record, fields: ['envelope'] });
    telling.add(digestOfEnvelope(envelope));
  }
  const going: Going[] = [];
  const places = [...ledger().placesOfKids(ofNobody), ...ledger().placesOfKinds(['decision-after-opt-out', 'correction'])];
  for (const place of new Map(places.map((one) => [`${one.index}/${one.item ?? ''}`, one])).values()) {
    const { leaf } = ledger().at(place);
    // Of digests they have those of leaves, which are salted.
    if (leaf.kind === 'attestation') continue;
    const record = await records().at(place);
    // Without its statement an act has no number for one to fit.
    const isUnsigned = leaf.att !== undefined && telling.has(leaf.att);
    const fields = Object.entries(record.body ?? {}).flatMap(([name, value]) => {
      const isNaming = handwritten.has(name) && typeof value === 'string' && finder.mentions(value);
      return isNaming || (isUnsigned && name === 'act') || gone.isIn(JSON.stringify(value)) ? [name] : [];
    });
    if (fields.length > 0) going.push({ record, fields });
  }
  return [...going, ...statements];
}
