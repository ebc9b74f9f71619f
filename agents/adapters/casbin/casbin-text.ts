/**
 * Rules as a Casbin model and policy. Casbin takes a fact that is missing for one that does not hold and gives the first reason only,
 * so each rule has two rows, `applies` and `open`, and is asked by itself. Texts are written in an alphabet that Casbin's own rewriting
 * of expressions leaves alone. Refuses nothing.
 * @see https://casbin.org/docs/syntax-for-models
 */
import type { Facts } from '../../../skills/gate/core/policy/condition.ts';
import type { PolicyRule } from '../../../skills/gate/core/policy/rule.ts';
import type { EngineQuestion, PolicySource } from '../policy-engine/engine.ts';
import { type ExpressionDialect, whenFalse, whenTrue } from '../policy-engine/kleene-text.ts';

/** The same for every policy. */
export const casbinModel = `[request_definition]
r = rule, facts, known, purpose, sink, asOf

[policy_definition]
p = rule, state, when

[policy_effect]
e = some(where (p.eft == allow))

[matchers]
m = r.rule == p.rule && eval(p.when)
`;

export type CasbinRow = readonly [rule: string, state: 'applies' | 'open', when: string];

/** Rows of one rule, `applies` first. A rule that only Cedar can say is open. */
export function casbinRows(rule: PolicyRule): readonly CasbinRow[] {
  const force = inForce(rule);
  if (rule.condition === null) return [[rule.id, 'open', conjunction([...force, 'true'])]];
  const holds = whenTrue(rule.condition, dialect);
  const isOpen = [`!(${holds})`, `!(${whenFalse(rule.condition, dialect)})`];
  return [
    [rule.id, 'applies', conjunction([...force, holds])],
    [rule.id, 'open', conjunction([...force, ...isOpen])],
  ];
}

/** policy.csv for other Casbins; quoted as RFC 4180 says. */
export function casbinCsv(rules: readonly PolicyRule[]): string {
  return rules
    .flatMap(casbinRows)
    .map((row) => `p, ${row.map(csvField).join(', ')}\n`)
    .join('');
}

/** Arguments of `enforce` behind the rule's id, in the order of the model: every fact of the vocabulary, and whether it is known. */
export function casbinRequest(
  { facts, purpose, sink, asOf }: EngineQuestion,
  vocabulary: PolicySource['facts'],
): readonly [Facts, Facts, string, string, string] {
  const values = Object.keys(vocabulary).map((name) => [name, facts[name] ?? null] as const);
  const written = values.map(([name, value]) => [name, typeof value === 'string' ? safeText(value) : (value ?? '')] as const);
  const known = values.map(([name, value]) => [name, value !== null] as const);
  return [Object.fromEntries(written), Object.fromEntries(known), safeText(purpose), safeText(sink), asOf];
}

/** Letters, digits and hyphens stay; everything else is its code point between underscores, so that no two texts become one. */
export function safeText(text: string): string {
  return text.replaceAll(/[^A-Za-z0-9-]/gu, (character) => `_${(character.codePointAt(0) ?? 0).toString(16)}_`);
}

const dialect: ExpressionDialect = {
  isKnown: ({ fact }) => (isName(fact) ? null : `r.known.${fact}`),
  test: (test) => {
    const read = isName(test.fact) ? `r.${test.fact}` : `r.facts.${test.fact}`;
    if (test.kind !== 'one-of') return `${read} ${{ above: '>', 'at-least': '>=', below: '<', 'at-most': '<=' }[test.kind]} ${test.value}`;
    return test.values.map((value) => `${read} == ${typeof value === 'string' ? `'${safeText(value)}'` : value}`).join(' || ') || 'false';
  },
};

function inForce({ purposes, effectiveFrom, effectiveTo }: PolicyRule): string[] {
  return [
    ...(purposes === null ? [] : [`(${purposes.map((purpose) => `r.purpose == '${safeText(purpose)}'`).join(' || ')})`]),
    ...(effectiveFrom === null ? [] : [`r.asOf >= '${effectiveFrom}'`]),
    ...(effectiveTo === null ? [] : [`r.asOf <= '${effectiveTo}'`]),
  ];
}

function conjunction(parts: readonly string[]): string {
  return parts.join(' && ');
}

function isName(fact: string): boolean {
  return fact === 'purpose' || fact === 'sink';
}

function csvField(text: string): string {
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
