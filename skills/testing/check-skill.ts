/** Checks a skill against the contract. Performs its pure effects on samples; never performs one that goes to a port. */
import { type ContentStore, type SkillDefinition, skillFaults } from '../sdk/index.ts';
import { createAmbientTrap } from './ambient-trap.ts';
import { type Claim, createFindings, type Findings } from './findings.ts';
import { textOf } from './issue-text.ts';
import { createMemoryContent } from './memory-content.ts';
import { createPurePerformer } from './perform-pure.ts';
import type { SkillSample } from './skill-sample.ts';
import { walkMachine } from './walk-machine.ts';

export type { Claim } from './findings.ts';

export interface CheckOptions {
  /** Together they should lead the machine through every state. */
  readonly samples: readonly SkillSample[];
  /** Where the Refs of the samples are; an empty store in memory when absent. */
  readonly content?: ContentStore;
}

const ends = ['cancelled', 'done', 'failed'];

/** @returns every claim of the contract with what speaks against it; the skill keeps the contract when all are ok */
export function checkSkill(
  skill: SkillDefinition,
  { samples, content = createMemoryContent() }: CheckOptions,
): { readonly claims: readonly Claim[] } {
  const findings = createFindings();
  for (const fault of skillFaults(skill)) findings.against('is well formed', fault);
  checkShape(skill, findings);
  const trap = createAmbientTrap();
  const performer = createPurePerformer(skill, content, trap, findings);
  const walks = samples.map((sample) => walkMachine({ skill, trap, performer, findings }, sample));
  const states = new Set(walks.flatMap((walk) => [...walk.states]));
  for (const name of Object.keys(skill.machine.states)) {
    if (!states.has(name)) findings.against('reaches every state', `no sample leads to '${name}'`);
  }
  const requested = new Set(walks.flatMap((walk) => [...walk.requested]));
  for (const kind of Object.keys(skill.effects)) {
    if (!requested.has(kind))
      findings.against('requests every effect that it declares and no other', `'${kind}' is declared but no sample leads to it`);
  }
  const outputs = walks.flatMap((walk) => walk.outputs);
  checkStrictness(skill, samples, outputs, findings);
  for (const output of outputs) checkFacts(skill, output, findings);
  return { claims: findings.claims() };
}

function checkShape({ machine }: SkillDefinition, findings: Findings): void {
  const claim = 'has a flat machine that ends in done, failed or cancelled';
  const states = Object.entries(machine.states);
  for (const [name, state] of states) {
    if (Object.keys(state.states).length > 0) findings.against(claim, `'${name}' has states inside it`);
    if (state.invoke.length > 0) findings.against(claim, `'${name}' invokes something`);
  }
  const finals = states.filter(([, { type }]) => type === 'final').map(([name]) => name);
  if (finals.sort().join() !== ends.join())
    findings.against(claim, `final states are ${finals.join(', ') || 'none'}, expected ${ends.join(', ')}`);
}

/** A schema is strict when it refuses a key that nobody declared. */
function checkStrictness(skill: SkillDefinition, samples: readonly SkillSample[], outputs: readonly unknown[], findings: Findings): void {
  const probe = (what: string, schema: SkillDefinition['input'], value: unknown): void => {
    if (typeof value !== 'object' || value === null || !schema.safeParse(value).success) return;
    const isStrict = !schema.safeParse({ ...value, 'a key that nobody declared': 1 }).success;
    if (!isStrict) findings.against('has strict schemas that accept the samples', `${what} accepts unknown keys; use z.strictObject`);
  };
  for (const sample of samples) {
    probe('input', skill.input, sample.input);
    probe('config', skill.config, sample.config ?? {});
  }
  for (const output of outputs) probe('output', skill.output, output);
}

function checkFacts(skill: SkillDefinition, output: unknown, findings: Findings): void {
  if (!skill.output.safeParse(output).success) return; // said elsewhere
  const against = (message: string): void => findings.against('states facts of its output', message);
  try {
    const facts = skill.facts(output as never); // it fits the schema by the check above
    const ids = facts.map(({ id }) => id);
    if (new Set(ids).size !== ids.length) against(`ids repeat: ${ids.join(', ')}`);
    for (const { id, value } of facts) {
      if (typeof value === 'number' && !Number.isFinite(value)) against(`'${id}' is ${value}`);
    }
  } catch (error) {
    against(textOf(error));
  }
}
