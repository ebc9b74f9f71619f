/**
 * What the five registries have in common. Authored ones (signals, cohorts, subscribers) are YAML that an operator writes;
 * recorded ones (memberships, attestations) are appended to by runs. An entry is its content: id and version name it, the
 * digest over its canonical JSON proves it.
 */
import { compareText, type Diagnostic, type Digest, digestOf, type Json, type SourcePosition } from '../skills/sdk/index.ts';

export type RegistryName = 'signals' | 'cohorts' | 'subscribers' | 'memberships' | 'attestations';

export interface RegistryEntry {
  readonly registry: RegistryName;
  readonly id: string;
  /** 1 for what has no version of its own. */
  readonly version: number;
  /** As written, before defaults: another release of this software does not change it. */
  readonly content: Json;
}

/** An entry of an authored registry, and where it stands. */
export interface AuthoredEntry extends RegistryEntry {
  readonly at: SourcePosition;
}

export interface Registry<Entry extends RegistryEntry = RegistryEntry> {
  readonly name: RegistryName;
  readonly kind: 'authored' | 'recorded';
  /** Authored: by id, then version. Recorded: as recorded. */
  readonly entries: Iterable<Entry> | AsyncIterable<Entry>;
  /** What is wrong with the files of an authored registry. */
  readonly diagnostics: readonly Diagnostic[];
}

export type AuthoredRegistry = Registry<AuthoredEntry> & { readonly kind: 'authored'; readonly entries: readonly AuthoredEntry[] };

/** Makes an authored registry, its entries in order. */
export function authoredRegistry(
  name: RegistryName,
  entries: readonly Omit<AuthoredEntry, 'registry'>[],
  diagnostics: readonly Diagnostic[] = [],
): AuthoredRegistry {
  return {
    name,
    kind: 'authored',
    entries: entries.map((entry) => ({ registry: name, ...entry })).sort((a, b) => compareText(a.id, b.id) || a.version - b.version),
    diagnostics,
  };
}

/** How an entry is called: `cohorts/best-customers@2`. */
export function entryName({ registry, id, version }: Omit<RegistryEntry, 'content'>): string {
  return `${registry}/${id}@${version}`;
}

/** SHA-256 over the canonical JSON of the content. */
export function entryDigest({ content }: Pick<RegistryEntry, 'content'>): Digest {
  return digestOf(content);
}
