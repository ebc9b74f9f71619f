/** Consents and opt-outs of customers: shown, recorded, imported, and followed to the sinks. */
import { resolve } from 'node:path';

import type { ConsentEntry, ConsentHistory, ConsentRecord } from '../../../agents/customer-data-graph/consents/consent-interface.ts';
import { formatCount } from '../../../agents/customer-data-graph/report/format-number.ts';
import { CohortiumError } from '../../../skills/sdk/index.ts';
import type { CommandAnswer, CommandCall, CommandSpec } from '../command-spec.ts';
import { exitCodes } from '../exit-codes.ts';
import { formatTable, printable } from '../format-table.ts';
import { actionOf } from '../group-action.ts';

/** What each does, for whoever gives none or mistypes one. */
const says: Readonly<Record<'show' | 'record' | 'import' | 'propagation', string>> = {
  show: 'what a customer allowed and refused',
  record: 'take down a consent or an opt-out',
  import: 'take a CSV file of them',
  propagation: 'who was told, and how each stands',
};

export const consents: CommandSpec = {
  name: 'consents',
  actions: says,
  args: [
    ['<action>', Object.keys(says).join(', ')],
    ['[subject]', 'show, record, propagation: a customer or identity; import: a CSV file'],
  ],
  summary: 'show, record and import consents and opt-outs; see who was told',
  says: 'A consent or an opt-out is a consent-event signal in the log; the store that is shown here can be made again from it. record and import write such events. An opt-out holds at once for what has not left, whichever run decided it, and is sent to every sink that has received a value of the customer; propagation lists these messages and how each stands. GPP and TCF strings are decoded; one that cannot be read is refused.',
  options: [
    { flags: '--refuse <purpose>', says: 'record: an opt-out or objection, such as sale or profiling' },
    { flags: '--grant <purpose>', says: 'record: a consent' },
    { flags: '--gpp <string>', says: 'record: what an IAB GPP string says' },
    { flags: '--tcf <string>', says: 'record: what an IAB TCF string says' },
    { flags: '--at <instant>', says: 'record: when it was said, ISO 8601 (default: now)' },
    { flags: '--method <method>', says: 'record: banner, preference-centre, form, e-mail, phone, agent … (default: agent)' },
    { flags: '--notice <version>', says: 'record: version of the notice that was shown' },
    { flags: '--served <id>', says: 'record: id under which that notice was served' },
    { flags: '--jurisdiction <code>', says: 'record: under whose rules it was asked, such as EU or US-CA' },
    { flags: '--scope <text>', says: 'record: what it holds for, such as a brand' },
  ],
  examples: [
    ['cohortium consents show c-1', 'what stands, and the history'],
    ['cohortium consents record c-1 --refuse sale --method form --notice 2026-03', 'an opt-out that came on paper'],
    ["cohortium consents record c-1 --gpp 'DBABLA~CAARAAAAAABA.YA'", 'what a consent manager stored'],
    ['cohortium consents import onetrust.csv', 'purpose, status and time; or actions such as SALE_OPT_OUT'],
    ['cohortium consents propagation c-1', 'which sinks were told, and which have acknowledged'],
  ],
  next: 'cohortium consents propagation, until every sink has acknowledged.',
  async action(call) {
    const [given, subject] = call.args;
    const action = actionOf('consents', says, given);
    if (action === 'propagation') return propagation(call, subject);
    if (subject === undefined)
      throw new CohortiumError('ARGUMENT_INVALID', `consents ${action} needs ${action === 'import' ? 'a CSV file' : 'a customer'}`);
    if (action === 'show') return show(call, subject);
    return action === 'record' ? record(call, subject) : importFile(call, subject);
  },
};

async function show(call: CommandCall, customer: string): Promise<CommandAnswer> {
  const found = await call.withAgent('readonly', (agent) => agent.consents.show(customer, { signal: call.signal }));
  return { document: found, lines: historyLines(found) };
}

