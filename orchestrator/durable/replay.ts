/**
 * Replays a finished run: follows its machines, performs every effect that its skill declares as recomputable again on the recorded
 * inputs, and compares the outputs bit for bit. Goes on after a difference, because every effect starts from recorded inputs and shows
 * for itself whether it repeats. What rests on something that was erased is not computed and is said to be so.
 */
import { chunkRows, CohortiumError, type Fact, type Json, type Ref, refSchema, tableMedia, textColumn } from '../../skills/sdk/index.ts';
import type { SkillSet } from '../pipeline/parse-pipeline.ts';
import { type ComparedContent, type Difference, firstDifference, shape } from './compare.ts';
import type { RecordedFingerprint } from './fingerprint-form.ts';
import { changesSince, type CodeIdentity, fingerprintOf } from './fingerprint.ts';
import { type FollowedMachines, followMachines } from './follow-machines.ts';
import { type EffectSurroundings, performEffect } from './perform.ts';
import type { RecordedEffect, RecordedRun } from './recorded-run.ts';

/**
 * `recorded`: came from outside, and stands as it was answered. `gone`: something that it rests on is lost. `absent`: cannot be computed
 * here, for a library or a skill is not installed.
 */
export type Verdict = 'identical' | 'diverged' | 'recorded' | 'erased' | 'gone' | 'absent';

/** Something that a stage rests on and that was erased. */
export interface Erasure {
  /** What the run calls it now: its digest went with it. */
  readonly object: string;
  /** ISO date; null when the ledger does not say. */
  readonly day: string | null;
  /** Index of the ledger entry that says so; null when there is none. */
  readonly entry: number | null;
}

export interface StageReport {
  readonly step: string;
  /** `id@version`. */
  readonly skill: string;
  readonly effect: string;
  readonly effectId: string;
  readonly verdict: Verdict;
  /** Objects, and chunks of 256 rows of tables, that were compared. */
  readonly chunks: number;
  /** Rows of the tables that were compared. */
  readonly records: number;
  readonly difference: Difference | null;
  readonly erased: readonly Erasure[];
  /** Customers by tier, where the output has tiers. */
  readonly tiers: Readonly<Record<string, number>> | null;
  /** Labelled numbers of the step that explain its result; with the last effect of the step. */
  readonly facts: readonly Fact[];
  /** Why it was not computed, or what of it was taken from the record. */
  readonly notes: readonly string[];
  /** What is not as it was when it was recorded; told of what diverged. */
  readonly changes: readonly string[];
  readonly fingerprint: string | null;
}

export interface ReplayReport {
  readonly runId: string;
  readonly pipeline: string;
  readonly asOf: string;
  /** The worst that a stage came to: diverged, erased, gone, absent; identical when none of these. */
  readonly outcome: Exclude<Verdict, 'recorded'>;
  readonly identical: boolean;
  /** Answered effects of the run. */
  readonly effects: number;
  readonly recomputed: number;
  /** Effects whose input was derived again from what came before. */
  readonly followed: number;
  readonly firstDifference: (Difference & Pick<StageReport, 'step' | 'effect'>) | null;
  readonly stages: readonly StageReport[];
}

export interface ReplayOptions {
  readonly signal?: AbortSignal;
  /** @param done effects looked at so far */
  readonly onEffect?: (done: number, total: number, kind: string) => void;
  /** Given what an effect answered this time, while the objects that it names are there. */
  readonly onAnswer?: (effect: RecordedEffect, output: Json) => void;
}

export interface ErasedThings {
  /** Of one object. */
  readonly of: (digest: string) => Erasure | undefined;
  /** Of everything that an input rests on. */
  readonly within: (input: Json) => readonly Erasure[];
}

export interface ReplayPlace {
  readonly skills: SkillSet;
  readonly surroundings: EffectSurroundings;
  readonly code?: CodeIdentity;
  /** What was erased since; nothing when absent. */
  readonly erasures?: ErasedThings;
  /** What of an effect was taken from the record; asked after it was performed. */
  readonly notesOn?: (effectId: string) => readonly string[];
  /** True of an effect that is to be left as recorded, with the reason in `notesOn`. */
  readonly isLeftOut?: (effect: RecordedEffect) => boolean;
}

