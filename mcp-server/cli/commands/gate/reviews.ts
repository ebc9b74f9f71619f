/** What the gate leaves to people: list it, look at one case on one screen, take the next step in the name of a person. */
import type { DecisionScope, ReviewAction, ReviewSummary, Verdict } from '../../../../agents/customer-data-graph/interface.ts';
import { CohortiumError } from '../../../../skills/sdk/index.ts';
import type { CommandAnswer, CommandCall } from '../../command-spec.ts';
import { printable } from '../../format-table.ts';
import { statedFacts } from './evaluate.ts';
import type { GateAction } from './gate-action.ts';
import { listLines, metricLines } from './review-lines.ts';
import { sheetLines } from './review-screen.ts';

type Perform = (call: CommandCall, rest: readonly string[]) => Promise<CommandAnswer>;

const steps: Readonly<Record<string, Perform>> = {
  list,
  show,
  assign: (call, rest) => act(call, rest, 'assign', () => ({ kind: 'assign', to: call.requiredText('to'), note: call.text('note') ?? '' })),
  ...Object.fromEntries(
    (['start', 'ask', 'supply', 'return', 'attest', 'withdraw'] as const).map((kind): [string, Perform] => [
      kind,
      (call, rest) =>
        act(call, rest, kind, () => ({ kind, note: kind === 'start' ? (call.text('note') ?? 'started') : call.requiredText('note') })),
    ]),
  ),
  recommend: (call, rest) => act(call, rest, 'recommend', () => recommendation(call)),
  approve: (call, rest) => act(call, rest, 'approve', () => ({ kind: 'decide', ...said(call, 'approve') })),
  condition: (call, rest) => act(call, rest, 'condition', () => ({ kind: 'decide', ...said(call, 'condition') })),
  reject: (call, rest) => act(call, rest, 'reject', () => ({ kind: 'decide', ...said(call, 'reject') })),
  'break-glass': (call, rest) =>
    act(call, rest, 'break-glass', () => ({
      kind: 'break-glass',
      note: call.requiredText('note'),
      days: call.wholeNumber('days', 1, 1, 14),
    })),
  reopen,
  seed,
  metrics,
};

export const reviews: GateAction = {
  says: 'has the cases that were left to counsel: list (or nothing), show <id>, then assign, start, ask, supply, recommend, approve, condition, reject, return, attest, break-glass, withdraw or reopen <id>; seed puts in a test case, metrics tells how reviews go. Who recommends does not approve. Every step is signed with the key of the person, added to a history that is never changed, and recorded in the ledger. A case that nobody decides in time fails.',
  target: 'list, metrics, seed, or a step and the id of a review',
  options: [
    { flags: '--all', says: 'list: decided ones too; show: every rule in full' },
    { flags: '--as <person>', says: 'who takes the step; needed with every one' },
    { flags: '--note <text>', says: 'why; the rationale of a recommendation and of a decision' },
    { flags: '--to <person>', says: 'assign: to whom' },
    { flags: '--verdict <verdict>', says: 'recommend: approve, condition or reject' },
    { flags: '--checked <facts>', says: 'recommend, approve, condition, reject: the facts that you checked, such as residency,gpc' },
    { flags: '--condition <text>', says: 'recommend, condition: what has to be met first; several are parted by a semicolon' },
    {
      flags: '--scope <scope>',
      says: 'recommend: class (all with these facts; default), run (one day, with --as-of), waiver (all that only these rules send)',
    },
    { flags: '--until <date>', says: 'recommend: last day on which the decision holds' },
    { flags: '--days <n>', says: 'break-glass: for how many days (default: 1)' },
    { flags: '--as-of <date>', says: 'recommend: the day that a decision for a single run is for; seed: the day whose law counts' },
    { flags: '--purpose <purpose>', says: 'seed: what the test case is for' },
    { flags: '--sink <sink>', says: 'seed: who would receive it' },
    { flags: '--facts <facts>', says: 'seed: its facts, such as residency=EU,gpc=unknown' },
    { flags: '--right <answer>', says: 'seed: the right answer, approve or reject; --note says why' },
  ],
  examples: [
    ['cohortium gate reviews', 'what waits, the earliest due first'],
    ['cohortium gate reviews show <id>', 'everything that is needed to decide'],
    [
      'cohortium gate reviews recommend <id> --as ada --verdict approve --checked residency --note "Balancing test of May."',
      'propose an answer',
    ],
    ['cohortium gate reviews approve <id> --as grace --checked residency --note "Agreed, see the test."', 'the second pair of eyes'],
    ['cohortium gate reviews metrics', 'disagreement, time, test cases'],
  ],
  async perform(call, [name = 'list', ...rest]) {
    const step = Object.hasOwn(steps, name) ? steps[name] : undefined;
    if (step) return step(call, rest);
    if (name.startsWith('rev-')) return show(call, [name]);
    throw new CohortiumError('ARGUMENT_INVALID', `'${name}' is no step of gate reviews; they are: ${Object.keys(steps).join(', ')}`);
  },
};

