/**
 * Legal and other holds: one file each in registries/holds, set and released here with actor and matter on record. A hold goes before every
 * erasure and every end of a time, and marks the keys of whom it is about in the vault. A file that was removed without a release holds on,
 * because the record says so; a file that was written by hand holds without one. Refuses customers that nothing is kept of, whom it would
 * hold in part only once they appear.
 */
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import { stringify } from 'yaml';

import { CohortiumError, isCohortiumError, type Json } from '../../../skills/sdk/index.ts';
import { writeNewFile } from '../../adapters/files/write-new-file.ts';
import { type Hold, holdReasons, holdSchema, readHolds } from '../govern/retention/holds.ts';
import { mirrorHolds } from '../record/anchors/mirror-holds.ts';
import { handOf, signAct, statedReason } from '../record/attest-act.ts';
import type { OpenRecord } from '../record/record-interface.ts';
import type { Workspace } from '../workspace.ts';
import type { HoldDoor, HoldStanding } from './erasure-interface.ts';
import { findPerson, type FoundPerson } from './find-person.ts';
import { holdsByName } from './held-customers.ts';

/** What a record of a hold says. */
interface HeldBody {
  readonly hold: string;
  readonly matter: string;
  readonly kids: readonly string[];
  readonly everything: boolean;
  readonly records: readonly string[];
}

/** @param isKept whether any store has something of a person */
export function holdDoor(workspace: Workspace, isKept: (person: FoundPerson) => Promise<boolean>): HoldDoor {
  const { paths, clock, vault, records } = workspace;
  const today = (): string => new Date(clock.now()).toISOString().slice(0, 10);

  const kidsOf = async (customers: readonly string[]): Promise<readonly string[]> => {
    const kids: string[] = [];
    const unknown: string[] = [];
    for (const customer of customers) {
      const person = await findPerson(workspace, customer);
      for (const id of person.ids) for (const { kid } of vault().entriesOf(id)) kids.push(kid);
      if (!(await isKept(person))) unknown.push(`'${customer.slice(0, 80)}'`);
    }
    if (unknown.length === 0) return kids;
    throw new CohortiumError(
      'CUSTOMER_NOT_FOUND',
      `nothing is kept of ${unknown.join(', ')}; nobody is held: check the spelling, or leave ${unknown.length === 1 ? 'it' : 'them'} out`,
    );
  };

  /** Locked objects elsewhere follow. A store that cannot be reached does not undo what holds here. */
  const mirror = async (): Promise<string | null> => {
    if (!workspace.config.anchors.objectLock) return null;
    try {
      const changed = await mirrorHolds(
        workspace,
        [...(await heldOnRecord(workspace)).values()].flatMap(({ body }) => body.kids),
      );
      return changed.length === 0 ? 'no locked object has these bodies' : `changed on ${changed.join(', ')}`;
    } catch (error) {
      if (!isCohortiumError(error)) throw error;
      return `not mirrored: ${error.message}`;
    }
  };

  const list = async (): Promise<readonly HoldStanding[]> => {
    const onRecord = await heldOnRecord(workspace);
    const files = readHolds(paths.registries);
    const standing = files.map((hold): HoldStanding => standingOf(hold, onRecord.get(hold.id), today()));
    const gone = [...onRecord].filter(([id]) => !files.some((hold) => hold.id === id));
    return [
      ...standing,
      ...gone.map(([id, { body, record }]): HoldStanding => ({
        id,
        reason: 'its file is gone, and nobody released it',
        by: '',
        matter: body.matter,
        since: record.time.slice(0, 10),
        until: null,
        isEnded: false,
        keys: body.kids.length,
        record: record.index,
        isFileGone: true,
        mirror: null,
      })),
    ];
  };

  const one = async (id: string): Promise<HoldStanding> => {
    const found = (await list()).find((hold) => hold.id === id);
    if (found) return found;
    throw new CohortiumError('HOLD_INVALID', `there is no hold '${id.slice(0, 80)}'; \`cohortium holds list\` shows those that there are`);
  };

  return {
    list,
    set: async ({
      id,
      matter,
      reason,
      by,
      customers = [],
      records: classes = [],
      models = [],
      paths: held = [],
      everything = false,
      until,
    }) => {
      if (matter.trim() === '' || by.trim() === '')
        throw new CohortiumError('HOLD_INVALID', 'a hold needs the matter that it is set for, and who sets it');
      const hand = handOf(workspace, 'hold', by);
      statedReason(reason);
      const parsed = holdSchema.safeParse({
        id,
        matter,
        reason,
        by,
        since: today(),
        ...(until === undefined ? {} : { until }),
        customers,
        records: classes,
        models,
        paths: held,
        everything,
      });
      if (!parsed.success) {
        const [issue] = parsed.error.issues;
        // A fault of the whole has no path.
        const where = issue === undefined || issue.path.length === 0 ? '' : `${issue.path.join('.')}: `;
        throw new CohortiumError('HOLD_INVALID', `${where}${issue?.message ?? 'not a hold'}; nothing is held`);
      }
      const { since, until: last } = parsed.data;
      if (last !== undefined && last < since)
        throw new CohortiumError('HOLD_INVALID', `until: a day from ${since} on was expected, found ${last}; nothing is held`);
      const path = join(paths.registries, 'holds', `${parsed.data.id}.yaml`);
      if (existsSync(path))
        throw new CohortiumError('HOLD_INVALID', `there is a hold '${id}' already; release it first, or take another name`);
      const kids = await kidsOf(customers);
      // Recorded first: a hold that is on record and nowhere else holds on, the other way round nobody would know who set it.
      const body: Readonly<Record<string, Json>> = {
        hold: id,
        matter,
        kids: [...kids],
        records: [...classes],
        everything,
        until: until ?? null,
      };
      const stream = `${id} ${clock.now()}`;
      const said = await signAct(workspace, hand, { kind: 'custody.held', stream, subject: null, body, rationale: reason });
      await records().write([said], `hold ${stream}`);
      mkdirSync(join(paths.registries, 'holds'), { recursive: true });
      writeNewFile(path, stringify(withoutEmpty(parsed.data)), 0o644);
      vault().hold(kids, true);
      return { ...(await one(id)), mirror: await mirror() };
    },
    release: async (id, by, given) => {
      const hand = handOf(workspace, 'release', by);
      const why = statedReason(given);
      const hold = await one(id);
      const onRecord = (await heldOnRecord(workspace)).get(id);
      const kids = onRecord?.body.kids ?? [];
      const stream = `${id} ${clock.now()}`;
      const body = { hold: id, why };
      const said = await signAct(workspace, hand, { kind: 'custody.released', stream, subject: null, body, rationale: why });
      await records().write([said], `release ${stream}`);
      rmSync(join(paths.registries, 'holds', `${id}.yaml`), { force: true });
      const elsewhere = new Set([...(await heldOnRecord(workspace)).values()].flatMap(({ body }) => body.kids));
      vault().hold(
        kids.filter((kid) => !elsewhere.has(kid)),
        false,
      );
      return { ...hold, isEnded: true, mirror: await mirror() };
    },
  };
}

