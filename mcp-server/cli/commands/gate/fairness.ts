/** Audits for disparate impact: what protected attributes come from, what an audit says, who signed it off. */
import { resolve } from 'node:path';

import type { FairnessAuditSummary, FairnessDocument, FairnessImport } from '../../../../agents/customer-data-graph/interface.ts';
import { formatCount, formatFixed } from '../../../../agents/customer-data-graph/report/format-number.ts';
import { CohortiumError } from '../../../../skills/sdk/index.ts';
import type { CommandAnswer, CommandCall } from '../../command-spec.ts';
import { formatPairs, formatTable, printable } from '../../format-table.ts';
import type { GateAction } from './gate-action.ts';

const tasks: Readonly<Record<string, (call: CommandCall, rest: readonly string[]) => Promise<CommandAnswer>>> = {
  audit,
  import: take,
  sign,
  show,
  erase,
};

const kinds: readonly string[] = ['declared', 'estimated', 'proxy'] satisfies readonly FairnessImport['kind'][];

export const fairness: GateAction = {
  says: 'audits configured uses for disparate impact. audit measures the newest run and writes a report; import takes protected attributes into a store of their own; sign puts a name under an audit, without which a pass does not count; show lists both; erase takes a customer out for good.',
  target: 'audit, import with a file, sign with an audit, show, or erase with a customer id',
  options: [
    { flags: '--kind <kind>', says: 'of an import: declared (default), estimated by surname and place, or proxy' },
    { flags: '--attribute <name>', says: 'name of the attribute that is estimated' },
    { flags: '--surnames <file>', says: 'P(group | surname), one column per group' },
    { flags: '--places <file>', says: 'P(place | group), the same columns' },
    { flags: '--provenance <text>', says: 'where the data, or the tables, come from; needed' },
    { flags: '--legal-basis <text>', says: 'why they may be kept; needed' },
    { flags: '--eu-legal-basis <text>', says: 'why groups may be estimated of people in the EU; without it they are left out' },
    { flags: '--as <person>', says: 'who signs' },
  ],
  examples: [
    ['cohortium gate fairness import attributes.csv --provenance survey-2026 --legal-basis consent', 'groups as customers stated them'],
    ['cohortium gate fairness audit', 'the uses of the newest run'],
    ['cohortium gate fairness sign 2026-01-31-3f2a9c01d4e8 --as grace', 'let its passes count'],
    ['cohortium gate fairness show', 'what there is'],
  ],
  async perform(call, [task = '', ...rest]) {
    const chosen = Object.hasOwn(tasks, task) ? tasks[task] : undefined;
    if (chosen) return chosen(call, rest);
    const what = task === '' ? 'gate fairness needs to know what to do' : `'${task}' is nothing that gate fairness does`;
    throw new CohortiumError('ARGUMENT_INVALID', `${what}; it does: ${Object.keys(tasks).join(', ')}`);
  },
};

async function audit(call: CommandCall): Promise<CommandAnswer> {
  const { summary, document, files } = await call.withAgent('write', (agent) => agent.gate.fairness.audit());
  const report = files.find((file) => file.endsWith('report.md')) ?? summary.folder;
  return {
    document: { summary, files },
    lines: [
      `${summary.audit}${summary.isNew ? '' : ' (made before from the same data)'}`,
      '',
      ...useLines(summary, call),
      '',
      ...groupLines(document),
      '',
      `The report is ${report}.`,
      ...(summary.signedBy.length > 0
        ? [`Signed off by ${summary.signedBy.join(', ')}.`]
        : ['No pass of it counts until somebody signs it off:', `  ${call.hint(`gate fairness sign ${summary.audit} --as <person>`)}`]),
    ],
    exitCode: summary.uses.some(({ outcome }) => outcome === 'fail') ? 1 : 0,
  };
}

function useLines({ uses }: FairnessAuditSummary, { style }: CommandCall): string[] {
  const shown = { pass: style.good('pass'), counsel: style.warn('counsel'), fail: style.bad('fail') };
  const rows = uses.map(({ purpose, sink, outcome, airLowerBasisPoints: low, airUpperBasisPoints: high, worst, isProxyFlagged }) => [
    `${purpose} at ${sink}`,
    shown[outcome],
    worst ? `${printable(worst.attribute)}: ${printable(worst.group)}` : '–',
    low === null ? '–' : `${formatFixed(low / 10_000, 2)} to ${high === null ? 'no limit' : formatFixed(high / 10_000, 2)}`,
    isProxyFlagged ? 'flagged' : 'none',
  ]);
  return formatTable(headsOf('use', 'outcome', 'worst group', 'ratio, rounded down', 'proxies'), rows);
}

