/**
 * Numbers tokens by how often they occur, so that nothing that follows depends on how the given vocabulary was ordered, and
 * tokens that are listed but never occur change nothing.
 */
import type { TokenDocuments } from './token-documents.ts';

export interface CanonicalVocabulary {
  /** Most frequent first, ties by code units. */
  readonly names: readonly string[];
  /** Occurrences of each name. */
  readonly counts: Float64Array;
  /** For each entry of the given vocabulary its index in `names`, −1 for those left out. */
  readonly indexOf: Int32Array;
}

/** @param minCount least occurrences of a token that is kept */
export function canonicalVocabulary({ token, vocabulary }: TokenDocuments, minCount: number): CanonicalVocabulary {
  const occurrences = new Float64Array(vocabulary.length);
  for (let at = 0; at < token.length; at++) {
    const index = token[at] ?? 0;
    occurrences[index] = (occurrences[index] ?? 0) + 1;
  }
  const countOf = new Map<string, number>();
  vocabulary.forEach((name, index) => {
    const count = occurrences[index] ?? 0;
    if (count > 0) countOf.set(name, (countOf.get(name) ?? 0) + count);
  });
  const kept = [...countOf].filter(([, count]) => count >= minCount).sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
  const names = kept.map(([name]) => name);
  return { names, counts: Float64Array.from(kept, ([, count]) => count), indexOf: indicesIn(names, vocabulary) };
}

/** For each entry of a vocabulary its index in the names, −1 where it is not among them. */
export function indicesIn(names: readonly string[], vocabulary: readonly string[]): Int32Array {
  const place = new Map(names.map((name, index) => [name, index]));
  return Int32Array.from(vocabulary, (name) => place.get(name) ?? -1);
}