const goneCodes: ReadonlySet<string> = new Set(['CONTENT_NOT_FOUND', 'CONTENT_DIGEST_MISMATCH', 'STORE_CORRUPT', 'TABLE_INVALID']);

const worst: readonly Exclude<Verdict, 'recorded'>[] = ['diverged', 'erased', 'gone', 'absent', 'identical'];

/** @throws {CohortiumError} RUN_CANCELLED */
export async function replayRun(place: ReplayPlace, recorded: RecordedRun, options: ReplayOptions = {}): Promise<ReplayReport> {
  const { run, effects } = recorded;
  const content = comparedContent(place);
  const links = followMachines(recorded, place.skills, content);
  const stages: StageReport[] = [];
  for (const [index, effect] of effects.entries()) {
    if (options.signal?.aborted) throw new CohortiumError('RUN_CANCELLED', `the replay of ${run.id} was cancelled after ${index} effects`);
    options.onEffect?.(index, effects.length, effect.kind);
    stages.push(await replayStage(place, recorded, effect, links, options));
  }
  const verdicts = new Set(stages.map(({ verdict }) => verdict));
  const outcome = worst.find((one) => verdicts.has(one)) ?? 'identical';
  const first = stages.find(({ difference }) => difference !== null);
  return {
    runId: run.id,
    pipeline: run.pipeline,
    asOf: run.asOf,
    outcome,
    identical: outcome === 'identical',
    effects: effects.length,
    recomputed: stages.filter(({ verdict }) => verdict === 'identical' || verdict === 'diverged').length,
    followed: links.followed,
    firstDifference: first?.difference ? { step: first.step, effect: first.effect, ...first.difference } : null,
    stages,
  };
}

type Outcome = Pick<StageReport, 'verdict' | 'difference' | 'notes'> &
  Partial<Pick<StageReport, 'erased' | 'changes' | 'chunks' | 'records'>>;

async function replayStage(
  place: ReplayPlace,
  recorded: RecordedRun,
  effect: RecordedEffect,
  links: FollowedMachines,
  options: ReplayOptions,
): Promise<StageReport> {
  const broken = links.broken?.effect === effect.id ? links.broken.difference : null;
  const outcome: Outcome = broken
    ? { verdict: 'diverged', difference: broken, notes: ['it was recorded with an input that does not follow from what came before'] }
    : await recompute(place, recorded, effect, options);
  return {
    step: effect.step,
    skill: effect.skill,
    effect: effect.kind,
    effectId: effect.id,
    chunks: 0,
    records: 0,
    erased: [],
    changes: [],
    ...outcome,
    tiers: tiersIn(comparedContent(place), effect.output),
    facts: factsOf(place, recorded, effect, links),
    fingerprint: effect.fingerprint?.digest ?? null,
  };
}

