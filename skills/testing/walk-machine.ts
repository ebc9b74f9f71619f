/**
 * Walks everything that can happen to a skill machine: every reply of every outstanding effect, good and bad, every timer, and
 * cancel in every state. States met before are not walked again, so loops end.
 */
import { canonicalJson, digestOf, type EffectFailure, type SkillDefinition } from '../sdk/index.ts';
import type { AmbientTrap } from './ambient-trap.ts';
import { deepFreeze } from './deep-freeze.ts';
import type { Findings } from './findings.ts';
import { type Fold, type MachineEvent, type Request, startFold, stepFold } from './fold-machine.ts';
import { issueText, textOf } from './issue-text.ts';
import type { PurePerformer } from './perform-pure.ts';
import type { SkillSample } from './skill-sample.ts';

export const sampleFailure: EffectFailure = { code: 'EFFECT_FAILED', message: 'as the kit says', isRejected: true };
const maxPlaces = 5000;
const maxBytes = 65_536;
const folds = 'folds alike each time, without clock, randomness or I/O';
const schemas = 'has strict schemas that accept the samples';
const requestsClaim = 'requests every effect that it declares and no other';

export interface Walk {
  readonly states: ReadonlySet<string>;
  readonly requested: ReadonlySet<string>;
  /** Outputs of the runs that ended in `done`. */
  readonly outputs: readonly unknown[];
}

interface Place {
  readonly fold: Fold;
  readonly outstanding: readonly Request[];
  readonly timers: Readonly<Record<string, MachineEvent>>;
}

export interface WalkTools {
  readonly skill: SkillDefinition;
  readonly trap: AmbientTrap;
  readonly performer: PurePerformer;
  readonly findings: Findings;
}

export function walkMachine(tools: WalkTools, sample: SkillSample): Walk {
  const { skill, findings } = tools;
  const states = new Set<string>();
  const requested = new Set<string>();
  const outputs: unknown[] = [];
  const seen = new Set<string>();
  const open: Place[] = [];
  const arrive = (place: Place | undefined): void => {
    if (!place) return;
    states.add(place.fold.state);
    for (const { kind } of place.fold.requests) requested.add(kind);
    const key = digestOf([place.fold.state, place.fold.context, place.outstanding, place.timers]);
    if (seen.has(key)) return;
    seen.add(key);
    if (place.fold.isFinal) {
      if (place.fold.state === 'done') outputs.push(place.fold.output);
      checkEnd(skill, place.fold, findings);
    } else open.push(place);
  };
  arrive(begin(tools, sample));
  for (let place = open.pop(); place; place = open.pop()) {
    if (seen.size > maxPlaces) {
      findings.against('reaches every state', `gave up after ${maxPlaces} places; does the context count something up?`);
      break;
    }
    if (place.outstanding.length === 0 && Object.keys(place.timers).length === 0) {
      findings.against('waits for something in every state', `'${place.fold.state}' waits for no effect and no timer`);
    }
    const cancelled = next(tools, place, { type: 'cancel' }, {});
    if (cancelled && cancelled.fold.state !== 'cancelled') {
      findings.against('stops in every state when it is cancelled', `cancel in '${place.fold.state}' leads to '${cancelled.fold.state}'`);
    }
    arrive(cancelled);
    for (const event of timersOf(place)) arrive(next(tools, place, event.event, { timer: event.id }));
    for (const [index, request] of place.outstanding.entries()) {
      for (const output of repliesTo(tools, sample, request)) {
        arrive(next(tools, place, { type: `${request.kind}.ok`, output }, { request: index }));
      }
      arrive(next(tools, place, { type: `${request.kind}.failed`, error: sampleFailure }, { request: index }));
    }
  }
  return { states, requested, outputs };
}

function begin(tools: WalkTools, sample: SkillSample): Place | undefined {
  const { skill, findings } = tools;
  const input = skill.input.safeParse(sample.input);
  const config = skill.config.safeParse(sample.config ?? {});
  if (input.error) findings.against(schemas, `input of a sample: ${issueText(input.error)}`);
  if (config.error) findings.against(schemas, `config of a sample: ${issueText(config.error)}`);
  if (!input.success || !config.success) return undefined;
  const start = deepFreeze({ input: input.data, config: config.data, asOf: sample.asOf ?? '2026-01-31' });
  const fold = folded(tools, 'start', () => startFold(skill.machine, start));
  return fold ? { fold, outstanding: fold.requests, timers: fold.timersSet } : undefined;
}

