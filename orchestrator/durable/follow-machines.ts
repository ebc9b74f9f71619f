/**
 * Follows the machines of a run again, effect by effect, from the recorded replies: what each effect was asked on must be what the
 * machine asks for now. So a recorded input cannot be exchanged without being noticed. Performs nothing; a step that a failure went into
 * is followed up to there.
 */
import type { Json, SkillDefinition } from '../../skills/sdk/index.ts';
import type { SkillSet } from '../pipeline/parse-pipeline.ts';
import { type ComparedContent, type Difference, firstDifference, shape } from './compare.ts';
import { type Folded, type MachineEvent, startMachine, stepMachine } from './fold.ts';
import { planOf, type RecordedEffect, type RecordedRun } from './recorded-run.ts';

export interface FollowedMachines {
  /** Effects whose input follows from what came before. */
  readonly followed: number;
  /** Of the first effect that something else was asked on; by effect id. */
  readonly broken: { readonly effect: string; readonly difference: Difference } | null;
  /** What steps put out, as far as they could be followed to their end. */
  readonly outputs: ReadonlyMap<string, Json>;
}

export function followMachines({ run, effects }: RecordedRun, skills: SkillSet, content: ComparedContent): FollowedMachines {
  const outputs = new Map<string, Json>();
  let followed = 0;
  for (const step of planOf(run).steps) {
    const skill = skills.get(step.skill);
    const last = Math.max(0, ...effects.filter((effect) => effect.step === step.id).map(({ attempt }) => attempt));
    const own = effects.filter((effect) => effect.step === step.id && effect.attempt === last);
    const sources = Object.entries(step.binds).map(([field, from]) => [field, fieldOf(outputs.get(from), field)] as const);
    if (!skill || own.length === 0 || sources.some(([, value]) => value === undefined)) continue;
    const result = followStep(skill, own, { input: Object.fromEntries(sources), config: step.config, asOf: run.asOf }, content);
    followed += result.followed;
    if (result.broken) return { followed, broken: result.broken, outputs };
    if (result.output !== undefined) outputs.set(step.id, result.output);
  }
  return { followed, broken: null, outputs };
}

type FollowedStep = Pick<FollowedMachines, 'followed' | 'broken'> & { readonly output?: Json };

interface StepStart {
  readonly input: Readonly<Record<string, unknown>>;
  readonly config: Readonly<Record<string, unknown>>;
  readonly asOf: string;
}

function followStep(skill: SkillDefinition, own: readonly RecordedEffect[], start: StepStart, content: ComparedContent): FollowedStep {
  const input = skill.input.safeParse(start.input);
  if (!input.success) return { followed: 0, broken: null };
  const at = new Map(own.map((effect) => [`${effect.seq}/${effect.index}`, effect]));
  const timers = new Map<string, { readonly delayMs: number; readonly event: Json }>();
  let followed = 0;
  let seq = 0;
  let folded: Folded;
  try {
    folded = startMachine(skill.machine, { ...start, input: input.data });
    const waiting: RecordedEffect[] = [];
    const take = (): FollowedMachines['broken'] => {
      for (const { id, set } of folded.timers) {
        if (set) timers.set(id, set);
        else timers.delete(id);
      }
      for (const [index, asked] of folded.effects.entries()) {
        const effect = at.get(`${seq}/${index}`);
        // Not answered: from there on the record says too little.
        if (effect?.kind !== asked.kind) continue;
        const difference = firstDifference(content, effect.input, asked.input, 'input');
        if (difference) return { effect: effect.id, difference };
        followed += 1;
        waiting.push(effect);
      }
      return null;
    };
    let broken = take();
    while (!broken && !folded.isDone) {
      const event = nextEvent(waiting, timers);
      if (!event) break;
      folded = stepMachine(skill.machine, folded.snapshot, event);
      seq += 1;
      broken = take();
    }
    if (broken) return { followed, broken };
  } catch (error) {
    const [first] = own;
    const says = error instanceof Error ? error.message : String(error);
    return first
      ? { followed, broken: { effect: first.id, difference: shape('input', `the machine cannot take the recorded replies: ${says}`) } }
      : { followed, broken: null };
  }
  return folded.isDone && folded.state === 'done' ? { followed, broken: null, output: folded.output } : { followed, broken: null };
}

/** A reply, where one is open; else the timer that is due first, which took its turn in the run as well. */
function nextEvent(
  waiting: RecordedEffect[],
  timers: Map<string, { readonly delayMs: number; readonly event: Json }>,
): MachineEvent | undefined {
  const effect = waiting.shift();
  if (effect) return { type: `${effect.kind}.ok`, output: effect.output };
  const [due] = [...timers].sort(([, a], [, b]) => a.delayMs - b.delayMs);
  if (!due) return undefined;
  timers.delete(due[0]);
  return due[1].event as unknown as MachineEvent; // asked for by the machine
}

function fieldOf(output: Json | undefined, field: string): Json | undefined {
  if (typeof output !== 'object' || output === null || Array.isArray(output)) return undefined;
  return (Object.entries(output).find(([key]) => key === field)?.[1] ?? null) as Json; // outputs are stored as JSON
}
