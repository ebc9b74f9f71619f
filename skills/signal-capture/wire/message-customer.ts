/** Who a message is about: every identity that it names, each kind once. Refuses nothing; without any, the log will. */
import type { CompiledSignalRegistry } from '../plan/compiled-registry.ts';
import { type IdentityKind, identityKinds } from '../plan/registry-plan.ts';
import { type CompiledPath, firstValue, type MessageParts, ownValue } from '../plan/wire-path.ts';
import { type Identity, identityOf } from './clear-identity.ts';

const fields: Readonly<Record<IdentityKind, string>> = {
  user: 'userId',
  loyalty: 'loyaltyId',
  email: 'emailHash',
  phone: 'phoneHash',
  anonymous: 'anonymousId',
};

/** Identities of a message in the order user, loyalty, email, phone, anonymous; the first owns its signals. */
export function messageIdentities(parts: MessageParts, registry: CompiledSignalRegistry): readonly Identity[] {
  const found = new Map<IdentityKind, string>();
  const add = (identity: Identity | undefined): void => {
    if (identity && !found.has(identity.kind)) found.set(identity.kind, identity.value);
  };
  const { identities, plan } = registry;
  const addFrom = (kind: IdentityKind, paths: readonly CompiledPath[]): void => {
    const value = firstValue(parts, paths);
    if (value !== undefined) add(identityOf(kind, value));
  };
  for (const kind of identityKinds) addFrom(kind, identities[kind]);
  addFrom('email', identities.emailHash);
  addFrom('phone', identities.phoneHash);
  const external = ownValue(parts.context, 'externalIds');
  for (const entry of Array.isArray(external) ? external.slice(0, 100) : []) {
    const type = ownValue(entry, 'type');
    const { externalIds } = plan.identities;
    const kind = typeof type === 'string' && Object.hasOwn(externalIds, type) ? externalIds[type] : undefined;
    if (kind) add(identityOf(kind, ownValue(entry, 'id')));
  }
  const ordered: Identity[] = [];
  for (const kind of identityKinds) {
    const value = found.get(kind);
    if (value !== undefined) ordered.push({ kind, value });
  }
  return ordered;
}

/** The `customer` of a signal. */
export function customerOf(identities: readonly Identity[]): Readonly<Record<string, string>> {
  return Object.fromEntries(identities.map(({ kind, value }) => [fields[kind], value]));
}
