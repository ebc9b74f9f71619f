/**
 * A run as one file: its effects, every object that they name, and the segments that its snapshots list, so that it can be replayed
 * where nothing else of the operator is. It holds the data of customers. Refuses a bundle whose parts are not what they are named.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { type RecordedRun, refsIn } from '../../../orchestrator/index.ts';
import {
  canonicalJson,
  CohortiumError,
  compareText,
  type ContentStore,
  decodeTable,
  type Digest,
  encodeTable,
  isCohortiumError,
  type Json,
  jsonMedia,
  type Ref,
  refSchema,
  tableMedia,
  z,
} from '../../../skills/sdk/index.ts';
import { type BundleSection, readBundle, writeBundle } from '../../adapters/files/bundle-file.ts';
import { createContentStore } from '../../adapters/files/content-store.ts';
import type { ErasedThings } from './erased-things.ts';
import type { BundleReport, Erasure } from './replay-interface.ts';

const format = 'cohortium/run@1';
const segmentMedia = 'application/vnd.apache.parquet';

// These are printed as they are.
const plainText = z.string().regex(/^[\w.:-]{1,100}$/);
const erasureSchema = z.strictObject({ object: plainText, day: plainText.nullable(), entry: z.int().nullable() });
/** Things are looked up by these, and a bundle may come from anybody: nothing that every object has is a name. */
const name = z.string().refine((text) => !(text in Object.prototype), 'a name was expected');
const runSchema = z.strictObject({
  format: z.literal(format),
  run: z.looseObject({
    id: z.string(),
    pipeline: z.string(),
    definition: z.looseObject({ steps: z.array(z.looseObject({ id: name, config: z.record(z.string(), z.unknown()) })) }),
    asOf: z.string(),
  }),
  effects: z.array(z.looseObject({ id: z.string(), step: name, kind: name, skill: z.string() })),
  /** What had been erased when the bundle was made. */
  erased: z.array(erasureSchema),
});

export interface OpenBundle {
  readonly digest: Digest;
  readonly recorded: RecordedRun;
  readonly content: ContentStore;
  /** Folder with `content` and `segments`. */
  readonly state: string;
  readonly erased: readonly Erasure[];
}

interface BundlePlace {
  readonly content: ContentStore;
  /** Folder of the segments. */
  readonly segments: string;
  readonly erasures: ErasedThings;
}

/** @throws {CohortiumError} ARGUMENT_INVALID when the file is there already, CONTENT_DIGEST_MISMATCH when an object is damaged */
export function writeRunBundle({ content, segments, erasures }: BundlePlace, recorded: RecordedRun, file: string): BundleReport {
  const found = reach(recorded, content, erasures);
  const present = found.segments.filter((name) => existsSync(join(segments, name)));
  const head = { format, run: recorded.run, effects: recorded.effects, erased: found.erased };
  function* sections(): Generator<BundleSection> {
    yield { kind: 'run', name: recorded.run.id, media: jsonMedia, bytes: Buffer.from(canonicalJson(JSON.parse(JSON.stringify(head)))) };
    for (const ref of found.objects) {
      const bytes = ref.media === tableMedia ? encodeTable(content.getTable(ref)).bytes : Buffer.from(canonicalJson(content.getJson(ref)));
      yield { kind: 'object', name: ref.digest, media: ref.media, bytes };
    }
    for (const name of present) yield { kind: 'segment', name, media: segmentMedia, bytes: readFileSync(join(segments, name)) };
  }
  const { digest, bytes } = writeBundle(file, sections());
  return {
    runId: recorded.run.id,
    file,
    digest,
    effects: recorded.effects.length,
    objects: found.objects.length,
    segments: present.length,
    bytes,
    missing: found.missing + (found.segments.length - present.length),
  };
}

