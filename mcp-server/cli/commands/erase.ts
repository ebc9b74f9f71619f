/** Erasure of a customer: what it would do, doing it, going on with it, and what is on record of it. */
import type { ErasurePlan, ErasureReport } from '../../../agents/customer-data-graph/erasure/erasure-interface.ts';
import { CohortiumError } from '../../../skills/sdk/index.ts';
import type { CommandAnswer, CommandCall, CommandSpec } from '../command-spec.ts';
import { formatTable, printable } from '../format-table.ts';

export const erase: CommandSpec = {
  name: 'erase',
  args: [['[customer]', 'a customer id, or any identity such as email:<sha256>']],
  summary: 'erase a customer from every store, and prove it',
  says: 'Deletes bodies in the ledger and destroys their keys, deletes the customer from every other store and from lists of rows in this directory, tells whoever received values, and writes a signed receipt with its proof. Leaves of the ledger stay, and it verifies as before. What the law wants kept stays under its key, and the report says by which rule; a hold goes before every erasure. Identities that were erased are not taken in again. Stopped anywhere, the next command that writes goes on with it.',
  options: [
    { flags: '--dry-run', says: 'say what would go, stay and be told; nothing is done' },
    { flags: '--by <person>', says: 'who orders it; recorded for good' },
    { flags: '--reason <text>', says: 'why; recorded without the names of the customer' },
    { flags: '--resume', says: 'go on with an erasure that was begun, and look who has acknowledged' },
    { flags: '--list', says: 'erasures that are through' },
    { flags: '--receipt <erasure>', says: 'print the signed receipt and its proof' },
    { flags: '--lift <erasure>', says: 'let the identities of an erased customer in again; --by and --reason' },
  ],
  examples: [
    ['cohortium erase c0077 --dry-run', 'what is kept of a customer, and what would go'],
    ['cohortium erase c0077 --by ada --reason "request 12"', 'erase the customer'],
    ['cohortium erase --resume', 'after a crash, or when subscribers had yet to acknowledge'],
    ['cohortium erase --list', 'what is through'],
  ],
  next: 'cohortium verify shows that the ledger holds; hand the receipt and its .tlog-proof to who asked.',
  async action(call) {
    const [customer] = call.args;
    if (call.flag('list')) return list(call);
    if (call.flag('resume')) return resume(call);
    const [receipt, lift] = [call.text('receipt'), call.text('lift')];
    if (receipt !== undefined) return show(call, receipt);
    if (lift !== undefined) return letIn(call, lift);
    if (customer === undefined)
      throw new CohortiumError('ARGUMENT_INVALID', 'erase needs a customer, or --list, --resume, --receipt or --lift');
    if (call.flag('dryRun')) {
      const plan = await call.withAgent('write', (agent) => agent.erasure.plan(customer));
      return { document: plan, lines: planLines(plan) };
    }
    const [by, why] = [call.requiredText('by'), call.requiredText('reason')];
    const report = await call.withAgent('write', (agent) => agent.erasure.erase({ customer, by, why }));
    return { document: report, lines: reportLines(call, report) };
  },
};

async function resume(call: CommandCall): Promise<CommandAnswer> {
  const report = await call.withAgent('write', (agent) => agent.erasure.resume());
  return report === undefined
    ? { document: { erasure: null }, lines: ['No erasure waits.'] }
    : { document: report, lines: reportLines(call, report) };
}

async function list(call: CommandCall): Promise<CommandAnswer> {
  const erasures = await call.withAgent('readonly', (agent) => agent.erasure.list());
  const rows = erasures.map(({ erasure, completedAt, record, by, keys, bodies, isSuppressed }) => [
    erasure,
    completedAt.slice(0, 10),
    String(record),
    printable(by),
    String(keys),
    String(bodies),
    isSuppressed ? 'no' : 'yes',
  ]);
  return {
    document: { erasures },
    lines:
      rows.length === 0
        ? ['Nobody was erased.']
        : formatTable(
            [
              { head: 'erasure' },
              { head: 'day' },
              { head: 'record' },
              { head: 'by' },
              { head: 'keys' },
              { head: 'bodies' },
              { head: 'let in again' },
            ],
            rows,
          ),
  };
}

async function show(call: CommandCall, erasure: string): Promise<CommandAnswer> {
  const receipt = await call.withAgent('readonly', (agent) => agent.erasure.receipt(erasure));
  return { document: receipt, lines: [JSON.stringify(receipt.envelope, null, 2), '', ...receipt.proof.split('\n')] };
}

async function letIn(call: CommandCall, erasure: string): Promise<CommandAnswer> {
  const [by, why] = [call.requiredText('by'), call.requiredText('reason')];
  await call.withAgent('write', (agent) => agent.erasure.lift(erasure, by, why));
  return { document: { erasure, lifted: true }, lines: [`Identities of erasure ${erasure} are let in again.`] };
}

function planLines({ customerId, identities, found, bodies, keys, kept, holds, subscribers }: ErasurePlan): readonly string[] {
  return [
    `${printable(customerId)}: ${identities.length} ${identities.length === 1 ? 'identity' : 'identities'}`,
    '',
    ...formatTable(
      [{ head: 'store' }, { head: 'what' }, { head: 'count' }],
      [
        ['ledger', 'bodies', String(bodies)],
        ['vault', 'keys', String(keys)],
        ...found.map(({ store, what, count }) => [printable(store), what, String(count)]),
      ],
    ),
    '',
    ...kept.map(
      ({ class: kind, because, until }) =>
        `Kept: ${kind}, ${until === null ? 'until its end comes' : `through ${until}`}: ${because.join('; ')}`,
    ),
    ...(subscribers.length > 0 ? [`Told: ${subscribers.join(', ')}`] : ['Nobody has received a value.']),
    ...holds.map((hold) => `Held: ${printable(hold)}`),
    holds.length > 0 ? 'It would be refused.' : 'Nothing was done.',
  ];
}

function reportLines(call: CommandCall, report: ErasureReport): readonly string[] {
  const { erasure, state, erased, bodies, keys, kept, told, left, record, files } = report;
  return [
    `Erasure ${erasure} ${state === 'completed' ? `is through: record ${record}` : 'waits for subscribers'}.`,
    `${keys.length} keys destroyed, and with them ${bodies} bodies of the ledger.`,
    '',
    ...formatTable(
      [{ head: 'store' }, { head: 'what' }, { head: 'count' }],
      erased.map(({ store, what, count }) => [printable(store), what, String(count)]),
    ),
    '',
    ...kept.map(
      ({ class: kind, because, until }) =>
        `Kept: ${kind}, ${until === null ? 'until its end comes' : `through ${until}`}: ${because.join('; ')}`,
    ),
    ...told.map(
      ({ subscriber, state: standing, reason }) =>
        `${subscriber}: ${standing}${standing === 'acknowledged' ? '' : ` (${printable(reason)})`}`,
    ),
    ...left.map(
      (file) =>
        `Still a name of the customer, or a digest of what went, in ${printable(file)}, which no list of rows is: a person has to look at it.`,
    ),
    ...files.map((file) => `Wrote ${file}`),
    ...(state === 'waiting' ? [`Next: ${call.hint('erase --resume')}`] : []),
  ];
}