function next(
  tools: WalkTools,
  place: Place,
  event: MachineEvent,
  answered: { readonly request?: number; readonly timer?: string },
): Place | undefined {
  const fold = step(tools, place.fold, event);
  if (!fold) return undefined;
  const outstanding = [...place.outstanding.filter((_, index) => index !== answered.request), ...fold.requests];
  const kept = Object.entries(place.timers).filter(([id]) => id !== answered.timer && !fold.timersCleared.includes(id));
  return { fold, outstanding, timers: { ...Object.fromEntries(kept), ...fold.timersSet } };
}

function step({ skill, ...tools }: WalkTools, from: Fold, event: MachineEvent): Fold | undefined {
  deepFreeze(from.context);
  deepFreeze(event);
  return folded({ skill, ...tools }, `${event.type} in '${from.state}'`, () => stepFold(skill.machine, from, event));
}

/** Folds twice and compares; checks what the fold says. */
function folded({ skill, trap, findings }: WalkTools, where: string, fold: () => Fold): Fold | undefined {
  try {
    const { result, reached } = trap.run(fold);
    if (reached.length > 0) findings.against(folds, `${where}: reached for ${[...new Set(reached)].join(', ')}`);
    if (canonicalJson(trap.run(fold).result) !== canonicalJson(result)) findings.against(folds, `${where}: two folds of one event differ`);
    if (result.bytes > maxBytes) findings.against('is plain JSON below 64 KiB at every step', `${where}: ${result.bytes} bytes`);
    for (const type of result.otherActions) findings.against(requestsClaim, `${where}: action '${type}' is neither an effect nor a timer`);
    for (const request of result.requests) checkRequest(skill, request, findings);
    return result;
  } catch (error) {
    const isJson = textOf(error).startsWith('canonical JSON cannot carry');
    findings.against(isJson ? 'is plain JSON below 64 KiB at every step' : folds, `${where}: ${textOf(error)}`);
    return undefined;
  }
}

function checkRequest(skill: SkillDefinition, { kind, input }: Request, findings: Findings): void {
  const effect = skill.effects[kind];
  if (!effect) {
    findings.against(requestsClaim, `'${kind}' is requested, declared are: ${Object.keys(skill.effects).join(', ') || 'none'}`);
    return;
  }
  const parsed = effect.input.safeParse(input);
  if (parsed.error) findings.against(schemas, `input that the machine gives '${kind}': ${issueText(parsed.error)}`);
}

function repliesTo({ skill, performer, findings }: WalkTools, sample: SkillSample, { kind, input }: Request): readonly unknown[] {
  const effect = skill.effects[kind];
  if (!effect) return [];
  const given = sample.replies?.[kind];
  if (!given && effect.via !== 'pure') {
    findings.against('reaches every state', `no sample reply for '${kind}'; add one to 'replies'`);
    return [];
  }
  const parsed = effect.input.safeParse(input);
  if (!given && !parsed.success) return []; // reported where it was requested
  const outputs = given ?? [performer.perform(kind, parsed.data)].filter((output) => output !== undefined);
  return outputs.flatMap((output): unknown[] => {
    const checked = effect.output.safeParse(output);
    if (checked.success) return [checked.data];
    findings.against(schemas, `output of '${kind}': ${issueText(checked.error)}`);
    return [];
  });
}

function checkEnd(skill: SkillDefinition, { state, output }: Fold, findings: Findings): void {
  const claim = 'puts out what its schema says, or an error with code and message';
  if (state === 'done') {
    const parsed = skill.output.safeParse(output);
    if (parsed.error) findings.against(claim, `output in 'done': ${issueText(parsed.error)}`);
  } else if (state === 'failed') {
    const error: unknown = typeof output === 'object' && output !== null && 'error' in output ? output.error : undefined;
    const isTold = typeof error === 'object' && error !== null && 'code' in error && 'message' in error;
    if (!isTold) findings.against(claim, `output in 'failed' is ${JSON.stringify(output)}, expected { error: { code, message } }`);
  }
}

function timersOf({ timers }: Place): readonly { readonly id: string; readonly event: MachineEvent }[] {
  return Object.entries(timers).map(([id, event]) => ({ id, event }));
}
