/**
 * Takes digests of what was erased out of sealed records that stay: the fields that have one go with their salts, their commitments stay,
 * so that the ledger holds. Looks at records about nobody, such as those of runs, and at decisions made again, which name what they rested
 * on. A record that a hold keeps is left as it is.
 */
import { randomBytes } from 'node:crypto';

import type { Json } from '../../../skills/sdk/index.ts';
import { eraseFields, forgetCalls } from '../../adapters/sqlite/ledger/erase-bodies.ts';
import type { OpenRecord } from '../record/record-interface.ts';
import { agentSubject } from '../record/vault-interface.ts';
import type { Workspace } from '../workspace.ts';
import type { GoneDigests } from './gone-digests.ts';
import { reasonsToHold } from './hold-door.ts';

/** Statements about leaves: they name what leaves commit to, which is salted. */
const statements = 'attestation';

export interface DigestsRedacted {
  /** Records that lost fields now. */
  readonly redacted: number;
  /** Records that a hold keeps with their digests. */
  readonly held: number;
}

/** Can be done again after a crash; then only what is left is done. */
export async function redactDigests(
  workspace: Workspace,
  { erasure, by }: { readonly erasure: string; readonly by: string },
  gone: GoneDigests,
): Promise<DigestsRedacted> {
  const { ledger, records, vault, paths } = workspace;
  const found: { readonly record: OpenRecord; readonly fields: readonly string[] }[] = [];
  let held = 0;
  const ofNobody = vault()
    .entriesOf(agentSubject)
    .map(({ kid }) => kid);
  for (const place of [...ledger().placesOfKids(ofNobody), ...ledger().placesOfKinds(['decision-after-opt-out'])]) {
    if (ledger().at(place).leaf.kind === statements) continue;
    const record = await records().at(place);
    const fields = Object.entries(record.body ?? {}).flatMap(([name, value]) => (gone.isIn(JSON.stringify(value)) ? [name] : []));
    if (fields.length === 0) continue;
    const holds = await reasonsToHold(workspace, { ids: [], kids: [record.kid], classes: [record.class] });
    if (holds.length > 0 || vault().stateOf(record.kid) === 'held') held += 1;
    else found.push({ record, fields });
  }
  let redacted = 0;
  if (found.length > 0) {
    const body: Readonly<Record<string, Json>> = {
      erasure,
      records: found.map(({ record: { index, item }, fields }) => ({ index, item, fields: [...fields] })),
      by,
      why: `digests of what erasure ${erasure} removed`,
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
