/**
 * Correction and redaction of single records. A correction is a record of its own that names the one it takes the place of; what was wrong
 * in the old one is destroyed, unless its class has to be kept as it was or a hold keeps it. Nothing that was written is ever edited: leaves
 * and proofs stay, and other fields can still be disclosed.
 *
 * @see GDPR art. 16; Cal. Civ. Code § 1798.106
 */
import { randomBytes } from 'node:crypto';

import { CohortiumError, type Json } from '../../../skills/sdk/index.ts';
import { eraseFields } from '../../adapters/sqlite/ledger/erase-bodies.ts';
import { type Hand, handOf, signAct, statedReason } from '../record/attest-act.ts';
import { agentSubject } from '../record/vault-interface.ts';
import type { Workspace } from '../workspace.ts';
import type { ErasureDoor, Redaction } from './erasure-interface.ts';
import { findPerson, soughtOf } from './find-person.ts';
import { heldKeys } from './held-customers.ts';
import { reasonsToHold } from './hold-door.ts';
import { keptKeys } from './kept-classes.ts';

/** Whom a record is about, and a text without their names. */
interface About {
  readonly subject: string | null;
  readonly without: (text: string) => string;
}

export function correctionDoor(workspace: Workspace): Pick<ErasureDoor, 'correct' | 'redact'> {
  const { clock, paths, records, vault } = workspace;

  const today = (): string => new Date(clock.now()).toISOString().slice(0, 10);

  const whyHeld = async (kid: string, recordClass: string): Promise<readonly string[]> => {
    const isHeld = await heldKeys(workspace, today());
    return isHeld(kid) ? ['a hold keeps its key'] : reasonsToHold(workspace, { names: [], kids: [kid], classes: [recordClass] });
  };

  const whyKept = async (kid: string, recordClass: string): Promise<readonly string[]> => {
    const held = await whyHeld(kid, recordClass);
    if (held.length > 0) return held;
    const entry = { kid, class: recordClass, state: 'live', createdAt: new Date(clock.now()).toISOString(), shreddedAt: null } as const;
    const kept = await keptKeys(workspace, [entry], entry.createdAt.slice(0, 10));
    return kept.flatMap(({ because }) => because);
  };

  /** Bodies do not say whom they are about; the key under which they are sealed does. */
  const subjectOf = async (kid: string, index: number, customer: string | undefined): Promise<About> => {
    const isKeyOf = (subject: string): boolean =>
      vault()
        .entriesOf(subject)
        .some((entry) => entry.kid === kid);
    if (customer === undefined) {
      if (isKeyOf(agentSubject)) return { subject: null, without: (text) => text };
      throw new CohortiumError('ARGUMENT_INVALID', `record ${index} is about a customer: say which`);
    }
    const { ids, identities, customerId } = await findPerson(workspace, customer);
    const found = ids.find(isKeyOf);
    if (found !== undefined) return { subject: found, without: (text) => soughtOf('0', identities, ids).finder().typed.without(text) };
    throw new CohortiumError('ARGUMENT_INVALID', `record ${index} is not about ${customerId}; nothing was written`);
  };

  const redact = async ({ place, fields, why }: Omit<Redaction, 'by'>, hand: Hand): Promise<readonly string[]> => {
    const old = await records().at(place);
    if (old.state === 'erased')
      throw new CohortiumError('RECORD_NOT_FOUND', `the body of record ${place.index} was erased; there is nothing to redact`);
    if (fields.length === 0) throw new CohortiumError('ARGUMENT_INVALID', 'say which fields are to be destroyed');
    const unknown = fields.filter((name) => !Object.hasOwn(old.body ?? {}, name) && !old.redacted.includes(name));
    if (unknown.length > 0) {
      const known = Object.keys(old.body ?? {})
        .sort()
        .join(', ');
      throw new CohortiumError('ARGUMENT_INVALID', `record ${place.index} has no field ${unknown.join(', ')}; it has ${known}`);
    }
    const held = await whyHeld(old.kid, old.class);
    if (held.length > 0) throw new CohortiumError('ERASURE_HELD', `nothing was destroyed of record ${place.index}: ${held.join('; ')}`);
    if (fields.every((name) => old.redacted.includes(name))) return [];
    const body = { record: place.index, item: place.item, fields: [...fields], why };
    const stream = `redaction ${place.index} ${place.item ?? ''} ${[...fields].sort().join(' ')} ${clock.now()}`;
    // Part of a correction, or by itself.
    const act = await signAct(
      workspace,
      { ...hand, act: 'redact' },
      {
        kind: 'redaction',
        stream,
        subject: null,
        body,
        rationale: why,
        ...automationOf(old.body),
      },
    );
    const [said] = await records().write([act], `${stream} ${act.nonce}`);
    const secret = vault().key(old.kid);
    if (!secret) throw new CohortiumError('RECORD_NOT_FOUND', `the key of record ${place.index} was destroyed; there is nothing to redact`);
    return eraseFields(paths.state, place, fields, { kid: old.kid, key: secret }, randomBytes(12), said?.index ?? 0);
  };

  return {
    redact: async ({ place, fields, by, why }) => {
      const hand = handOf(workspace, 'redact', by);
      return redact({ place, fields, why: statedReason(why) }, hand);
    },
    correct: async ({ place, customer, fields, by, why: given }) => {
      const hand = handOf(workspace, 'correct', by);
      const why = statedReason(given);
      const old = await records().at(place);
      if (!old.body)
        throw new CohortiumError('RECORD_NOT_FOUND', `the body of record ${place.index} was erased; there is nothing to correct`);
      const names = Object.keys(fields);
      if (names.length === 0) throw new CohortiumError('ARGUMENT_INVALID', 'say what is right in place of what');
      const unknown = names.filter((name) => !Object.hasOwn(old.body ?? {}, name));
      if (unknown.length > 0) {
        throw new CohortiumError(
          'ARGUMENT_INVALID',
          `record ${place.index} has no field ${unknown.join(', ')}; it has ${Object.keys(old.body).sort().join(', ')}`,
        );
      }
      const { subject, without } = await subjectOf(old.kid, place.index, customer);
      const record: Readonly<Record<string, Json>> = {
        supersedes: { index: place.index, item: place.item, kind: old.kind, schema: old.schema },
        corrected: names.sort(),
        why,
        is: { ...old.body, ...fields },
      };
      const stream = `correction ${place.index} ${place.item ?? ''} ${clock.now()}`;
      const act = await signAct(workspace, hand, {
        kind: 'correction',
        stream,
        subject,
        class: old.class,
        body: record,
        // What is said of it outlives the customer.
        rationale: without(why),
        ...automationOf(old.body),
      });
      const [said] = await records().write([act], `${stream} ${act.nonce}`);
      const kept = await whyKept(old.kid, old.class);
      const redacted =
        kept.length > 0
          ? []
          : await redact({ place, fields: names, why: `corrected by record ${said?.index ?? ''}: ${without(why)}` }, hand);
      return { record: said ?? place, redacted, kept };
    },
  };
}

/** A decision about a customer says what it is under GDPR art. 22 and the ADMT regulations; so does who changes it. */
function automationOf(body: Readonly<Record<string, Json>> | null): { readonly automation?: Json } {
  const automation = body?.['automation'];
  return automation === undefined ? {} : { automation };
}
