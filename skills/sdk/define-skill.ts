/**
 * The skill contract: what a skill declares about itself. A skill is data plus pure functions; it never performs an
 * effect, it asks for one. Refuses, at definition time, what the orchestrator could not run.
 */
import type { AnyStateMachine } from 'xstate';
import type { z } from 'zod';

import { CohortiumError } from './errors.ts';
import type { Digest } from './ids.ts';
import type { PortName } from './ports.ts';
import type { Ref } from './ref.ts';
import type { Table, TableToWrite } from './table.ts';

/** Version of this contract. A loader refuses a skill written for another one. */
export const contractVersion = 1;

/** Reads and writes of the content store, and the seed of the step. All that a pure effect may touch. */
export interface PureContext {
  readonly readTable: (ref: Ref) => Table;
  readonly writeTable: (table: TableToWrite) => Ref;
  readonly readJson: (ref: Ref) => unknown;
  readonly writeJson: (value: unknown) => Ref;
  /** Depends on definition, as-of date and step; never on the run. */
  readonly seed: Digest;
}

export interface EffectDefinition {
  /** `pure`, or the port that performs it. */
  readonly via: 'pure' | PortName;
  /** Method of the port; absent for `pure`. */
  readonly method?: string;
  readonly input: z.ZodType;
  readonly output: z.ZodType;
  /** True when performing it twice under one idempotency key equals performing it once. */
  readonly idempotent: boolean;
  readonly timeoutMs: number;
  /** `recompute`: replay performs it again, over stores that it may not change, and compares; `recorded`: replay takes the recorded reply. */
  readonly replay: 'recompute' | 'recorded';
}

export interface ToolDefinition {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly input: z.ZodType;
  readonly output: z.ZodType;
  readonly hints: { readonly readOnly: boolean; readonly destructive: boolean; readonly idempotent: boolean; readonly openWorld: boolean };
}

/** A labelled number that a narrative may use. */
export interface Fact {
  readonly id: string;
  readonly label: string;
  readonly value: number | string;
  readonly unit?: string;
}

export type PureFunction = (input: never, context: PureContext) => unknown;

export interface SkillDefinition {
  /** kebab-case. */
  readonly id: string;
  /** Semver of the skill's behaviour. */
  readonly version: string;
  readonly contract: number;
  readonly title: string;
  readonly description: string;
  /** Strict object. Bound by name from the pipeline input and from what earlier steps put out. */
  readonly input: z.ZodObject;
  /** Strict object. */
  readonly output: z.ZodObject;
  /** Strict object with defaults; what a pipeline gives under `with:`. */
  readonly config: z.ZodObject;
  /** Domain events by name and major, such as `signal.captured@1`. */
  readonly consumes: readonly string[];
  readonly emits: readonly string[];
  readonly effects: Readonly<Record<string, EffectDefinition>>;
  readonly pure: Readonly<Record<string, PureFunction>>;
  /** Flat statechart made by skillSetup; takes `{ input, config, asOf }`, ends with the skill's output. */
  readonly machine: AnyStateMachine;
  readonly determinism: { readonly level: 'bit-exact' | 'tolerance' } | { readonly level: 'none'; readonly reason: string };
  readonly tools: readonly ToolDefinition[];
  readonly facts: (output: never) => readonly Fact[];
  /**
   * Names of the outputs that a step with this configuration puts out, where it may leave some out (null). Later steps are bound to
   * these only. Everything when absent.
   */
  readonly puts?: (config: never) => readonly string[];
  /** Old version → function from its stored snapshot to one of this version. */
  readonly migrations: Readonly<Record<string, (snapshot: unknown) => unknown>>;
}

/**
 * Checks a skill and returns it unchanged.
 * @throws {CohortiumError} SKILL_INVALID with every fault at once
 */
export function defineSkill<const Skill extends SkillDefinition>(skill: Skill): Skill {
  const faults = skillFaults(skill);
  if (faults.length > 0) throw new CohortiumError('SKILL_INVALID', `skill '${skill.id}': ${faults.join('; ')}`);
  return skill;
}

/** What is wrong with a skill, each fault one clause; empty when it is well formed. */
export function skillFaults(skill: SkillDefinition): string[] {
  const faults: string[] = [];
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(skill.id)) faults.push(`id '${skill.id}' is not kebab-case`);
  if (!/^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$/.test(skill.version)) faults.push(`version '${skill.version}' is not semver`);
  if (skill.contract !== contractVersion) faults.push(`contract ${skill.contract} is not ${contractVersion}`);
  for (const [kind, effect] of Object.entries(skill.effects)) {
    if (!/^[a-z][a-zA-Z0-9-]*(\.[a-z][a-zA-Z0-9-]*)+$/.test(kind)) faults.push(`effect kind '${kind}' is not dotted lower case`);
    if (effect.via === 'pure' && !(kind in skill.pure)) faults.push(`effect '${kind}' is pure but 'pure' has no function of that name`);
    if (effect.via !== 'pure' && effect.method === undefined)
      faults.push(`effect '${kind}' goes to port '${effect.via}' but names no method`);
    if (!(effect.timeoutMs > 0)) faults.push(`effect '${kind}' has timeoutMs ${effect.timeoutMs}`);
    if (effect.via === 'pure' && effect.replay !== 'recompute') faults.push(`effect '${kind}' is pure, so replay must be 'recompute'`);
  }
  for (const kind of Object.keys(skill.pure)) {
    if (skill.effects[kind]?.via !== 'pure') faults.push(`pure function '${kind}' is not declared as a pure effect`);
  }
  for (const event of [...skill.consumes, ...skill.emits]) {
    if (!/^[a-z][a-z-]*(\.[a-z][a-z-]*)+@\d+$/.test(event)) faults.push(`event '${event}' is not name@major`);
  }
  return faults;
}
