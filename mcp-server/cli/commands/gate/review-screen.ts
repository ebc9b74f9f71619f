/** One case as counsel sees it: what it is about, by which law, what is not known, what would change it, who said what, and what next. */
import type { ReviewExample, ReviewSheet } from '../../../../agents/customer-data-graph/interface.ts';
import { formatCount, shortDigest } from '../../../../agents/customer-data-graph/report/format-number.ts';
import type { CommandCall } from '../../command-spec.ts';
import { formatTable, printable } from '../../format-table.ts';
import { factSourceWords } from './fact-words.ts';
import { wrapped } from './gate-lines.ts';
import { lawLines } from './review-law.ts';

type Value = string | number | boolean | null;
type Changes = ReviewSheet['counterfactuals']['pass'];

const mostOtherFacts = 12;
const mostChanges = 8;

/** Where a fact is stated, by who knows it. */
const statedIn: Readonly<Record<string, string>> = {
  operator: '`gate: facts:` in cohortium.yaml',
  use: '`facts:` of the use in the pipeline; for every use, `gate: facts:` in cohortium.yaml',
  customer: '`attributes:` of the import map; preference-change and consent-event signals',
  run: 'nowhere, it is measured; a longer history',
};

/** @param isInFull every rule with its texts, however many there are */
export function sheetLines(sheet: ReviewSheet, call: CommandCall, isInFull = false): readonly string[] {
  const { style } = call;
  const title = (text: string): readonly string[] => ['', style.bold(text)];
  const { clock, calibration, contest, test } = sheet;
  return [
    `${style.bold(sheet.id)}  ${sheet.purpose} at ${printable(sheet.sink)}, ${formatCount(sheet.customers)} ${sheet.customers === 1 ? 'customer' : 'customers'}, ${style.bold(sheet.state)}`,
    `The gate: ${sheet.effect}.`,
    ...(sheet.steps.includes('withdraw') ? [dueLine(clock, contest !== null)] : []),
    ...(contest ? [...title('A person contests this decision'), ...contestLines(sheet, contest, call)] : []),
    ...(test ? [`A test case: the right answer was to ${test.rightAnswer}, because ${printable(test.because)}`] : []),
    ...title('Law'),
    ...lawLines(sheet, isInFull, call),
    style.dim('  An engineering inventory, not legal advice.'),
    ...title('Facts that it rests on'),
    ...factLines(sheet, call),
    ...(sheet.unknownFacts.length > 0 ? title('Unknown, and it could matter: state what is true, then run again') : []),
    ...unknownLines(sheet, call),
    ...title('What would change the outcome'),
    ...changeLines('pass', sheet.counterfactuals.pass),
    ...changeLines('fail', sheet.counterfactuals.fail),
    ...title('Evidence of the numbers'),
    `  ${
      Object.entries(calibration)
        .map(([name, value]) => `${name} ${worded(value, name)}`)
        .join(', ') || 'none is read for this purpose'
    }`,
    ...title('Customers, for example'),
    ...(sheet.examples.length > 0
      ? exampleLines(sheet.examples, call)
      : ['  none in the newest run, so nobody is held back by this case now: withdraw it, or let it run out']),
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

function contestLines(
  { contestedBy }: ReviewSheet,
  { customer, view, decision, outcome }: NonNullable<ReviewSheet['contest']>,
  call: CommandCall,
): readonly string[] {
  const { index, item } = decision;
  return [
    `  ${printable(customer)}, by request ${contestedBy ?? ''}, the decision at record ${index}${item === null ? '' : `/${item}`}: ${outcome}`,
    ...wrapped(view === '' ? 'They said nothing more.' : `They say: ${printable(view)}`, call),
    '  approve: it stands; condition: it stands on conditions; reject: it is taken back, and profiling refused in their name',
  ];
}

function dueLine({ dueDay, daysLeft, businessDaysLeft, regime, name, amount }: ReviewSheet['clock'], isContest: boolean): string {
  const by = regime === null ? 'slaDays of cohortium.yaml' : `${name} of ${regime}`;
  return `Due ${dueDay}, in ${daysLeft} days (${businessDaysLeft} business days), by ${by}: ${amount}. ${isContest ? 'Then the request is late; nothing decides it but people.' : 'Then it fails.'}`;
}

function factLines({ facts }: ReviewSheet, call: CommandCall): readonly string[] {
  const decisive = facts.filter(({ isDecisive, isUnknown }) => isDecisive || isUnknown);
  const others = facts.filter((fact) => !decisive.includes(fact));
  const shown = others.slice(0, mostOtherFacts).map(({ name, value }) => `${name}=${worded(value, name)}`);
  return [
    ...formatTable(
      [{ head: '  fact' }, { head: 'value' }, { head: 'known by' }, { head: 'means' }],
      decisive.map(({ name, value, of, says }) => [`  ${name}`, worded(value, name), of, says]),
    ),
    ...(others.length > 0
      ? wrapped(
          `Also read, and of no weight here: ${shown.join(', ')}${others.length > shown.length ? ` and ${others.length - shown.length} more` : ''}`,
          call,
        )
      : []),
  ];
}

function unknownLines({ facts, unknownFacts }: ReviewSheet, call: CommandCall): readonly string[] {
  const unknown = facts.filter(({ isUnknown }) => isUnknown);
  // A contested decision has only the facts that were on record when it was taken.
  const absent = unknownFacts.filter((name) => !facts.some((fact) => fact.name === name));
  const known = ['operator', 'use', 'customer', 'run'].flatMap((who) => {
    const names = unknown.filter(({ of }) => of === who).map(({ name }) => name);
    return names.length === 0 ? [] : [`  ${who}: ${statedIn[who] ?? ''}`, ...wrapped(names.join(', '), call, 4)];
  });
  return absent.length === 0 ? known : [...known, '  not on record with the decision:', ...wrapped(absent.join(', '), call, 4)];
}

/** Of several values of one fact that do the same, numbers keep the nearest, and texts share a line. */
function changeLines(outcome: 'pass' | 'fail', sets: Changes): readonly string[] {
  if (sets.length === 0) return [`  ${outcome}: no single fact, nor any two, would do it`];
  const nearest = sets.filter((set) => !sets.some((other) => isNearer(other, set)));
  const grouped = new Map<string, string[]>();
  for (const set of nearest) {
    const [last, ...others] = set.toReversed();
    if (!last) continue;
    const before = others.toReversed().map(({ fact, from, to }) => `${fact} ${worded(to, fact)} instead of ${worded(from, fact)} and `);
    const key = JSON.stringify([`${before.join('')}${last.fact} `, ` instead of ${worded(last.from, last.fact)}`]);
    grouped.set(key, [...(grouped.get(key) ?? []), worded(last.to, last.fact)]);
  }
  const lines = [...grouped].map(([key, values]) => {
    const [start, after] = JSON.parse(key) as readonly [string, string]; // written above
    return `  ${outcome}: ${start}${values.join(' or ')}${after}`;
  });
  return lines.length > mostChanges
    ? [...lines.slice(0, mostChanges), `  ${outcome}: ${lines.length - mostChanges} more, with --json`]
    : lines;
}

/** The same change but for one number, which moves less. */
function isNearer(one: Changes[number], other: Changes[number]): boolean {
  if (one === other || one.length !== other.length) return false;
  const differing = one.flatMap((change, at) => (change.to === other[at]?.to ? [] : [at]));
  const [at = 0] = differing;
  const [near, far] = [one[at], other[at]];
  if (differing.length !== 1 || one.some(({ fact }, place) => fact !== other[place]?.fact)) return false;
  if (typeof near?.to !== 'number' || typeof far?.to !== 'number' || typeof near.from !== 'number') return false;
  return Math.sign(near.to - near.from) === Math.sign(far.to - near.from) && Math.abs(near.to - near.from) < Math.abs(far.to - near.from);
}

/** Customers of whom the same is known stand together; what has the same source stands in one line. */
function exampleLines(examples: readonly ReviewExample[], call: CommandCall): readonly string[] {
  const alike = new Map<string, string[]>();
  for (const { customerId, facts, explanation } of examples) {
    const bySource = new Map<string, string[]>();
    for (const { name, value, source, at } of facts) {
      const words = `${factSourceWords(source)}${at === null ? '' : `, ${at.slice(0, 10)}`}`;
      bySource.set(words, [...(bySource.get(words) ?? []), `${name} ${worded(value, name)}`]);
    }
    const lines = [
      ...[...bySource].flatMap(([words, names]) => wrapped(`${names.join(', ')}: ${words}`, call, 4)),
      ...explanation.slice(0, 2).flatMap((sentence) => wrapped(sentence, call, 4)),
    ];
    const key = lines.join('\n');
    alike.set(key, [...(alike.get(key) ?? []), customerId]);
  }
  return [...alike].flatMap(([key, ids]) => [`  ${ids.map(printable).join(', ')}`, ...(key === '' ? [] : key.split('\n'))]);
}

function nextLines({ id, steps, state, recommended, facts }: ReviewSheet, call: CommandCall): readonly string[] {
  const words = '--as <person> --checked <facts> --note <why>';
  if (state === 'recommended' && recommended) {
    return [
      `Next: ${call.hint(`gate reviews ${recommended.verdict} ${id} ${words}`)}`,
      `      or ${steps.filter((step) => step !== recommended.verdict).join(', ')}; stricter than recommended, or return it`,
    ];
  }
  if (steps.includes('recommend')) {
    const stateable = facts.some(({ isUnknown, of }) => isUnknown && of !== 'run');
    return [
      `Next: ${stateable ? 'state the facts that you know and run again, or decide without them:\n      ' : ''}${call.hint(`gate reviews recommend ${id} --verdict <approve|condition|reject> ${words}`)}`,
      `      or ${steps.filter((step) => step !== 'recommend').join(', ')}`,
    ];
  }
  return steps.length > 0
    ? [`Next: ${steps.map((step) => call.hint(`gate reviews ${step} ${id} --as <person> --note <why>`)).join('\n      or ')}`]
    : [];
}

function worded(value: Value, name: string): string {
  if (typeof value === 'number' && name.endsWith('BasisPoints')) return `${value / 100} %`;
  return value === null ? 'unknown' : value === true ? 'yes' : value === false ? 'no' : String(value);
}
