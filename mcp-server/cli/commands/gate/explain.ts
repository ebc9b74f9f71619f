/** One decision of the gate on one screen: every regime, the facts with where they come from, and what would change it. */
import type { ExplainedFact, GateExplanation, RegimeResult } from '../../../../agents/customer-data-graph/interface.ts';
import type { CommandCall } from '../../command-spec.ts';
import { printable } from '../../format-table.ts';
import { anchorLine, questionOf, questionOptions } from './evaluate.ts';
import { factSourceWords } from './fact-words.ts';
import type { GateAction } from './gate-action.ts';
import { section, wrapped } from './gate-lines.ts';

/** Changes shown for each other outcome; JSON has all. */
const mostChanges = 5;

export const explain: GateAction = {
  says: 'says of the same question what every regime says, by which facts, from where they come, and what would have to be otherwise.',
  target: 'a customer id',
  options: [
    ...questionOptions,
    { flags: '--all', says: 'regimes that are not about the case too, each with the citation that leaves it out' },
  ],
  examples: [
    ['cohortium gate explain c-000042 --purpose credit --sink offers', 'why, by law'],
    ['cohortium gate explain c-000042 --purpose credit --sink offers --all', 'and why the others are not about it'],
  ],
  async perform(call, targets) {
    const request = questionOf(call, targets);
    const found = await call.withAgent('readonly', (agent) => agent.gate.explainDecision(request));
    return { document: found, lines: explanationLines(found, call), exitCode: found.outcome === 'pass' ? 0 : 1 };
  },
};

function explanationLines(found: GateExplanation, call: CommandCall): string[] {
  const { style } = call;
  const { regimes, facts, counterfactuals, outcome } = found;
  const about = regimes.filter(({ result }) => result !== 'not-applicable' && result !== 'not-in-force');
  const others = regimes.filter((one) => !about.includes(one));
  const deciding = about.filter(({ result }) => result !== 'pass').sort((one, other) => rank(one) - rank(other));
  const own = found.policies.filter(({ regime }) => regime === null);
  const wanted = (['pass', 'fail'] as const).filter((one) => one !== outcome);
  return [
    `${style.bold(printable(found.customerId))}  for ${printable(found.purpose)} at ${printable(found.sink)} on ${found.asOf}: ${style.bold(outcome)}`,
    anchorLine(found.anchors),
    ...section('Regimes', [...deciding.flatMap((one) => regimeLines(one, found, call)), ...passLines(about, call)], call),
    ...(own.length > 0
      ? section(
          'Own policies',
          own.flatMap(({ id, effect, citation, remedy }) => wrapped(`${effect}  ${id}: ${citation}. ${remedy}`, call)),
          call,
        )
      : []),
    ...section(
      'Facts',
      facts.filter(({ isDecisive, value }) => isDecisive || value !== null).flatMap((fact) => wrapped(factLine(fact), call)),
      call,
    ),
    ...wanted.flatMap((one) => section(`It would ${one === 'pass' ? 'pass' : 'fail'}`, changeLines(counterfactuals[one], call), call)),
    ...(call.flag('all')
      ? section(
          'Not about it',
          others.flatMap((one) => wrapped(`${one.regime} (${one.result}): ${one.because ?? ''} ${one.citation}`, call)),
          call,
        )
      : ['', `${others.length} regimes are not about it, or not law on that day; --all says why.`]),
    'Not legal advice.',
  ];
}

function rank({ result }: RegimeResult): number {
  return result === 'fail' ? 0 : 1;
}

function regimeLines(
  { regime, title, result, rules, unknownFacts, verify }: RegimeResult,
  { policies }: GateExplanation,
  call: CommandCall,
): string[] {
  const deciding = policies.filter(({ id }) => rules.includes(id));
  return [
    ...wrapped(`${result.padEnd(7)}  ${regime}  ${title}`, call),
    ...deciding.flatMap(({ id, citation, remedy }) => wrapped(`${id}: ${citation}. ${remedy}`, call, 11)),
    ...(unknownFacts.length > 0 ? wrapped(`Unknown: ${unknownFacts.join(', ')}`, call, 11) : []),
    ...(deciding.length > 0 ? verify.flatMap((text) => wrapped(`Verify: ${text}`, call, 11)) : []),
  ];
}

/** Those that are about the case and ask for nothing more. */
function passLines(about: readonly RegimeResult[], call: CommandCall): string[] {
  const names = about.filter(({ result }) => result === 'pass').map(({ regime }) => regime);
  return names.length === 0 ? [] : wrapped(`pass     ${names.join(', ')}`, call);
}

function factLine({ name, value, isDecisive, isStated, source, of }: ExplainedFact): string {
  const words = source === null ? `of the ${of}` : source.kind === 'default' && !isDecisive ? 'assumed' : factSourceWords(source);
  const from = isStated ? 'stated in the question' : words;
  return `${isDecisive ? '*' : '-'} ${name} = ${value === null ? 'unknown' : String(value)}  (${from})`;
}

function changeLines(changes: GateExplanation['counterfactuals']['pass'], call: CommandCall): string[] {
  if (changes.length === 0) return ['  by no change of one or two facts'];
  return [
    ...changes
      .slice(0, mostChanges)
      .flatMap((set) => wrapped(`if ${set.map(({ fact, to }) => `${fact} were ${String(to)}`).join(' and ')}`, call)),
    ...(changes.length > mostChanges ? [`  and ${changes.length - mostChanges} more; --json has all`] : []),
  ];
}
