/** One case as counsel sees it: what it is about, by which law, what is not known, what would change it, who said what, and what next. */
import type { ReviewExample, ReviewSheet } from '../../../../agents/customer-data-graph/interface.ts';
import { formatCount, shortDigest } from '../../../../agents/customer-data-graph/report/format-number.ts';
import type { CommandCall } from '../../command-spec.ts';
import { formatTable, printable } from '../../format-table.ts';
import { factSourceWords } from './fact-words.ts';

type Value = string | number | boolean | null;
type Changes = ReviewSheet['counterfactuals']['pass'];

const mostOtherFacts = 12;
const mostChanges = 8;

export function sheetLines(sheet: ReviewSheet, call: CommandCall): readonly string[] {
  const { style } = call;
  const title = (text: string): readonly string[] => ['', style.bold(text)];
  const { clock, calibration, test } = sheet;
  return [
    `${style.bold(sheet.id)}  ${sheet.purpose} at ${printable(sheet.sink)}, ${formatCount(sheet.customers)} customers, ${style.bold(sheet.state)}`,
    `The gate: ${sheet.effect}.`,
    `Due ${clock.dueDay}, in ${clock.daysLeft} days (${clock.businessDaysLeft} business days), by ${clock.regime === null ? 'slaDays of cohortium.yaml' : `${clock.name} of ${clock.regime}`}: ${clock.amount}. Then it fails.`,
    ...(test ? [`A test case: the right answer was to ${test.rightAnswer}, because ${printable(test.because)}`] : []),
    ...title('Law'),
    ...sheet.rules.flatMap(ruleLines),
    ...title('Facts that it rests on'),
    ...factLines(sheet),
    ...(sheet.unknownFacts.length > 0 ? ['', `Unknown, and it could matter: ${sheet.unknownFacts.join(', ')}`] : []),
    ...title('What would change the outcome'),
    ...changeLines('pass', sheet.counterfactuals.pass),
    ...changeLines('fail', sheet.counterfactuals.fail),
    ...title('Evidence of the numbers'),
    `  ${
      Object.entries(calibration)
        .map(([name, value]) => `${name} ${worded(value)}`)
        .join(', ') || 'none is read for this purpose'
    }`,
    ...title('Customers, for example'),
    ...(sheet.examples.length > 0 ? sheet.examples.flatMap(exampleLines) : ['  none in the newest run']),
    ...(sheet.statements.length > 0 ? title('What was said') : []),
    ...sheet.statements.flatMap(({ step, verdict, by, role, rationale, checkedFacts, conditions }) => [
      `  ${by} (${role}) ${step === 'recommend' ? `recommends to ${verdict}` : `decides to ${verdict}`}, having checked ${checkedFacts.join(', ') || 'nothing'}: ${printable(rationale)}`,
      ...conditions.map((text) => `    on condition: ${printable(text)}`),
    ]),
    ...title('History'),
    ...formatTable(
      [{ head: '  when' }, { head: 'who' }, { head: 'step' }, { head: 'then' }, { head: 'note' }],
      sheet.history.map(({ at, by, step, to, note }) => [`  ${at.slice(0, 16).replace('T', ' ')}`, by, step, to, note]),
    ),
    style.dim(`  policies ${shortDigest(sheet.policyDigest)} when it was opened`),
    ...(sheet.policyAuthors.length > 0 ? [`  Not to be approved by ${sheet.policyAuthors.join(', ')}, who signed a policy at issue.`] : []),
    '',
    ...nextLines(sheet, call),
  ];
}

function ruleLines(rule: ReviewSheet['rules'][number]): readonly string[] {
  const { id, outcome, title, citation, demand, remedy, verify, oftenMisstated, file, line, hasChanged } = rule;
  const effect = outcome === 'fail' ? 'would forbid it, if it applies' : outcome === 'counsel' ? 'wants counsel' : 'is no rule any more';
  return [
    `  ${printable(id)}  ${effect}  (${title}, ${file}:${line})`,
    `    ${printable(citation)}`,
    ...(demand === null ? [] : [`    Demands: ${printable(demand)}`]),
    `    Settled by: ${printable(remedy)}`,
    ...verify.map((text) => `    Verify: ${printable(text)}`),
    ...(oftenMisstated === null ? [] : [`    Often misstated: ${printable(oftenMisstated)}`]),
    ...(hasChanged ? ['    Reads otherwise now than when this case was opened.'] : []),
  ];
}

function factLines({ facts }: ReviewSheet): readonly string[] {
  const decisive = facts.filter(({ isDecisive, isUnknown }) => isDecisive || isUnknown);
  const others = facts.filter((fact) => !decisive.includes(fact));
  const shown = others.slice(0, mostOtherFacts).map(({ name, value }) => `${name}=${worded(value)}`);
  return [
    ...formatTable(
      [{ head: '  fact' }, { head: 'value' }, { head: 'known by' }, { head: 'means' }],
      decisive.map(({ name, value, of, says }) => [`  ${name}`, worded(value), of, says]),
    ),
    ...(others.length > 0
      ? [
          `  Also read, and of no weight here: ${shown.join(', ')}${others.length > shown.length ? ` and ${others.length - shown.length} more` : ''}`,
        ]
      : []),
  ];
}

function changeLines(outcome: 'pass' | 'fail', sets: Changes): readonly string[] {
  if (sets.length === 0) return [`  ${outcome}: no single fact, nor any two, would do it`];
  const lines = sets.map(
    (changes) => `  ${outcome}: ${changes.map(({ fact, from, to }) => `${fact} ${worded(to)} instead of ${worded(from)}`).join(' and ')}`,
  );
  return lines.length > mostChanges
    ? [...lines.slice(0, mostChanges), `  ${outcome}: ${lines.length - mostChanges} more, with --json`]
    : lines;
}

function exampleLines({ customerId, facts, explanation }: ReviewExample): readonly string[] {
  return [
    `  ${printable(customerId)}`,
    ...facts.map(
      ({ name, value, source, at }) =>
        `    ${name} ${worded(value)}: ${printable(factSourceWords(source))}${at === null ? '' : `, ${at.slice(0, 10)}`}`,
    ),
    ...explanation.slice(0, 2).map((sentence) => `    ${printable(sentence)}`),
  ];
}

function nextLines({ id, steps, state, recommended }: ReviewSheet, call: CommandCall): readonly string[] {
  const words = '--as <person> --checked <facts> --note <why>';
  if (state === 'recommended' && recommended) {
    return [
      `Next: ${call.hint(`gate reviews ${recommended.verdict} ${id} ${words}`)}`,
      `      or ${steps.filter((step) => step !== recommended.verdict).join(', ')}; stricter than recommended, or return it`,
    ];
  }
  if (steps.includes('recommend')) {
    return [
      `Next: ${call.hint(`gate reviews recommend ${id} --verdict <approve|condition|reject> ${words}`)}`,
      `      or ${steps.filter((step) => step !== 'recommend').join(', ')}`,
    ];
  }
  return steps.length > 0
    ? [`Next: ${steps.map((step) => call.hint(`gate reviews ${step} ${id} --as <person> --note <why>`)).join('\n      or ')}`]
    : [];
}

function worded(value: Value): string {
  return value === null ? 'unknown' : value === true ? 'yes' : value === false ? 'no' : String(value);
}
