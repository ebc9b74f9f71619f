import type { EngineQuestion, PolicySource } from '../../../agents/adapters/policy-engine/engine.ts';
/**
 * Rules and questions drawn from a seed: nested conditions over facts of every type, with dates, purposes and names that engines like
 * to stumble over. The questions leave facts out as often as the world does.
 */
import type { Condition, Facts, FactValue } from '../../../skills/gate/core/policy/condition.ts';
import { factsOf } from '../../../skills/gate/core/policy/condition.ts';
import { anchors, type PolicyRule } from '../../../skills/gate/core/policy/rule.ts';
import type { FactDefinition } from '../../../skills/gate/law/regime-schema.ts';
import { digestOf } from '../../../skills/sdk/index.ts';
import { makeRng, type Rng } from '../../../skills/sdk/numeric/index.ts';

const places = ['EU', 'US-CA', 'US-VA', 'GB', 'r.sub', "O'Neil", 'a "b" \\ c', 'Ærø', 'p_x41_', '  ', 'true', '1'];
const purposes = ['credit', 'analytics', 'ad-audience'];
const sinks = ['score-store', 'offers'];
const days = ['2025-12-31', '2026-06-30', '2026-07-01', '2026-07-20', '2027-01-01'];

export const vocabulary: Readonly<Record<string, FactDefinition>> = {
  residency: { type: 'text', of: 'customer', says: 'Where somebody lives.' },
  ageBand: { type: 'text', of: 'customer', values: ['under-13', '13-15', 'adult'], says: 'Age.' },
  profilingOptOut: { type: 'boolean', of: 'customer', says: 'Opted out.' },
  impactAssessment: { type: 'boolean', of: 'operator', says: 'Assessed.' },
  package: { type: 'boolean', of: 'use', says: 'A name that is a word of several languages.' },
  eceBasisPoints: { type: 'integer', of: 'run', says: 'Error.' },
  holdoutCustomers: { type: 'integer', of: 'run', says: 'Holdout.' },
};

const integers = [-5, -1, 0, 1, 30, 500, 9_007_199_254_740_991];

/** @param count how many rules */
export function randomPolicy(seed: string, count: number): PolicySource {
  const rng = makeRng(seed);
  const rules = Array.from({ length: count }, (_, index): PolicyRule => {
    const draw = rng.split(`rule ${index}`);
    const condition = randomCondition(draw, 3);
    const [from, to] = [pick(draw, [null, null, ...days]), pick(draw, [null, null, ...days])];
    return {
      id: `rule-${index}`,
      regime: null,
      anchor: pick(draw, anchors),
      outcome: pick(draw, ['fail', 'counsel', 'counsel']),
      citation: `§ ${index} of "the law"`,
      remedy: `Do ${index}.`,
      effectiveFrom: from,
      effectiveTo: to !== null && from !== null && to < from ? null : to,
      purposes: pick(draw, [null, [pick(draw, purposes)], purposes.slice(0, 2)]),
      verify: null,
      condition,
      facts: factsOf(condition),
      cedar: '',
      file: 'random',
      line: index + 1,
    };
  });
  return { digest: digestOf({ seed, count }), rules, facts: vocabulary };
}

/**
 * A third of the facts are unknown; the others are drawn from what the rules compare them with, and from beside it, so that rules of
 * the law are met too. Days and purposes lie on and beside their limits.
 */
export function randomQuestions(seed: string, count: number, source: PolicySource): readonly EngineQuestion[] {
  const rng = makeRng(seed);
  const met = valuesMet(source);
  const asked = source.facts === vocabulary ? purposes : [...new Set(source.rules.flatMap((rule) => rule.purposes ?? []))].sort();
  return Array.from({ length: count }, (_, index) => {
    const draw = rng.split(`question ${index}`);
    const facts: Facts = Object.fromEntries(
      Object.entries(source.facts).map(([name, fact]): [string, FactValue] => [
        name,
        draw.uniform() < 1 / 3 ? null : valueOf(draw, fact, met.get(name)),
      ]),
    );
    return { facts, purpose: pick(draw, asked), sink: pick(draw, sinks), asOf: pick(draw, days) };
  });
}

function valueOf(rng: Rng, { type, values }: FactDefinition, met: readonly (string | number | boolean)[] = []): string | number | boolean {
  if (type === 'boolean') return rng.uniform() < 0.5;
  if (met.length > 0 && rng.uniform() < 0.8) return pick(rng, met);
  return type === 'integer' ? pick(rng, integers) : pick(rng, values ?? places);
}

/** By fact, the values that rules compare it with, numbers with their neighbours. */
function valuesMet({ rules }: PolicySource): ReadonlyMap<string, readonly (string | number | boolean)[]> {
  const met = new Map<string, Set<string | number | boolean>>();
  const collect = (condition: Condition): void => {
    if (condition.kind === 'all' || condition.kind === 'any') condition.of.forEach(collect);
    else if (condition.kind === 'not') collect(condition.of);
    else {
      const values = condition.kind === 'one-of' ? condition.values : [condition.value - 1, condition.value, condition.value + 1];
      met.set(
        condition.fact,
        new Set([
          ...(met.get(condition.fact) ?? []),
          ...values.filter((value) => Number.isSafeInteger(value) || typeof value !== 'number'),
        ]),
      );
    }
  };
  for (const { condition } of rules) if (condition) collect(condition);
  return new Map([...met].map(([fact, values]) => [fact, [...values]]));
}

function randomCondition(rng: Rng, depth: number): Condition {
  const kind = depth === 0 ? 'test' : pick(rng, ['all', 'all', 'any', 'not', 'test', 'test']);
  if (kind === 'all' || kind === 'any') {
    return { kind, of: Array.from({ length: rng.integer(4) }, () => randomCondition(rng, depth - 1)) };
  }
  if (kind === 'not') return { kind, of: randomCondition(rng, depth - 1) };
  const [fact, definition] = pick(rng, [...Object.entries(vocabulary), ['purpose', null] as const, ['sink', null] as const]);
  if (definition === null) return { kind: 'one-of', fact, values: [pick(rng, fact === 'purpose' ? purposes : sinks)] };
  if (definition.type === 'integer' && rng.uniform() < 0.7) {
    return { kind: pick(rng, ['above', 'at-least', 'below', 'at-most'] as const), fact, value: pick(rng, integers) };
  }
  return { kind: 'one-of', fact, values: [...new Set(Array.from({ length: 1 + rng.integer(2) }, () => valueOf(rng, definition)))] };
}

function pick<Item>(rng: Rng, items: readonly Item[]): Item {
  const item = items[rng.integer(items.length)];
  if (item === undefined) throw new Error('nothing to pick from');
  return item;
}
