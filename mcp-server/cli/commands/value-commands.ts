/** What a customer is worth, and why. */
import type { Explanation, ValueAnswer, ValueRequest, WhyAnswer } from '../../../agents/customer-data-graph/interface.ts';
import { formatMoney, formatPercent, minorUnits, shortDigest } from '../../../agents/customer-data-graph/report/format-number.ts';
import { dotOfGraph } from '../../../skills/cohort/core/explain/index.ts';
import { CohortiumError } from '../../../skills/sdk/index.ts';
import type { CommandCall, CommandSpec, OptionSpec } from '../command-spec.ts';
import { formatPairs, printable } from '../format-table.ts';

const grainOptions: readonly OptionSpec[] = [
  { flags: '--location <name>', says: 'at this location (default: all)' },
  { flags: '--channel <name>', says: 'on this channel (default: all)' },
  { flags: '--brand <name>', says: 'for this brand (default: all)' },
  { flags: '--purpose <purpose>', says: 'what it is for; the gate decides per purpose (default: analytics)' },
];

export const score: CommandSpec = {
  name: 'score',
  args: [['<customer>', 'customer id']],
  summary: 'what a customer is worth at a location, on a channel, for a brand',
  says: 'Answers from the last published scores, if the gate lets the value be used for the purpose; else says why not and exits with 1. Names the ledger record that was made before the value was published.',
  options: grainOptions,
  examples: [
    ['cohortium score c-000042', 'the whole account'],
    ['cohortium score c-000042 --location Berlin --channel web --brand Aurora', 'one cell'],
    ['cohortium score c-000042 --purpose offer-eligibility', 'may it be used for offers?'],
  ],
  next: 'cohortium explain with the same arguments, or cohortium verify --record <n>.',
  async action(call) {
    const answer = await call.withAgent('readonly', (agent) => agent.value(valueRequest(call)));
    return { document: answer, lines: valueLines(answer, call), exitCode: answer.outcome === 'pass' ? 0 : 1 };
  },
};

export const explain: CommandSpec = {
  name: 'explain',
  args: [['<customer>', 'customer id']],
  summary: 'say in sentences how a value came about',
  says: 'Every number in the sentences is one of the facts, and the facts come from the run. No language model is involved. For the whole account also its parts: what groups of features, timing models and calibration each did (exact Shapley values; they add up), and how single differences would have changed it.',
  options: [
    ...grainOptions,
    { flags: '--reach <amount>', says: 'also the nearest history that would have been worth this much, in the currency of the log' },
    { flags: '--dot', says: 'print the parts as a graph for Graphviz, and nothing else' },
  ],
  examples: [
    ['cohortium explain c-000042', 'the whole account'],
    ['cohortium explain c-000042 --location Berlin', 'at one location'],
    ['cohortium explain c-000042 --reach 500', 'what would have had to be different for a value of 500'],
    ['cohortium explain c-000042 --dot | dot -Tsvg > why.svg', 'a picture of how it came about'],
  ],
  next: 'cohortium verify --record <n> proves the value that was published.',
  async action(call) {
    const request = valueRequest(call);
    const isAccount = ['location', 'channel', 'brand'].every((name) => call.text(name) === undefined);
    const { answer, why } = await call.withAgent('readonly', async (agent) => {
      const answer = await agent.explain(request);
      const target = call.text('reach');
      const isWanted = isAccount && answer.outcome === 'pass';
      const targets = target === undefined ? {} : { targetMinor: minorUnits(amountOf(target), agent.currency) };
      const { customerId, purpose } = request;
      return { answer, why: isWanted ? await agent.why({ customerId, ...(purpose === undefined ? {} : { purpose }), ...targets }) : null };
    });
    const exitCode = answer.outcome === 'pass' ? 0 : 1;
    if (call.flag('dot') && why) {
      const { graph, currency } = why.breakdown;
      return {
        document: graph,
        lines: dotOfGraph(graph, (minor) => formatMoney(minor, currency))
          .trimEnd()
          .split('\n'),
        exitCode,
      };
    }
    return { document: { ...answer, why }, lines: explanationLines(answer, why, call), exitCode };
  },
};

/** Leaf, and position in its batch. */
function placeText({ index, item }: { readonly index: number; readonly item: number | null }): string {
  return item === null ? String(index) : `${index}/${item}`;
}

function amountOf(text: string): number {
  if (/^\d{1,12}(\.\d{1,4})?$/.test(text)) return Number(text);
  throw new CohortiumError('ARGUMENT_INVALID', `--reach is '${text}'; expected an amount such as 500 or 49.90`);
}

