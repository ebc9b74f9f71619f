/**
 * What a result was computed with: schema, code, dependencies, parameters, inputs, policy, seed and mathematics, each as a digest. Two
 * stages with one fingerprint must give the same bytes. Runtime versions stand beside it and are no part of it: results do not depend
 * on them, and a replay is what shows that.
 */
import {
  type Digest,
  digestOf,
  type EffectDefinition,
  type Json,
  refSchema,
  seedOf,
  type SkillDefinition,
  z,
} from '../../skills/sdk/index.ts';
import type { RecordedFingerprint, StageFingerprint } from './fingerprint-form.ts';
import { planOf } from './recorded-run.ts';
import type { EffectRow, RunRow } from './run-store.ts';

/** The code that is running here. */
export interface CodeIdentity {
  readonly package: string;
  readonly version: string;
  /** Digest of the files of a skill and of what all skills share; null of a skill that came from elsewhere. */
  readonly treeOf: (skillId: string) => Digest | null;
  /** `lockfile:` and its digest, or `installed:` and that of names and versions. */
  readonly dependencies: string;
  /** Name of the set of functions that stand in for Math.exp and its like. */
  readonly math: string;
  /** Node, V8, processor, ICU, time zone data. */
  readonly runtime: Readonly<Record<string, string>>;
}

export function fingerprintOf(
  code: CodeIdentity,
  {
    run,
    skill,
    effect,
    output,
  }: { readonly run: RunRow; readonly skill: SkillDefinition; readonly effect: EffectRow; readonly output: Json },
): RecordedFingerprint {
  const definition = skill.effects[effect.kind];
  const step = planOf(run).steps.find(({ id }) => id === effect.step);
  const stage: StageFingerprint = {
    stage: `${skill.id}/${effect.kind}`,
    schema: definition ? schemaDigest(definition) : '',
    code: { package: code.package, version: code.version, skill: `${skill.id}@${skill.version}`, tree: code.treeOf(skill.id) },
    dependencies: code.dependencies,
    parameters: digestOf(step?.config ?? {}),
    inputs: digestOf(effect.input),
    policy: lawIn(output),
    seed: seedOf(run.definitionDigest, run.asOf, `${effect.step}/${effect.kind}`),
    math: code.math,
  };
  return { digest: digestOf(stage), stage, runtime: code.runtime };
}

/** What is not as it was then, in words, most telling first; empty when a difference has no such cause. */
export function changesSince(then: RecordedFingerprint, now: RecordedFingerprint): readonly string[] {
  const [a, b] = [then.stage, now.stage];
  const changes: string[] = [];
  const say = (what: string, before: string | null, after: string | null): void => {
    if (before !== after) changes.push(`${what} changed since: ${shown(before)} then, ${shown(after)} now`);
  };
  say('the version of the skill', a.code.skill, b.code.skill);
  say('the version of the package', `${a.code.package}@${a.code.version}`, `${b.code.package}@${b.code.version}`);
  say('code', a.code.tree, b.code.tree);
  say('the schema', a.schema, b.schema);
  say('the mathematics', a.math, b.math);
  say('dependencies', a.dependencies, b.dependencies);
  say('parameters', a.parameters, b.parameters);
  say('the law', a.policy, b.policy);
  for (const name of [...new Set([...Object.keys(then.runtime), ...Object.keys(now.runtime)])].sort()) {
    say(`${name} of the machine`, then.runtime[name] ?? null, now.runtime[name] ?? null);
  }
  return changes;
}

/** Digests by their first digits: who reads them only sees that they differ. */
function shown(value: string | null): string {
  return value === null ? 'none' : value.replaceAll(/[0-9a-f]{64}/g, (digest) => digest.slice(0, 12));
}

function lawIn(output: Json): string | null {
  const law = typeof output === 'object' && output !== null && !Array.isArray(output) && 'law' in output ? output['law'] : null;
  const parsed = refSchema.safeParse(law);
  return parsed.success ? parsed.data.digest : null;
}

const schemas = new WeakMap<EffectDefinition, string>();

function schemaDigest(definition: EffectDefinition): string {
  let digest = schemas.get(definition);
  if (digest === undefined) {
    const of = (schema: z.ZodType): unknown => z.toJSONSchema(schema, { unrepresentable: 'any', io: 'input' });
    digest = digestOf(JSON.parse(JSON.stringify([of(definition.input), of(definition.output)])));
    schemas.set(definition, digest);
  }
  return digest;
}
