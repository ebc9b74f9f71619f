/**
 * Rules as Rego. Truth is a number, 0 false, 1 unknown, 2 true, so that all is `min`, any is `max` and not is `2 - x`: Rego itself
 * takes a fact that is missing for one that does not hold. A rule that only Cedar can say stands as unknown. Refuses nothing.
 * @see https://www.openpolicyagent.org/docs/policy-language
 */
import type { Condition } from '../../../skills/gate/core/policy/condition.ts';
import type { PolicyRule } from '../../../skills/gate/core/policy/rule.ts';
import type { PolicySource } from '../policy-engine/engine.ts';

/** The package of the generated policy, and where OPA answers it. */
export const regoPackage = 'cohortium.gate';

/** One file; `decision` answers one question, `decisions` a list of them. */
export function regoText({ digest, rules, facts }: PolicySource): string {
  const tests = new Map<string, string>();
  const leafOf = (test: Test): string => {
    const key = JSON.stringify(test);
    const known = tests.get(key) ?? `test_${tests.size + 1}`;
    tests.set(key, known);
    return known;
  };
  const texts = rules.map((rule) => ruleText(rule, leafOf));
  const listed = (name: string, text: (rule: PolicyRule) => string): string =>
    `${name} := {${rules.map((rule) => `\n\t${quoted(rule.id)}: ${text(rule)},`).join('')}\n}\n`;
  return [
    head(digest),
    // Whole objects of plain references: looked up one by one, a rule would cost as many steps as there are rules.
    listed('rules', about),
    listed('truth', ({ id }) => `truth_${nameOf(id)}`),
    listed('hangs_on', ({ id }) => `hangs_on_${nameOf(id)}`),
    ...texts,
    ...knownTexts(rules, facts),
    ...[...tests].map(([key, name]) => testText(name, JSON.parse(key) as Test)), // written above
  ].join('\n');
}

type Test = Extract<Condition, { readonly fact: string }>;
/** Name of the rule that evaluates a test; equal tests are evaluated once, whatever the number of rules that have them. */
type LeafOf = (test: Test) => string;

function about({ outcome, anchor, citation, remedy }: PolicyRule): string {
  return `{"effect": ${quoted(outcome)}, "anchor": ${quoted(anchor)}, "citation": ${quoted(citation)}, "remedy": ${quoted(remedy)}}`;
}

function ruleText(rule: PolicyRule, leafOf: LeafOf): string {
  const { id, condition } = rule;
  const name = nameOf(id);
  if (condition === null) {
    const says = `# ${id} is written in Cedar and cannot be said here: it is unknown, so it sends to counsel.`;
    return [says, ...inForce(rule, `asked_${name}`), ...truthTexts(name, '1', undefined), ...hangsTexts(name, 'set()')].join('\n');
  }
  const [first] = condition.kind === 'all' ? condition.of : [];
  // Most rules are about somebody else, and their first test says so.
  const scope = first && 'fact' in first ? leafOf(first) : undefined;
  const truth = truthTexts(name, truthText(condition, leafOf), scope);
  return [`# ${id}`, ...inForce(rule, `asked_${name}`), ...truth, ...hangsTexts(name, hangsText(condition, leafOf))].join('\n');
}

function truthTexts(name: string, truth: string, scope: string | undefined): string[] {
  return [
    `truth_${name} := 0 if not asked_${name}`,
    '',
    ...(scope === undefined ? [] : [`truth_${name} := 0 if {\n\tasked_${name}\n\t${scope} == 0\n}`, '']),
    `truth_${name} := ${truth} if {\n\tasked_${name}${scope === undefined ? '' : `\n\t${scope} > 0`}\n}`,
    '',
  ];
}

function hangsTexts(name: string, hangs: string): string[] {
  return [`hangs_on_${name} := ${hangs} if truth_${name} == 1`, '', `hangs_on_${name} := set() if truth_${name} != 1`, ''];
}

/** Ids are kebab-case, so that no two become one. */
function nameOf(id: string): string {
  return id.replaceAll('-', '_');
}

function inForce({ purposes, effectiveFrom, effectiveTo }: PolicyRule, name: string): string[] {
  const tests = [
    ...(purposes === null ? ['is_string(input.purpose)'] : [`input.purpose in ${set(purposes)}`]),
    ...(effectiveFrom === null ? [] : [`${quoted(effectiveFrom)} <= input.asOf`]),
    ...(effectiveTo === null ? [] : [`input.asOf <= ${quoted(effectiveTo)}`]),
  ];
  // A default, because OPA remembers what is false and evaluates again what is undefined.
  return [`default ${name} := false`, '', `${name} if {`, ...tests.map((test) => `\t${test}`), '}', ''];
}

function truthText(condition: Condition, leafOf: LeafOf): string {
  switch (condition.kind) {
    case 'all':
      return condition.of.length === 0 ? '2' : `min([${condition.of.map((part) => truthText(part, leafOf)).join(', ')}])`;
    case 'any':
      return condition.of.length === 0 ? '0' : `max([${condition.of.map((part) => truthText(part, leafOf)).join(', ')}])`;
    case 'not':
      return `2 - (${truthText(condition.of, leafOf)})`;
    default:
      return leafOf(condition);
  }
}