function historyLines({ customer, identities, standing, history }: ConsentHistory): string[] {
  if (history.length === 0) return [`${printable(customer)} has said nothing about any purpose.`];
  return [
    `${printable(customer)}: ${identities.map(printable).join(', ')}`,
    '',
    ...formatTable(
      [{ head: 'purpose' }, { head: 'refused' }, { head: 'consent' }, { head: 'since' }, { head: 'evidence' }],
      standing.map(({ purpose, isRefused, hasConsent, newest }) => [
        purpose,
        isRefused === null ? 'unknown' : isRefused ? 'yes' : 'no',
        hasConsent ? 'yes' : 'no',
        newest.at,
        newest.id,
      ]),
    ),
    '',
    ...formatTable(
      [
        { head: 'at' },
        { head: 'purpose' },
        { head: 'said' },
        { head: 'method' },
        { head: 'notice' },
        { head: 'where' },
        { head: 'by' },
        { head: 'event' },
      ],
      history.map((entry) => [
        entry.at,
        entry.purpose,
        said(entry),
        entry.method ?? '-',
        printable([entry.noticeVersion, entry.servedNotice].filter((one) => one !== null).join(' ') || '-'),
        printable(entry.jurisdiction ?? entry.source ?? '-'),
        printable(entry.identity),
        printable(entry.event),
      ]),
    ),
  ];
}

/** A browser's signal is kept as a refusal of `gpc`, which nobody would read as one. */
function said({ purpose, granted, mode }: Pick<ConsentEntry, 'purpose' | 'granted' | 'mode'>): string {
  if (purpose === 'gpc') return granted ? 'no signal' : 'signal seen';
  if (mode === 'opt-in') return granted ? 'consent' : 'no consent';
  if (mode === 'opt-out') return granted ? 'did not opt out' : 'opted out';
  return granted ? 'yes' : 'no';
}

async function record(call: CommandCall, customer: string): Promise<CommandAnswer> {
  const [refused, granted] = [call.text('refuse'), call.text('grant')];
  if (refused !== undefined && granted !== undefined)
    throw new CohortiumError('ARGUMENT_INVALID', '--refuse and --grant are two records; give one of them');
  const purpose = refused ?? granted;
  const texts = {
    gpp: call.text('gpp'),
    tcf: call.text('tcf'),
    at: call.text('at'),
    method: call.text('method') ?? (purpose === undefined ? undefined : 'agent'),
    noticeVersion: call.text('notice'),
    servedNotice: call.text('served'),
    jurisdiction: call.text('jurisdiction'),
    scope: call.text('scope'),
  };
  const given = Object.fromEntries(Object.entries(texts).filter(([, text]) => text !== undefined)) as Omit<ConsentRecord, 'customer'>; // names above
  const asked: ConsentRecord = { customer, ...given, ...(purpose === undefined ? {} : { purpose, granted: granted !== undefined }) };
  const receipt = await call.withAgent('write', (agent) => agent.consents.record(asked, { signal: call.signal }));
  return {
    document: receipt,
    lines: [...receipt.taken.map((one) => `${one.purpose}: ${said(one)}, event ${one.event}`), ...toldLines(receipt.propagated, call)],
  };
}

async function importFile(call: CommandCall, file: string): Promise<CommandAnswer> {
  const report = await call.withAgent('write', (agent) => agent.consents.import(resolve(call.host.cwd, file), { signal: call.signal }));
  const { rows, accepted, duplicates, quarantined, propagated, faults } = report;
  return {
    document: report,
    lines: [
      `${formatCount(rows)} rows: ${formatCount(accepted)} taken, ${formatCount(duplicates)} known already, ${formatCount(quarantined)} in quarantine`,
      ...faults.map(({ line, message }) => `  line ${line}: ${printable(message)}`),
      ...toldLines(propagated, call),
    ],
    exitCode: quarantined > 0 ? exitCodes.negative : exitCodes.ok,
  };
}

function toldLines(propagated: number, call: CommandCall): string[] {
  if (propagated === 0) return [];
  return [`${formatCount(propagated)} opt-outs told to sinks.`, '', `Next: ${call.hint('consents propagation')}`];
}

async function propagation(call: CommandCall, customer: string | undefined): Promise<CommandAnswer> {
  const told = await call.withAgent('readonly', (agent) => agent.consents.propagation(customer, { signal: call.signal }));
  const open = told.filter(({ state }) => state !== 'acknowledged').length;
  return {
    document: { optOuts: told },
    lines:
      told.length === 0
        ? ['No opt-out had to be told to a sink.']
        : formatTable(
            [
              { head: 'customer' },
              { head: 'purposes' },
              { head: 'since' },
              { head: 'sink' },
              { head: 'state' },
              { head: 'attempts', align: 'right' },
            ],
            told.map((one) => [
              printable(one.customerId),
              one.purposes.join(', '),
              one.effectiveAt,
              one.sink === one.subscriber ? one.sink : `${one.sink} (${one.subscriber})`,
              one.state,
              formatCount(one.attempts),
            ]),
          ),
    exitCode: open > 0 ? exitCodes.negative : exitCodes.ok,
  };
}
