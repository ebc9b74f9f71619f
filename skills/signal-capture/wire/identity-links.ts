/** Calls that say that two identities are one customer: identify names them together, alias names the one of before. */
import type { CompiledRule } from '../plan/compiled-registry.ts';
import type { IdentityKind } from '../plan/registry-plan.ts';
import { type MessageParts, ownValue } from '../plan/wire-path.ts';
import { type Identity, identityOf, idText } from './clear-identity.ts';
import type { Said } from './rule-signals.ts';

/** @param identities of the message; the first owns its signals, and is linked with each of the others */
export function linksOf(rule: CompiledRule, parts: MessageParts, identities: readonly Identity[]): readonly Said[] {
  const [owner] = identities;
  const rights = rule.links === 'previous' ? [previousIdentity(parts)] : identities.slice(1);
  return rights.map((right) => ({
    type: rule.type.id,
    properties: { ...rule.set, ...(owner ? { left: owner } : {}), ...(right ? { right } : {}) },
    location: undefined,
    channel: undefined,
    brand: undefined,
    extra: undefined,
  }));
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** SDKs make anonymous ids as UUIDs; a previousId of another shape is a user id of before. */
function previousIdentity({ message }: MessageParts): Identity | undefined {
  const previous = idText(ownValue(message, 'previousId'));
  const kind: IdentityKind =
    previous !== undefined && (uuid.test(previous) || previous === idText(ownValue(message, 'anonymousId'))) ? 'anonymous' : 'user';
  return identityOf(kind, previous);
}
