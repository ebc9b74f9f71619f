/** The law that the gate decides by: all regimes as a table, or one on one screen. */
import type { RegimeDetail, RegimeSummary } from '../../../../agents/customer-data-graph/interface.ts';
import type { CommandAnswer, CommandCall } from '../../command-spec.ts';
import { formatTable, printable } from '../../format-table.ts';
import type { GateAction } from './gate-action.ts';
import { section, wrapped } from './gate-lines.ts';

export const regimes: GateAction = {
  says: 'lists the law that the gate decides by, or shows one regime on one screen.',
  target: 'a regime id, or none for all',
  options: [
    { flags: '--as-of <date>', says: 'say what is in force on that day' },
    { flags: '--anchor <anchor>', says: 'only privacy, fair-treatment, calibration, reporting, governance or records' },
    { flags: '--verify', says: 'only those that counsel has yet to confirm something about' },
    { flags: '--from <date>', says: 'with an id: count its deadlines from this day' },
  ],
  examples: [
    ['cohortium gate regimes --as-of 2026-12-31 --anchor privacy', 'what is law on a day'],
    ['cohortium gate regimes us-ecoa-regb --from 2026-01-31', 'one regime, with the last days of its deadlines'],
    ['cohortium gate regimes --verify', 'what counsel has yet to confirm'],
  ],
  async perform(call, [id]) {
    const asOf = call.text('asOf');
    if (id !== undefined) return one(call, id, asOf);
    const anchor = call.text('anchor');
    const isVerify = call.flag('verify');
    const question = { isVerify, ...(asOf === undefined ? {} : { asOf }), ...(anchor === undefined ? {} : { anchor }) };
    const found = await call.withAgent('readonly', (agent) => agent.gate.regimes(question));
    return { document: { regimes: found }, lines: listLines(found, isVerify, call) };
  },
};

async function one(call: CommandCall, id: string, asOf: string | undefined): Promise<CommandAnswer> {
  const from = call.text('from');
  const question = { ...(asOf === undefined ? {} : { asOf }), ...(from === undefined ? {} : { from }) };
  const regime = await call.withAgent('readonly', (agent) => agent.gate.regime(id, question));
  return { document: regime, lines: regimeLines(regime, call) };
}

function listLines(regimesFound: readonly RegimeSummary[], isVerify: boolean, call: CommandCall): string[] {
  if (regimesFound.length === 0) return ['No regime is like that.'];
  const isDated = regimesFound.some(({ isInForce }) => isInForce !== null);
  return [
    ...formatTable(
      [
        { head: 'regime' },
        { head: 'anchor' },
        { head: 'from' },
        ...(isDated ? [{ head: 'in force' }] : []),
        { head: 'rules', align: 'right' },
        { head: 'verify', align: 'right' },
        { head: 'title' },
      ],
      regimesFound.map(({ id, anchor, effectiveFrom, isInForce, rules, verify, title }) => [
        id,
        anchor,
        effectiveFrom ?? '',
        ...(isDated ? [isInForce === true ? 'yes' : 'no'] : []),
        String(rules),
        verify.length > 0 ? String(verify.length) : '',
        printable(title),
      ]),
    ),
    ...(isVerify ? ['', ...regimesFound.flatMap(({ id, verify }) => verify.flatMap((text) => wrapped(`${id}: ${text}`, call)))] : []),
    '',
    `${regimesFound.length} regimes; an engineering inventory, not legal advice.`,
    `Next: ${call.hint(`gate regimes ${regimesFound[0]?.id ?? ''}`)}`,
  ];
}

function regimeLines(regime: RegimeDetail, call: CommandCall): string[] {
  const { style } = call;
  const dates = `${regime.effectiveFrom ?? 'always'} to ${regime.effectiveTo ?? 'no end'}`;
  const force = regime.isInForce === null ? '' : regime.isInForce ? ', in force on that day' : ', not in force on that day';
  const { optOut } = regime;
  return [
    `${style.bold(regime.id)}  ${printable(regime.title)}`,
    printable(regime.citation),
    `${regime.anchor} · ${regime.jurisdiction} · ${regime.status} · ${dates}${force}`,
    ...section('Demands', wrapped(regime.demand, call), call),
    ...section(
      'Is not about',
      [
        ...wrapped(regime.notAboutBecause, call),
        ...regime.excludes.flatMap(({ citation, because }) => wrapped(`${because} (${citation})`, call)),
      ],
      call,
    ),
    ...(optOut
      ? section(
          'Opt-out',
          wrapped(
            `${optOut.profiling ? 'Of profiling' : 'None of profiling'}: ${optOut.scope}${optOut.alsoOf.length > 0 ? ` Also of ${optOut.alsoOf.join(', ')}.` : ''}${optOut.universalSignal === null ? '' : ` Signal: ${optOut.universalSignal}.`}`,
            call,
          ),
          call,
        )
      : []),
    ...(regime.rights.length > 0 ? section('Rights', wrapped(regime.rights.join(', '), call), call) : []),
    ...(regime.deadlines.length > 0
      ? section(
          'Deadlines',
          regime.deadlines.map(({ name, value, due }) => `  ${name}: ${value}${due === null ? '' : `, last day ${due}`}`),
          call,
        )
      : []),
    ...(regime.retentionRows.length > 0
      ? section(
          'Retention',
          regime.retentionRows.flatMap((row) =>
            wrapped(
              `${row.id} (${row.kind}): ${row.period}, of ${row.records.join(', ')}; ${row.citation}${row.note === null ? '' : `. ${row.note}`}`,
              call,
            ),
          ),
          call,
        )
      : []),
    ...section(
      'Rules',
      regime.ruleTexts.length === 0
        ? wrapped(regime.evidenceOnly ?? 'None.', call)
        : regime.ruleTexts.flatMap((rule) => [
            `  ${rule.outcome}  ${rule.id}  (${rule.purposes === null ? 'all purposes' : rule.purposes.join(', ')})`,
            ...wrapped(`${rule.citation}. ${rule.remedy} Reads ${rule.facts.join(', ') || 'no fact'}.`, call, 8),
          ]),
      call,
    ),
    ...(regime.oftenMisstated === null ? [] : section('Often misstated', wrapped(regime.oftenMisstated, call), call)),
    ...(regime.verify.length > 0
      ? section(
          'Verify',
          regime.verify.flatMap((text) => wrapped(text, call)),
          call,
        )
      : []),
    '',
    style.dim(
      `version ${regime.version}, reviewed ${regime.reviewed.on} by ${regime.reviewed.by}; ${regime.cases} cases. Not legal advice.`,
    ),
  ];
}
