/**
 * What all three services have in common, over the few calls in which they differ: an object is written once, read back, extended and
 * held, and nothing is believed before it was read back.
 */
import { CohortiumError } from '../../../skills/sdk/index.ts';
import type { LockMode, LockReadBack, ObjectLockStore } from '../../customer-data-graph/record/anchor-interface.ts';
import { calling, ifThere, isRefused, refusalOf } from './call.ts';
import { assertLocked, lockFault, sha256Of, wholeSecond } from './lock-check.ts';

/** A version as the service describes it. */
export interface FoundObject {
  readonly mode: LockMode | undefined;
  readonly until: Date | undefined;
  readonly isHeld: boolean;
  readonly version: string | undefined;
  readonly bytes: Uint8Array;
}

/** The calls of one service; each throws what its client throws. Keys are those below the prefix. */
export interface LockService {
  readonly id: string;
  readonly binds: ObjectLockStore['binds'];
  /** Refuses what cannot lock, before the first write. */
  readonly check: () => Promise<void>;
  /** Newest version of a key; throws a 404 for none. */
  readonly current: (key: string) => Promise<string | undefined>;
  /** Only where the key is new, as far as the service can tell. @returns the version; undefined where there are none */
  readonly write: (key: string, bytes: Uint8Array, mode: LockMode, until: Date) => Promise<string | undefined>;
  readonly get: (key: string, version: string) => Promise<FoundObject>;
  readonly retain: (key: string, version: string, mode: LockMode, until: Date) => Promise<unknown>;
  readonly setHold: (key: string, version: string, isHeld: boolean) => Promise<unknown>;
  readonly deleteVersion: (key: string, version: string) => Promise<unknown>;
  readonly list: ObjectLockStore['list'];
  readonly close: () => void;
}

/** A store that is closed when it is no longer needed. */
export type OpenLockStore = ObjectLockStore & { readonly close: () => void };

export function lockStore(service: LockService): OpenLockStore {
  const { id, binds } = service;
  const where = (key: string): string => `${id}, ${key}`;
  let isChecked = false;

  const readBack: ObjectLockStore['readBack'] = async (key, version) => {
    const found = await ifThere(where(key), () => service.get(key, version));
    if (!found?.mode || !found.until || found.version !== version) return undefined;
    return { mode: found.mode, until: found.until.toISOString(), isHeld: found.isHeld, version, sha256: sha256Of(found.bytes) };
  };
  const locked = async (key: string, version: string): Promise<LockReadBack> => {
    const found = await readBack(key, version);
    if (found) return found;
    throw new CohortiumError('ANCHOR_NOT_LOCKED', `${where(key)}, version ${version}, has no lock`);
  };
  const extend: ObjectLockStore['extend'] = async (key, version, until) => {
    const found = await locked(key, version);
    const wanted = wholeSecond(until);
    if (wanted.getTime() < Date.parse(found.until)) {
      const message = `${where(key)} is locked until ${found.until}; ${until} is earlier, and a lock only gets longer`;
      throw new CohortiumError('ANCHOR_NOT_LOCKED', message);
    }
    await calling(where(key), () => service.retain(key, version, found.mode, wanted));
    const after = await locked(key, version);
    if (Date.parse(after.until) >= wanted.getTime() && after.sha256 === found.sha256) return after;
    throw new CohortiumError('ANCHOR_NOT_LOCKED', `${where(key)}: the lock ends ${after.until} after it was extended to ${until}`);
  };
  const put: ObjectLockStore['put'] = async (object) => {
    const { key, bytes, mode, until } = object;
    if (!isChecked) await calling(id, service.check);
    isChecked = true;
    const known = await ifThere(where(key), () => service.current(key));
    if (known !== undefined) {
      const found = await readBack(key, known);
      if (found && lockFault(object, found) === undefined) return found;
      // The same object, asked for again later.
      if (found && lockFault({ ...object, until: found.until }, found) === undefined) return extend(key, known, until);
    }
    const version = await calling(where(key), async () => {
      try {
        return await service.write(key, bytes, mode, wholeSecond(until));
      } catch (cause) {
        // 412 of S3 and Google, 409 of Azure: there is such a key.
        if (![409, 412].includes(refusalOf(cause).status)) throw cause;
        const message = `${where(key)} is there already with other bytes or a shorter lock; a key is written once`;
        throw new CohortiumError('ANCHOR_NOT_LOCKED', message, { cause });
      }
    });
    return assertLocked(id, object, version === undefined ? undefined : await readBack(key, version));
  };

  return {
    id,
    binds,
    put,
    readBack,
    read: async (key, version) => (await calling(where(key), () => service.get(key, version))).bytes,
    extend,
    hold: async (key, version, isHeld) => {
      await calling(where(key), () => service.setHold(key, version, isHeld));
      const found = await locked(key, version);
      if (found.isHeld === isHeld) return found;
      throw new CohortiumError('ANCHOR_NOT_LOCKED', `${where(key)}: the hold is ${found.isHeld ? 'on' : 'off'} after it was set`);
    },
    list: (prefix) => calling(where(prefix), () => service.list(prefix)),
    prove: async (mode, nowMs) => {
      const until = new Date(nowMs + trialMs);
      const key = `trial/${mode}-${nowMs}`;
      const bytes = Buffer.from(`Tries whether a lock holds here: ${mode} until ${until.toISOString()}\n`);
      const { version } = await put({ key, bytes, mode, until: until.toISOString() });
      const happened: string[] = [];
      // Azure and Google let who may do so shorten an unlocked policy; a delete is refused in both modes everywhere.
      const shorten = (): Promise<unknown> => service.retain(key, version, mode, new Date(nowMs + trialMs / 3));
      if (mode === 'compliance' && !(await isRefused(where(key), shorten))) happened.push('shortened');
      if (!(await isRefused(where(key), () => service.deleteVersion(key, version)))) happened.push('deleted');
      if (happened.length === 0 && (await readBack(key, version))) return;
      const what = happened.length === 0 ? 'gone afterwards' : happened.join(' and ');
      throw new CohortiumError('ANCHOR_NOT_LOCKED', `${id} says that it locks in ${mode} mode, but an object was ${what}`, {
        detail: { mode, happened: what },
      });
    },
    close: service.close,
  };
}

/** Long enough for two calls, short enough to be of no matter afterwards. */
const trialMs = 60_000;