/** Classes of what is kept of a customer outside of the ledger. */
const customerClasses = ['value', 'signal', 'consent', 'message'];

/**
 * Why something may not be erased now, in words.
 * @param about every name of customers, as an id or as `kind:value`; keys; and classes of records that would go
 */
export async function reasonsToHold(
  workspace: Workspace,
  about: { readonly names: readonly string[]; readonly kids: readonly string[]; readonly classes: readonly string[] },
): Promise<readonly string[]> {
  const today = new Date(workspace.clock.now()).toISOString().slice(0, 10);
  const holds = holdsByName(workspace.paths.registries);
  const classes = new Set([...about.classes, ...(about.names.length > 0 ? customerClasses : [])]);
  const thing = { path: '', models: [], cutoff: null };
  const reasons = new Set<string>(holdReasons(holds, thing, today));
  for (const customer of about.names) for (const reason of holdReasons(holds, { ...thing, customer }, today)) reasons.add(reason);
  for (const record of classes) for (const reason of holdReasons(holds, { ...thing, record }, today)) reasons.add(reason);
  const ended = new Set(holds.filter(({ until }) => until !== undefined && until < today).map(({ id }) => id));
  for (const [id, { body }] of await heldOnRecord(workspace)) {
    const isAbout = body.everything || body.records.some((kind) => classes.has(kind)) || body.kids.some((kid) => about.kids.includes(kid));
    // Its file has said so already, with its reason; the record speaks where the file is gone.
    const isSaid = [...reasons].some((reason) => reason.startsWith(`hold '${id}' `));
    if (!ended.has(id) && isAbout && !isSaid) reasons.add(`hold '${id}' for matter ${body.matter}: it was not released`);
  }
  return [...reasons].sort();
}

/** Holds that were set and not released, newest record of each. */
async function heldOnRecord(workspace: Workspace): Promise<ReadonlyMap<string, { readonly body: HeldBody; readonly record: OpenRecord }>> {
  const held = new Map<string, { readonly body: HeldBody; readonly record: OpenRecord }>();
  for (const record of await workspace.records().ofKind(['custody.held', 'custody.released'])) {
    const { body } = record;
    if (typeof body?.['hold'] !== 'string') continue; // of an object in a lock store
    if (record.kind === 'custody.released') held.delete(body['hold']);
    else {
      const { matter = 'that named an erased customer' } = body;
      held.set(body['hold'], { body: { ...body, matter } as unknown as HeldBody, record }); // written above
    }
  }
  return held;
}

function standingOf(
  hold: Hold,
  onRecord: { readonly body: HeldBody; readonly record: OpenRecord } | undefined,
  today: string,
): HoldStanding {
  return {
    id: hold.id,
    reason: hold.reason,
    by: hold.by,
    matter: hold.matter ?? onRecord?.body.matter ?? null,
    since: hold.since,
    until: hold.until ?? null,
    isEnded: hold.until !== undefined && hold.until < today,
    keys: onRecord?.body.kids.length ?? 0,
    record: onRecord?.record.index ?? null,
    isFileGone: false,
    mirror: null,
  };
}

function withoutEmpty(hold: Hold): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(hold).filter(([, value]) => value !== false && value !== undefined && !(Array.isArray(value) && value.length === 0)),
  );
}
