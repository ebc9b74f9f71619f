/**
 * Rules as Cedar text and facts as a Cedar schema. Every name in it was checked before: refuses nothing, quotes everything.
 * @see https://docs.cedarpolicy.com/policies/syntax-grammar.html
 */
import type { Condition } from './condition.ts';
import type { PolicyRule } from './rule.ts';

/** A `forbid` with its annotations. The condition of a rule without facts is left out. */
export function cedarText(rule: Omit<PolicyRule, 'cedar' | 'facts' | 'file' | 'line'> & { readonly condition: Condition }): string {
  const notes: readonly (readonly [string, string | null])[] = [
    ['id', rule.id],
    ['outcome', rule.outcome],
    ['anchor', rule.anchor],
    ['regime', rule.regime],
    ['citation', rule.citation],
    ['remedy', rule.remedy],
    ['effectiveFrom', rule.effectiveFrom],
    ['effectiveTo', rule.effectiveTo],
    ['verify', rule.verify],
  ];
  const head = notes.flatMap(([name, value]) => (value === null ? [] : [`@${name}(${quoted(value)})`]));
  const action = rule.purposes === null ? 'action' : `action in [${rule.purposes.map((purpose) => entity('Action', purpose)).join(', ')}]`;
  return `${head.join('\n')}\nforbid (principal, ${action}, resource)\nwhen { ${expression(rule.condition)} };`;
}

/** The schema of facts and purposes that rules are validated against. */
export function cedarSchema(
  facts: Readonly<Record<string, { readonly type: 'text' | 'integer' | 'boolean' }>>,
  purposes: readonly string[],
): string {
  const typeNames = { text: 'String', integer: 'Long', boolean: 'Bool' } as const;
  const fields = Object.entries(facts).map(([name, { type }]) => `  ${name}: ${typeNames[type]},`);
  return [
    'type Facts = {',
    ...fields,
    '};',
    'entity Customer;',
    'entity Sink;',
    `action ${purposes.map(quoted).join(', ')} appliesTo { principal: [Customer], resource: [Sink], context: Facts };`,
    '',
  ].join('\n');
}

function expression(condition: Condition): string {
  switch (condition.kind) {
    case 'all':
      return joined(condition.of, ' && ', 'true');
    case 'any':
      return joined(condition.of, ' || ', 'false');
    case 'not':
      return `!(${expression(condition.of)})`;
    case 'one-of':
      return oneOf(condition.fact, condition.values);
    default:
      return `context.${condition.fact} ${{ above: '>', 'at-least': '>=', below: '<', 'at-most': '<=' }[condition.kind]} ${condition.value}`;
  }
}

function joined(parts: readonly Condition[], operator: string, none: string): string {
  const texts = parts.map((part) => (part.kind === 'one-of' || part.kind === 'not' ? expression(part) : `(${expression(part)})`));
  return texts.length === 0 ? none : texts.join(operator);
}

function oneOf(fact: string, values: readonly (string | number | boolean)[]): string {
  const [only] = values;
  if (fact === 'purpose' || fact === 'sink') {
    const [type, variable] = fact === 'purpose' ? (['Action', 'action'] as const) : (['Sink', 'resource'] as const);
    return `[${values.map((value) => entity(type, String(value))).join(', ')}].contains(${variable})`;
  }
  if (values.length === 1 && typeof only === 'boolean') return only ? `context.${fact}` : `!context.${fact}`;
  const literals = values.map((value) => (typeof value === 'string' ? quoted(value) : String(value)));
  return values.length === 1 ? `context.${fact} == ${literals[0] ?? ''}` : `[${literals.join(', ')}].contains(context.${fact})`;
}

function entity(type: string, id: string): string {
  return `${type}::${quoted(id)}`;
}

/** Cedar's strings escape as JSON's do, but for control characters, which no checked text has. */
function quoted(text: string): string {
  return JSON.stringify(text);
}