function groupLines({ uses }: FairnessDocument): string[] {
  const rows = uses.flatMap(({ purpose, attributes }) =>
    attributes.flatMap(({ attribute, groups }) =>
      groups.map(({ group, reference, ratio, scoreInterval, tests, detectable, verdict }) => [
        purpose,
        `${printable(attribute)}: ${printable(group)} / ${printable(reference)}`,
        number(ratio),
        scoreInterval ? `${number(scoreInterval.low)} to ${scoreInterval.high === null ? 'no limit' : number(scoreInterval.high)}` : '–',
        number(tests.adjustedP, 4),
        number(detectable),
        verdict.reason,
      ]),
    ),
  );
  return formatTable(headsOf('use', 'group / reference', 'ratio', 'interval', 'p', 'detectable', 'verdict'), rows);
}

async function take(call: CommandCall, [file]: readonly string[]): Promise<CommandAnswer> {
  if (file === undefined) throw new CohortiumError('ARGUMENT_INVALID', 'gate fairness import needs a CSV file with a column customer');
  const kind = call.text('kind') ?? 'declared';
  if (!kinds.includes(kind))
    throw new CohortiumError('ARGUMENT_INVALID', `--kind: one of ${kinds.join(', ')} was expected; found '${kind}'`);
  const here = (path: string): string => resolve(call.host.cwd, path);
  const euLegalBasis = call.text('euLegalBasis');
  const request: FairnessImport = {
    file: here(file),
    kind: kind as FairnessImport['kind'], // checked above
    provenance: call.requiredText('provenance'),
    legalBasis: call.requiredText('legalBasis'),
    ...(euLegalBasis === undefined ? {} : { euLegalBasis }),
    ...(kind === 'estimated'
      ? {
          tables: {
            attribute: call.requiredText('attribute'),
            surnames: here(call.requiredText('surnames')),
            places: here(call.requiredText('places')),
          },
        }
      : {}),
  };
  const report = await call.withAgent('write', (agent) => agent.gate.fairness.importAttributes(request));
  return {
    document: report,
    lines: [
      ...report.attributes.map(
        ({ name, customers, groups }) =>
          `${printable(name)}: ${formatCount(customers)} customers${groups.length > 0 ? ` in ${groups.map(printable).join(', ')}` : ''}`,
      ),
      ...formatPairs([
        ['rows', formatCount(report.rows)],
        ...(report.erased > 0 ? [['erased before, passed over', formatCount(report.erased)] as const] : []),
        ...(kind === 'estimated'
          ? [
              ['surname or place in no table', formatCount(report.unmatched)] as const,
              ['in the EU, or perhaps, left out', formatCount(report.refusedEu)] as const,
            ]
          : []),
      ]),
    ],
  };
}

async function sign(call: CommandCall, [name]: readonly string[]): Promise<CommandAnswer> {
  if (name === undefined) throw new CohortiumError('ARGUMENT_INVALID', 'gate fairness sign needs an audit; gate fairness show lists them');
  const by = call.requiredText('as');
  const signed = await call.withAgent('write', (agent) => agent.gate.fairness.signOff(name, by));
  return { document: signed, lines: [`${signed.audit} is signed off by ${signed.signedBy.join(', ')}.`] };
}

async function show(call: CommandCall): Promise<CommandAnswer> {
  const { attributes, audits } = await call.withAgent('readonly', (agent) => agent.gate.fairness.show());
  const sources = attributes.map(({ name, kind, customers, provenance, legalBasis, importedOn }) => [
    printable(name),
    kind,
    formatCount(customers),
    printable(provenance),
    printable(legalBasis),
    importedOn,
  ]);
  const made = audits.map((one) => [
    one.audit,
    one.uses.map(({ purpose, sink, outcome }) => `${purpose} at ${sink}: ${outcome}`).join(', '),
    one.signedBy.join(', ') || 'nobody',
  ]);
  return {
    document: { attributes, audits },
    lines: [
      ...(sources.length === 0
        ? ['No protected attribute was imported.']
        : formatTable(headsOf('attribute', 'kind', 'customers', 'provenance', 'legal basis', 'imported'), sources)),
      '',
      ...(made.length === 0 ? ['No audit was made.'] : formatTable(headsOf('audit', 'outcomes', 'signed off by'), made)),
    ],
  };
}

async function erase(call: CommandCall, [customer]: readonly string[]): Promise<CommandAnswer> {
  if (customer === undefined) throw new CohortiumError('ARGUMENT_INVALID', 'gate fairness erase needs a customer id');
  const rows = await call.withAgent('write', (agent) => agent.gate.fairness.eraseCustomer(customer));
  return {
    document: { customer, rows },
    lines: [`${formatCount(rows)} rows about ${printable(customer)} were erased; a later import passes over this customer.`],
  };
}

function headsOf(...heads: readonly string[]) {
  return heads.map((head) => ({ head }));
}

function number(value: number | null, digits = 2): string {
  return formatFixed(value ?? Number.NaN, digits);
}