function whyLines({ breakdown, variations, counterfactual }: WhyAnswer): string[] {
  const { currency } = breakdown;
  const signed = (minor: number): string => `${minor < 0 ? '' : '+'}${formatMoney(minor, currency)}`;
  const found = counterfactual?.found;
  return [
    'How it came about:',
    ...formatPairs([
      ['  typical customers', formatMoney(breakdown.baseMinor, currency)],
      ...breakdown.groups.map(({ group, says, minor }): [string, string] => [`  ${group}`, `${signed(minor)}  ${says}`]),
      ['  calibration', signed(breakdown.calibrationMinor)],
      ['  value', formatMoney(breakdown.valueMinor, currency)],
    ]),
    `By model, before calibration: ${breakdown.models.map(({ family, weight, minor }) => `${family} ${formatMoney(minor, currency)} (weight ${formatPercent(weight)})`).join(', ')}.`,
    '',
    'The model would have said:',
    ...formatPairs(variations.map(({ change, valueMinor }) => [`  ${change}`, formatMoney(valueMinor, currency)])),
    ...(counterfactual === null
      ? []
      : [
          '',
          found
            ? `For ${formatMoney(counterfactual.targetMinor, currency)}: ${found.changes.map(({ feature, from, to, unit }) => changeText(feature, from, to, unit, currency)).join('; ') || 'nothing'}; the model would have said ${formatMoney(found.valueMinor, currency)}.`
            : `For ${formatMoney(counterfactual.targetMinor, currency)}: no history like that of other customers would have been scored so.`,
        ]),
  ];
}

function changeText(feature: string, from: number, to: number, unit: string, currency: string): string {
  const text = (value: number): string =>
    unit === 'minor units' ? formatMoney(value, currency) : unit === '' && !Number.isInteger(value) ? formatPercent(value) : String(value);
  return `${feature} ${text(to)} instead of ${text(from)}`;
}

function valueRequest(call: CommandCall): ValueRequest {
  const grain = Object.fromEntries(
    ['location', 'channel', 'brand', 'purpose'].flatMap((name) => {
      const value = call.text(name);
      return value === undefined ? [] : [[name, value]];
    }),
  );
  return { customerId: call.args[0] ?? '', ...grain };
}

function valueLines(answer: ValueAnswer, call: CommandCall): string[] {
  const { style } = call;
  const place = [answer.location, answer.channel, answer.brand].filter((part) => part !== null).join(' · ') || 'whole account';
  const head = `${style.bold(printable(answer.customerId))}  ${printable(place)}  for ${printable(answer.purpose)}`;
  const proof = answer.record
    ? [
        `record ${placeText(answer.record)} of ${answer.record.ledgerSize}, value ${placeText(answer.record.score)}, root ${shortDigest(answer.record.ledgerRoot)}`,
      ]
    : ['no record yet'];
  if (!answer.value) {
    return [
      head,
      '',
      `${style.bad(answer.outcome)}: ${heldBack(answer)}`,
      ...formatPairs(answer.reasons.map(({ policy, citation }) => [`  ${policy}`, citation])),
      '',
      `Next: ${nextWhenHeld(answer, call)}`,
    ];
  }
  const { value, currency } = answer;
  return [
    head,
    '',
    `${style.bold(formatMoney(value.clvMinor, currency))} over ${answer.horizonDays} days from ${answer.asOf}`,
    ...formatPairs([
      ['  between', `${formatMoney(value.lowMinor, currency)} and ${formatMoney(value.highMinor, currency)}`],
      ['  tier', value.tier],
      ['  buys at all', formatPercent(value.pPurchase)],
      ['  still a customer', formatPercent(value.pAlive)],
      ['  share of account', formatPercent(value.share)],
      ['  gate', answer.outcome],
      ['  proof', proof.join('')],
    ]),
    '',
    `Next: ${call.hint(`explain ${printable(answer.customerId)}`)}`,
    ...(answer.record
      ? [`      ${call.hint(`verify --record ${answer.record.index}${answer.record.item === null ? '' : `/${answer.record.item}`}`)}`]
      : []),
  ];
}

/** Without a record the gate was never asked: no run decides about this purpose. */
function heldBack({ outcome, purpose, record }: ValueAnswer): string {
  if (record === null) return `no run has asked the gate about ${printable(purpose)}, so the value is held back`;
  return outcome === 'fail' ? 'the gate does not let this value be used' : 'the gate leaves this to a person';
}

function nextWhenHeld({ outcome, record }: ValueAnswer, call: CommandCall): string {
  if (record === null) return 'add the purpose to the uses of the gate step in the pipeline, and run it again';
  return outcome === 'counsel' ? call.hint('gate reviews') : 'see policies/ for the rule, or choose another --purpose';
}

function explanationLines({ customerId, sentences, facts }: Explanation, why: WhyAnswer | null, call: CommandCall): string[] {
  if (facts.length === 0) return sentences.map(printable);
  return [
    ...sentences.map(printable),
    '',
    'Facts:',
    ...formatPairs(facts.map(({ label, value, unit }) => [`  ${label}`, factText(value, unit)])),
    ...(why ? ['', ...whyLines(why)] : []),
    '',
    `Next: ${call.hint(`score ${printable(customerId)}`)}, which names the ledger record`,
  ];
}

function factText(value: string | number | boolean, unit: string | undefined): string {
  const isMoney = typeof value === 'number' && unit !== undefined && /^[A-Z]{3}$/.test(unit);
  if (isMoney) return formatMoney(minorUnits(value, unit), unit);
  return `${String(value)}${unit === undefined ? '' : ` ${unit}`}`;
}
