/** Which identities name nobody: placeholders that many customers would share. Addresses and phones are known by their hashes. */
import { blockedPatterns, blockedValues, type IdentityRules } from '../../../registries/identity/identity-rules.ts';
import { sha256 } from '../../../skills/sdk/index.ts';
import type { Identity } from './identity.ts';

export interface BlockedIdentities {
  readonly isBlocked: (identity: Identity) => boolean;
  /** Of blocked e-mail addresses and phones; the patterns cannot see through them. */
  readonly hashes: readonly string[];
}

export function blockedIdentities(rules: IdentityRules): BlockedIdentities {
  const values = blockedValues(rules);
  const plain = new Set(values);
  const hashes = values.map((value) => String(sha256(value)));
  const hashed = new Set(hashes);
  const patterns = blockedPatterns(rules);
  return {
    hashes,
    isBlocked: ({ kind, value }) =>
      kind === 'email' || kind === 'phone'
        ? hashed.has(value)
        : plain.has(value.toLowerCase()) || patterns.some((pattern) => pattern.test(value)),
  };
}
