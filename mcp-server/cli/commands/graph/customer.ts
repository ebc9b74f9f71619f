/** Who a customer is, as of any time, and how that came about. */
import type { AttributeValue, CustomerChange, CustomerView } from '../../../../agents/customer-data-graph/interface.ts';
import { formatCount } from '../../../../agents/customer-data-graph/report/format-number.ts';
import { isCohortiumError } from '../../../../skills/sdk/index.ts';
import type { CommandAnswer, CommandCall } from '../../command-spec.ts';
import { formatTable, printable } from '../../format-table.ts';
import { linkLines, shortIdentity, shortInstant, takeNames } from './graph-lines.ts';

export async function customer(call: CommandCall, names: readonly string[]): Promise<CommandAnswer> {
  const [id = ''] = takeNames('customer', names, 1, 'one customer id or identity, such as u-1 or loyalty:4711');
  const view = await readCustomer(call, id);
  return { document: view, lines: lines(view, call) };
}

/** With what was just accepted, where this process may seal it; without where another one holds the directory. */
export async function readCustomer(call: CommandCall, id: string): Promise<CustomerView> {
  const asOf = call.text('asOf');
  try {
    return await call.withAgent('write', (agent) => agent.graph.customer(id, asOf, { signal: call.signal }));
  } catch (error) {
    if (!isCohortiumError(error) || error.code !== 'STORE_BUSY') throw error;
    return call.withAgent('readonly', (agent) => agent.graph.customer(id, asOf, { signal: call.signal }));
  }
}

function lines(view: CustomerView, call: CommandCall): string[] {
  const { style } = call;
  const { identities, links, attributes, consents, history, signals, previousIds, asOf, waiting } = view;
  const before = previousIds.length === 0 ? '' : `, before ${previousIds.map((id) => printable(shortIdentity(id))).join(', ')}`;
  return [
    `${style.bold(printable(shortIdentity(view.customerId)))}${asOf === null ? '' : `  as of ${printable(asOf)}`}${before}`,
    ...section(
      'Identities',
      formatTable(
        [{ head: 'identity' }, { head: 'since' }, { head: '' }],
        identities.map(({ kind, value, since, silence }) => [
          shortIdentity(`${kind}:${value}`),
          shortInstant(since),
          silence === null ? '' : `links nobody: ${silence}`,
        ]),
      ),
    ),
    ...(links.length === 0 ? [] : section('Links', linkLines(links))),
    ...(attributes.length + consents.length === 0
      ? []
      : section(
          'Declared',
          formatTable(
            [{ head: 'attribute' }, { head: 'value' }, { head: 'source' }, { head: 'at' }, { head: 'policy' }, { head: 'instead of' }],
            [
              ...attributes.map(({ name, value, source, at, policy, others }) => [
                name,
                value,
                source,
                shortInstant(at),
                policy,
                instead(others),
              ]),
              ...consents.map(({ purpose, value, source, at }) => [
                `consent ${purpose}`,
                value,
                source,
                shortInstant(at),
                'most-recent',
                '',
              ]),
            ],
          ),
        )),
    ...section('History', history.map(sentence)),
    ...section(
      'Signals',
      formatTable(
        [{ head: 'type' }, { head: 'count', align: 'right' }, { head: 'first' }, { head: 'last' }],
        signals.map(({ type, count, firstAt, lastAt }) => [type, formatCount(count), shortInstant(firstAt), shortInstant(lastAt)]),
      ),
    ),
    ...(waiting === 0
      ? []
      : ['', `${formatCount(waiting)} accepted signals are not in this answer yet: another process holds the directory`]),
  ];
}

function section(title: string, content: readonly string[]): string[] {
  return ['', `${title}:`, ...content.map((line) => `  ${line}`.trimEnd())];
}

function instead(others: readonly AttributeValue[]): string {
  return [...new Set(others.map(({ value, source }) => `${value} (${source})`))].slice(0, 3).join(', ');
}

function sentence({ at, kind, customerId, identities, customers }: CustomerChange): string {
  const who = identities.map((identity) => printable(shortIdentity(identity))).join(', ');
  const others = customers.map((id) => printable(shortIdentity(id))).join(', ');
  const says = {
    began: `began with ${who}`,
    joined: others === '' ? `${who} joined` : `${who} joined, before of ${others}`,
    left: `${who} left, now of ${others}`,
    renamed: `is called ${printable(shortIdentity(customerId))} from then on`,
  } as const;
  return `${shortInstant(at)}  ${says[kind]}`;
}