/** The set of the unknown facts that a condition hangs on, for a condition that is unknown. */
function hangsText(condition: Condition, leafOf: LeafOf): string {
  switch (condition.kind) {
    case 'all':
    case 'any': {
      const parts = condition.of.map((part) => `when_open(${truthText(part, leafOf)}, ${hangsText(part, leafOf)})`);
      return `union({${parts.join(', ') || 'set()'}})`;
    }
    case 'not':
      return hangsText(condition.of, leafOf);
    default:
      return isName(condition.fact) ? 'set()' : `{${quoted(condition.fact)}}`;
  }
}

/** A fact is known where it has a value of its type. */
function knownTexts(rules: readonly PolicyRule[], facts: PolicySource['facts']): string[] {
  return [...new Set(rules.flatMap((rule) => rule.facts))].sort().map((fact) => {
    const value = `input.facts[${quoted(fact)}]`;
    const type = facts[fact]?.type ?? 'text';
    const tests =
      type === 'text' ? [`is_string(${value})`, `${value} != ""`] : [`is_${type === 'integer' ? 'number' : 'boolean'}(${value})`];
    return `default known_${fact} := false\n\nknown_${fact} if {\n${tests.map((test) => `\t${test}\n`).join('')}}\n`;
  });
}

function testText(name: string, test: Test): string {
  const value = isName(test.fact) ? `input[${quoted(test.fact)}]` : `input.facts[${quoted(test.fact)}]`;
  const operator = test.kind === 'one-of' ? 'in' : { above: '>', 'at-least': '>=', below: '<', 'at-most': '<=' }[test.kind];
  const holds = `${value} ${operator} ${test.kind === 'one-of' ? set(test.values) : test.value}`;
  const known = isName(test.fact) ? `is_string(${value})` : `known_${test.fact}`;
  return [
    `${name} := 2 if {\n\t${known}\n\t${holds}\n}`,
    '',
    `${name} := 0 if {\n\t${known}\n\tnot ${holds}\n}`,
    '',
    ...(isName(test.fact) ? [] : [`${name} := 1 if not ${known}`, '']),
  ].join('\n');
}

function isName(fact: string): boolean {
  return fact === 'purpose' || fact === 'sink';
}

function set(values: readonly (string | number | boolean)[]): string {
  return values.length === 0 ? 'set()' : `{${values.map((value) => JSON.stringify(value)).join(', ')}}`;
}

/** Rego's strings escape as JSON's do. */
function quoted(text: string): string {
  return JSON.stringify(text);
}

function head(digest: string): string {
  return `# Generated by \`cohortium gate export --format rego\`. Edit the regimes instead: this file is the law only under its digest.
#
# POST /v1/data/cohortium/gate/decision with {"input": {"facts": {...}, "purpose": "...", "sink": "...", "asOf": "2026-01-31"}},
# or /v1/data/cohortium/gate/decisions with {"input": {"questions": [...]}}. A fact that is absent or null is unknown.
package ${regoPackage}

import rego.v1

policy_digest := ${quoted(digest)}

# One question, with reasons that can be cited.
decision := {
	"verdict": verdict,
	"reasons": [object.union({"id": id}, object.union(rules[id], {"effect": effect})) | some id, effect in reasons],
	"missing": sort(missing),
	"policyDigest": policy_digest,
}

# Many questions at once: what was found of each, in their order.
decisions := {"policyDigest": policy_digest, "decisions": [found | some question in input.questions; found := findings with input as question]}

findings := {"verdict": verdict, "applies": sort(applies), "open": {id: sort(names) | some id, names in open}}

# 0 false, 1 unknown, 2 true.
applies := {id | some id, 2 in truth}

open := {id: hangs_on[id] | some id, 1 in truth}

fails contains id if {
	some id in applies
	rules[id].effect == "fail"
}

counsels := applies - fails

# Where counsel is certain, only an open rule that fails adds anything.
may_apply contains id if {
	count(fails) == 0
	some id, _ in open
	count(counsels) == 0
}

may_apply contains id if {
	count(fails) == 0
	some id, _ in open
	rules[id].effect == "fail"
}

reasons[id] := "fail" if some id in fails

reasons[id] := "counsel" if some id in counsels | may_apply

missing contains name if {
	some id in may_apply
	some name in open[id]
}

# A question that is not one goes to counsel, and so does whatever is not foreseen here.
default verdict := "counsel"

verdict := "fail" if count(fails) > 0

verdict := "pass" if {
	is_string(input.purpose)
	is_string(input.sink)
	is_object(input.facts)
	regex.match(\`^[0-9]{4}-[0-9]{2}-[0-9]{2}$\`, input.asOf)
	count(reasons) == 0

	# One truth per rule: none was lost on the way.
	count(truth) == count(rules)
}

when_open(truth_of, names) := names if truth_of == 1

when_open(truth_of, _) := set() if truth_of != 1
`;
}