async function list(call: CommandCall): Promise<CommandAnswer> {
  const all = await call.withAgent('readonly', (agent) => agent.gate.reviews(call.flag('all') ? 'all' : 'waiting'));
  return { document: { reviews: all }, lines: listLines(all, call) };
}

async function show(call: CommandCall, rest: readonly string[]): Promise<CommandAnswer> {
  const id = idOf(rest, 'show');
  const sheet = await call.withAgent('readonly', (agent) => agent.gate.review(id));
  return { document: sheet, lines: sheetLines(sheet, call, call.flag('all')) };
}

async function act(call: CommandCall, rest: readonly string[], name: string, actionOf: () => ReviewAction): Promise<CommandAnswer> {
  const id = idOf(rest, name);
  const by = call.requiredText('as');
  const action = actionOf();
  const review = await call.withAgent('write', (agent) => agent.gate.actOnReview(id, action, by));
  return { document: review, lines: stepLines(review, call) };
}

async function reopen(call: CommandCall, rest: readonly string[]): Promise<CommandAnswer> {
  const id = idOf(rest, 'reopen');
  const [by, note] = [call.requiredText('as'), call.requiredText('note')];
  const review = await call.withAgent('write', (agent) => agent.gate.reopenReview(id, by, note));
  return { document: review, lines: stepLines(review, call) };
}

async function seed(call: CommandCall): Promise<CommandAnswer> {
  const rightAnswer = oneOf('right', call.requiredText('right'), ['approve', 'reject'] as const);
  const [purpose, sink, because, by] = [
    call.requiredText('purpose'),
    call.requiredText('sink'),
    call.requiredText('note'),
    call.requiredText('as'),
  ];
  const asOf = call.text('asOf');
  const request = { purpose, sink, facts: statedFacts(call.text('facts')), rightAnswer, because, ...(asOf === undefined ? {} : { asOf }) };
  const review = await call.withAgent('write', (agent) => agent.gate.addTestCase(request, by));
  return {
    document: review,
    lines: [
      `${review.id} looks like any other case. The right answer is shown when it is decided, to everybody.`,
      '',
      `Next: ${call.hint('gate reviews')}`,
    ],
  };
}

async function metrics(call: CommandCall): Promise<CommandAnswer> {
  const measured = await call.withAgent('readonly', (agent) => agent.gate.reviewMetrics());
  return { document: measured, lines: metricLines(measured) };
}

function recommendation(call: CommandCall): ReviewAction {
  const verdict = oneOf('verdict', call.requiredText('verdict'), ['approve', 'condition', 'reject'] as const);
  const until = call.text('until');
  return { kind: 'recommend', ...said(call, verdict), scope: scopeOf(call), ...(until === undefined ? {} : { expiresAt: until }) };
}

function said<V extends Verdict>(call: CommandCall, verdict: V) {
  const parts = (name: string, mark: string): string[] =>
    (call.text(name) ?? '')
      .split(mark)
      .map((part) => part.trim())
      .filter((part) => part !== '');
  return { verdict, rationale: call.requiredText('note'), checkedFacts: parts('checked', ','), conditions: parts('condition', ';') };
}

function scopeOf(call: CommandCall): DecisionScope {
  const kind = oneOf('scope', call.text('scope') ?? 'class', ['class', 'run', 'waiver'] as const);
  return kind === 'run' ? { kind, asOf: call.requiredText('asOf') } : { kind };
}

function oneOf<T extends string>(option: string, found: string, accepted: readonly T[]): T {
  const known = accepted.find((one) => one === found);
  if (known === undefined)
    throw new CohortiumError('ARGUMENT_INVALID', `--${option}: ${accepted.join(', ')} was expected, found '${found}'`);
  return known;
}

function idOf([id, ...more]: readonly string[], step: string): string {
  if (id === undefined || more.length > 0)
    throw new CohortiumError('ARGUMENT_INVALID', `gate reviews ${step} takes one review id; 'gate reviews' lists them`);
  return id;
}

function stepLines(review: ReviewSummary, call: CommandCall): readonly string[] {
  const { id, state, effect, decided, test, recommended, approvals, approvalsNeeded, contestedBy } = review;
  const missing = approvalsNeeded - approvals.length;
  return [
    `${id} is ${call.style.bold(state)}; ${effect}.`,
    ...(decided ? [`Decided by ${decided.by.join(' and ')}, until ${decided.expiresAt}: registries/precedents/${id}.json`] : []),
    ...(test ? [`It was a test case, and touches nobody. The right answer was to ${test.rightAnswer}: ${printable(test.because)}`] : []),
    '',
    state === 'recommended' && recommended
      ? `Next: ${call.hint(`gate reviews ${recommended.verdict} ${id} --as <another person> --checked <facts> --note <why>`)}  # ${missing} more to decide`
      : decided && contestedBy !== null
        ? `Next: ${call.hint(`requests show ${contestedBy}`)}  # the letter to the person`
        : decided && !test
          ? `Next: ${call.hint('run <pipeline> --as-of <date>')}  # the gate applies it from the next run on`
          : `Next: ${call.hint(`gate reviews show ${id}`)}`,
  ];
}
