/**
 * Reads what Cedar left undecided: whether the open part of a policy can still become true, and which facts that hangs on.
 * Cedar keeps `unknown && false` because the unknown could be an error; here facts are typed and policies validated against
 * those types, so it is false, as in Kleene's three-valued logic.
 */

/** True, false, or open with the names of the facts that would settle it. */
export type Truth = boolean | ReadonlySet<string>;

/**
 * Truth of a residual policy: applies, does not apply, or hangs on facts.
 * @param conditions `when` and `unless` clauses of the residual, in Cedar's JSON form
 * @see Kleene (1952), "Introduction to Metamathematics", §64, strong tables
 */
export function residualTruth(conditions: readonly { readonly kind: string; readonly body: unknown }[]): Truth {
  return conditions.reduce<Truth>((truth, { kind, body }) => {
    const clause = truthOf(body);
    return and(truth, kind === 'unless' ? not(clause) : clause);
  }, true);
}

function truthOf(node: unknown): Truth {
  const inner = field(node, 'Value');
  if (typeof inner === 'boolean') return inner;
  const conjunction = field(node, '&&');
  if (conjunction !== undefined) return and(truthOf(field(conjunction, 'left')), truthOf(field(conjunction, 'right')));
  const disjunction = field(node, '||');
  if (disjunction !== undefined) return not(and(not(truthOf(field(disjunction, 'left'))), not(truthOf(field(disjunction, 'right')))));
  const negation = field(node, '!');
  if (negation !== undefined) return not(truthOf(field(negation, 'arg')));
  const choice = field(node, 'if-then-else');
  if (choice !== undefined) return choose(truthOf(field(choice, 'if')), truthOf(field(choice, 'then')), truthOf(field(choice, 'else')));
  return new Set(unknownsIn(node));
}

function and(a: Truth, b: Truth): Truth {
  if (a === false || b === false) return false;
  if (a === true) return b;
  if (b === true) return a;
  return new Set([...a, ...b]);
}

function not(a: Truth): Truth {
  return typeof a === 'boolean' ? !a : a;
}

function choose(condition: Truth, yes: Truth, no: Truth): Truth {
  if (condition === true) return yes;
  if (condition === false) return no;
  if (typeof yes === 'boolean' && yes === no) return yes;
  return new Set([...condition, ...(typeof yes === 'boolean' ? [] : yes), ...(typeof no === 'boolean' ? [] : no)]);
}

/** Names of the unknowns below a node; Cedar writes one as `{ unknown: [{ Value: name }] }`. */
function unknownsIn(node: unknown): string[] {
  if (typeof node !== 'object' || node === null) return [];
  const call = field(node, 'unknown');
  if (Array.isArray(call)) return call.map((argument) => String(field(argument, 'Value')));
  return Object.values(node).flatMap(unknownsIn);
}

function field(node: unknown, name: string): unknown {
  if (typeof node !== 'object' || node === null) return undefined;
  return Object.entries(node).find(([key]) => key === name)?.[1];
}
