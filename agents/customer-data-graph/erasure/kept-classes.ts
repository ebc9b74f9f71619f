/**
 * Which bodies the law wants kept although the person asks for erasure: classes of personal records with a minimum that runs today for
 * sure. What hangs on facts that nobody knows is not kept: an exemption has to be established. Decides by the rows of the law, of overlays
 * and of the house; a policy of the operator alone keeps nothing.
 *
 * @see GDPR art. 17(3)(b) and (e); 11 CCR § 7022
 */
import type { Clock } from '../../../skills/gate/core/retention/clock.ts';
import { decideRetention } from '../../../skills/gate/core/retention/decide-retention.ts';
import { isRecordClass, recordClasses } from '../../../skills/gate/core/retention/record-classes.ts';
import { CohortiumError } from '../../../skills/sdk/index.ts';
import type { KeptKeys } from '../../adapters/sqlite/erase-journal.ts';
import { readOverlays } from '../gate/overlays/read-overlays.ts';
import { retentionRules } from '../gate/retention/retention-door.ts';
import type { KeyEntry } from '../record/vault-interface.ts';
import type { Workspace } from '../workspace.ts';

/** @param keys of the person, that live @param today ISO date */
export async function keptKeys(workspace: Workspace, keys: readonly KeyEntry[], today: string): Promise<readonly KeptKeys[]> {
  if (keys.length === 0) return [];
  const { bundle } = await workspace.policies().session();
  const rules = retentionRules(bundle, readOverlays(workspace.paths, bundle.law.facts).retention);
  return keys.flatMap((key): KeptKeys[] => {
    if (!isRecordClass(key.class)) throw new CohortiumError('INTERNAL', `'${key.class}' is no class of records`);
    // Of what names nobody once its key is gone, the leaf is what the law speaks of, and that stays.
    if (!recordClasses[key.class].isPersonal) return [];
    const day = key.createdAt.slice(0, 10);
    const events = { record: day, decision: day, request: day, 'log-event': day, 'erasure-request': today };
    const { clocks } = decideRetention({ id: key.kid, class: key.class, events, facts: bundle.stated, holds: [] }, rules, today);
    const floors = clocks.filter(({ rule, state }) => rule.kind === 'floor' && isRunning(state, today));
    if (floors.length === 0) return [];
    const ends = floors.map(({ state }) => (state.kind === 'runs' ? state.lastDay : null));
    return [
      {
        class: key.class,
        kids: [key.kid],
        because: floors.map(({ rule }) => `${rule.id}: ${rule.citation}`),
        until: ends.includes(null)
          ? null
          : (ends
              .flatMap((end) => end ?? [])
              .sort()
              .at(-1) ?? null),
      },
    ];
  });
}

function isRunning(state: Clock['state'], today: string): boolean {
  return state.kind === 'open-ended' || (state.kind === 'runs' && state.lastDay >= today);
}
