/** Keys that erasures destroyed and that are live again, because an older copy of the vault was put back, are destroyed again. */
import type { Vault } from '../record/vault-interface.ts';

/** @param kids keys that the ledger names as erased @returns those that were live */
export function shredAgain(vault: Vault, kids: readonly string[], nowMs: number): readonly string[] {
  const live = kids.filter((kid) => ['live', 'held'].includes(vault.stateOf(kid)));
  if (live.length === 0) return [];
  // A hold that is in the copy ended before the erasure could begin.
  vault.hold(live, false);
  return vault.shred(live, nowMs);
}