/** Everything that the effects name, and what that names. */
function reach({ effects }: RecordedRun, content: ContentStore, erasures: ErasedThings) {
  const seen = new Map<string, Ref>();
  const segments = new Set<string>();
  const erased = new Map<string, Erasure>();
  let missing = 0;
  const visit = (ref: Ref): void => {
    if (seen.has(ref.digest) || erased.has(ref.digest)) return;
    const gone = erasures.of(ref.digest);
    if (gone) return void erased.set(ref.digest, gone);
    if (!content.has(ref)) return void (missing += 1);
    seen.set(ref.digest, ref);
    if (ref.media !== jsonMedia) return;
    const value = content.getJson(ref) as Json; // stored as canonical JSON
    for (const file of segmentFiles(value)) segments.add(file);
    refsIn(value).forEach(visit);
  };
  for (const { input, output } of effects) [...refsIn(input), ...refsIn(output)].forEach(visit);
  for (const { input } of effects) for (const one of erasures.within(input)) erased.set(one.object, one);
  return {
    objects: [...seen.values()].sort((a, b) => compareText(a.digest, b.digest)),
    segments: [...segments].sort(compareText),
    erased: [...erased.values()],
    missing,
  };
}

const snapshotSchema = z.looseObject({
  format: z.literal('cohortium/snapshot@1'),
  segments: z.array(z.looseObject({ file: z.string().regex(/^[0-9a-f]{64}\.parquet$/) })),
});

function segmentFiles(value: Json): readonly string[] {
  const parsed = snapshotSchema.safeParse(value);
  return parsed.success ? parsed.data.segments.map(({ file }) => file) : [];
}

/**
 * Unpacks a bundle into a folder and checks every part of it.
 * @param folder empty, only for this user; the caller removes it
 * @throws {CohortiumError} BUNDLE_DAMAGED, ARGUMENT_INVALID
 */
export function openRunBundle(file: string, folder: string): OpenBundle {
  const content = createContentStore(join(folder, 'content'));
  const segments = join(folder, 'segments');
  mkdirSync(segments, { recursive: true, mode: 0o700 });
  let head: z.infer<typeof runSchema> | undefined;
  const digest = readBundle(file, (section) => {
    if (section.kind === 'run') head = readHead(file, section.bytes);
    else if (section.kind === 'object') unpackObject(file, section, content);
    else if (/^[0-9a-f]{64}\.parquet$/.test(section.name)) writeFileSync(join(segments, section.name), section.bytes, { mode: 0o600 });
    else throw new CohortiumError('BUNDLE_DAMAGED', `${file}: '${section.name.slice(0, 80)}' is no name of a segment`);
  });
  if (!head) throw new CohortiumError('BUNDLE_DAMAGED', `${file}: it has no run in it`);
  const { run, effects, erased } = head;
  const recorded = { run, effects } as unknown as RecordedRun; // written by writeRunBundle, and what matters of it was checked
  return { digest, recorded, content, state: folder, erased };
}

function readHead(file: string, bytes: Uint8Array): z.infer<typeof runSchema> {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch (cause) {
    throw new CohortiumError('BUNDLE_DAMAGED', `${file}: its run is not JSON`, { cause });
  }
  const parsed = runSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new CohortiumError('BUNDLE_DAMAGED', `${file}: its run cannot be read: ${parsed.error.issues[0]?.message ?? 'unknown shape'}`);
}

function unpackObject(file: string, { name, media, bytes }: BundleSection, content: ContentStore): void {
  let stored: Ref;
  try {
    stored =
      media === tableMedia ? content.putTable(decodeTable(bytes).table) : content.putJson(JSON.parse(Buffer.from(bytes).toString('utf8')));
  } catch (cause) {
    if (!isCohortiumError(cause) && !(cause instanceof SyntaxError)) throw cause;
    throw new CohortiumError('BUNDLE_DAMAGED', `${file}: object ${name} cannot be read`, { cause });
  }
  if (!refSchema.safeParse({ digest: name, media, rows: 0 }).success || stored.digest !== name) {
    throw new CohortiumError('BUNDLE_DAMAGED', `${file}: object ${name.slice(0, 80)} has digest ${stored.digest}`);
  }
}