async function recompute(place: ReplayPlace, { run }: RecordedRun, effect: RecordedEffect, options: ReplayOptions): Promise<Outcome> {
  const { signal = new AbortController().signal } = options;
  const notes = (): readonly string[] => place.notesOn?.(effect.id) ?? [];
  const skill = place.skills.get(effect.skill.split('@')[0] ?? '');
  if (!skill) return { verdict: 'absent', difference: null, notes: [`skill ${effect.skill} is not installed here`] };
  if (skill.effects[effect.kind]?.replay !== 'recompute' || place.isLeftOut?.(effect) === true) {
    return { verdict: 'recorded', difference: null, notes: notes() };
  }
  // Who is asked on nothing, such as the log, starts again from what it answered then.
  const restsOn = refsIn(effect.input).length === 0 ? [effect.input, effect.output] : effect.input;
  const erased = place.erasures?.within(restsOn) ?? [];
  if (erased.length > 0) return { verdict: 'erased', difference: null, notes: [], erased };
  const reply = await performEffect(effect, run, skill, { ...place.surroundings, recorded: effect.output }, signal);
  if (signal.aborted) throw new CohortiumError('RUN_CANCELLED', `the replay of ${run.id} was cancelled at ${effect.kind}`);
  if ('error' in reply) {
    const { code, message } = reply.error;
    if (code === 'ENGINE_ABSENT') return { verdict: 'absent', difference: null, notes: [message] };
    if (goneCodes.has(code)) return { verdict: 'gone', difference: null, notes: [message] };
  }
  if ('output' in reply) options.onAnswer?.(effect, reply.output);
  const difference =
    'error' in reply
      ? shape('output', `failed with ${reply.error.code}: ${reply.error.message}`)
      : firstDifference({ ...comparedContent(place), passesErased: true }, effect.output, reply.output);
  const unknown = difference || !('output' in reply) ? [] : erasedOutputs(place, effect.output, reply.output);
  if (unknown.length > 0) return { verdict: 'erased', difference: null, notes: [], erased: unknown };
  const now: RecordedFingerprint | null =
    place.code && difference ? fingerprintOf(place.code, { run, skill, effect, output: effect.output }) : null;
  return {
    verdict: difference ? 'diverged' : 'identical',
    difference,
    notes: notes(),
    changes: now && effect.fingerprint ? changesSince(effect.fingerprint, now) : [],
    ...sizeOf(effect.output),
  };
}

/** Of what came out then and was erased since: nobody can say whether it came out again. */
function erasedOutputs({ erasures }: ReplayPlace, recorded: Json, replayed: Json): readonly Erasure[] {
  const now = new Set(refsIn(replayed).map(({ digest }) => digest));
  return refsIn(recorded).flatMap(({ digest }) => (now.has(digest) ? [] : (erasures?.of(digest) ?? [])));
}

function comparedContent({ surroundings: { content }, erasures }: ReplayPlace): ComparedContent {
  const { getTable, getJson, has } = content;
  return { getTable, getJson, has, isErased: ({ digest }) => erasures?.of(digest) !== undefined };
}

/** Facts of the step, told once, where its last effect is. */
function factsOf(
  { skills }: ReplayPlace,
  { effects }: RecordedRun,
  effect: RecordedEffect,
  { outputs }: FollowedMachines,
): readonly Fact[] {
  const last = effects.findLast(({ step }) => step === effect.step);
  const skill = skills.get(effect.skill.split('@')[0] ?? '');
  const output = last?.id === effect.id ? outputs.get(effect.step) : undefined;
  if (!skill || output === undefined) return [];
  const parsed = skill.output.safeParse(output);
  return parsed.success ? skill.facts(parsed.data as never) : []; // its own output
}

function sizeOf(output: Json): Pick<StageReport, 'chunks' | 'records'> {
  const refs = refsIn(output);
  const tables = refs.filter(({ media }) => media === tableMedia);
  const records = tables.reduce((sum, { rows }) => sum + rows, 0);
  const chunks = tables.reduce((sum, { rows }) => sum + Math.max(1, Math.ceil(rows / chunkRows)), 0);
  return { chunks: chunks + (refs.length - tables.length), records };
}

function tiersIn(content: ComparedContent, output: Json): StageReport['tiers'] {
  for (const ref of refsIn(output)) {
    if (ref.media !== tableMedia || content.isErased?.(ref) === true || !content.has(ref)) continue;
    const table = content.getTable(ref);
    if (!('tier' in table.columns)) continue;
    const counts: Record<string, number> = {};
    for (const tier of textColumn(table, 'tier')) counts[tier] = (counts[tier] ?? 0) + 1;
    return Object.fromEntries(Object.entries(counts).sort(([a], [b]) => (a < b ? -1 : 1)));
  }
  return null;
}

/** Every object that a value names, in order. */
export function refsIn(value: Json): readonly Ref[] {
  const parsed = refSchema.safeParse(value);
  if (parsed.success) return [parsed.data];
  if (typeof value !== 'object' || value === null) return [];
  const parts = Array.isArray(value) ? (value as readonly Json[]) : Object.values(value);
  return parts.flatMap((part) => (part === undefined ? [] : refsIn(part)));
}
