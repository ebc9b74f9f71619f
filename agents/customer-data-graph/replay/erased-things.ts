/**
 * What of a run's inputs was erased since: objects of the content store that have a mark in their place, and segments. Looks through
 * stored JSON for what it names, such as the lists of cohort runs. Reads no name of a person.
 */
import { type Erasure, refsIn } from '../../../orchestrator/index.ts';
import { type ContentStore, isCohortiumError, type Json, jsonMedia, type Ref } from '../../../skills/sdk/index.ts';

/** The mark that stands where something was erased, by the id of the erasure. */
export interface ErasureMark {
  readonly erasure: string;
}

export interface MarkedStores {
  readonly content: Pick<ContentStore, 'getJson' | 'has'>;
  /** Of an object of the content store; undefined of one that is as it was. */
  readonly markOf: (digest: string) => ErasureMark | undefined;
  /** Of a segment, by its file. */
  readonly markOfSegment: (file: string) => ErasureMark | undefined;
  /** Day and ledger entry of an erasure; null where the ledger does not say. */
  readonly entryOf: (erasure: string) => { readonly day: string; readonly entry: number } | null;
}

export interface ErasedThings {
  readonly of: (digest: string) => Erasure | undefined;
  readonly within: (input: Json) => readonly Erasure[];
}

export function erasedThings({ content, markOf, markOfSegment, entryOf }: MarkedStores): ErasedThings {
  const found = new Map<string, readonly Erasure[]>();
  const erasure = (object: string, mark: ErasureMark | undefined): readonly Erasure[] => {
    if (!mark) return [];
    const { day, entry } = entryOf(mark.erasure) ?? { day: null, entry: null };
    return [{ object, day, entry }];
  };
  const of = (digest: string): Erasure | undefined => erasure(digest, markOf(digest))[0];
  const withinObject = (ref: Ref): readonly Erasure[] => {
    const known = found.get(ref.digest);
    if (known) return known;
    found.set(ref.digest, []); // content-addressed objects cannot name each other in a circle
    const own = erasure(ref.digest, markOf(ref.digest));
    const inside = own.length > 0 || ref.media !== jsonMedia ? [] : named(ref);
    const all = [...own, ...inside];
    found.set(ref.digest, all);
    return all;
  };
  const named = (ref: Ref): readonly Erasure[] => {
    if (!content.has(ref)) return [];
    let value: Json;
    try {
      value = content.getJson(ref) as Json; // stored as canonical JSON
    } catch (error) {
      if (isCohortiumError(error)) return []; // whoever computes with it says what is wrong
      throw error;
    }
    return [...segmentsOf(value).flatMap((file) => erasure(file, markOfSegment(file))), ...refsIn(value).flatMap(withinObject)];
  };
  return {
    of,
    within: (input) => {
      const all = refsIn(input).flatMap(withinObject);
      return [...new Map(all.map((one) => [one.object, one])).values()];
    },
  };
}

/** Files of a snapshot; none of any other object. */
function segmentsOf(value: Json): readonly string[] {
  const isSnapshot =
    typeof value === 'object' && value !== null && !Array.isArray(value) && 'format' in value && value['format'] === 'cohortium/snapshot@1';
  const segments = isSnapshot && 'segments' in value && Array.isArray(value['segments']) ? (value['segments'] as readonly Json[]) : [];
  return segments.flatMap((segment) =>
    typeof segment === 'object' && segment !== null && 'file' in segment && typeof segment['file'] === 'string' ? [segment['file']] : [],
  );
}
