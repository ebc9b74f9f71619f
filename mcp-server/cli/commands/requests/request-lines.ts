/** Requests of persons as lines for a terminal. */
import type {
  RequestDetail,
  RequestLogRow,
  RequestMetrics,
  RequestPreview,
  RequestSummary,
} from '../../../../agents/customer-data-graph/interface.ts';
import { formatPairs, formatTable, printable } from '../../format-table.ts';

export function listLines(found: readonly RequestSummary[]): string[] {
  if (found.length === 0) return ['No request is open.'];
  return formatTable(
    [
      { head: 'request' },
      { head: 'kind' },
      { head: 'status' },
      { head: 'identity' },
      { head: 'where' },
      { head: 'due' },
      { head: 'days left', align: 'right' },
    ],
    found.map((one) => [
      one.id,
      one.kind,
      one.status,
      `${one.level} of ${one.needed}`,
      one.residence || '-',
      one.respondBy,
      one.daysLeft === null ? 'answered' : one.isOverdue ? daysLate(one.daysLeft) : String(one.daysLeft),
    ]),
  );
}

export function detailLines(detail: RequestDetail): string[] {
  const { state } = detail;
  return [
    ...formatPairs([
      ['request', detail.id],
      ['kind', detail.kind],
      ['status', detail.status],
      ['received', `${detail.receivedAt} by ${detail.manner}${detail.residence === '' ? '' : `, ${detail.residence}`}`],
      [
        'confirmed',
        detail.isConfirmed
          ? (state.confirmedAt ?? '')
          : detail.confirmBy === null
            ? 'nothing asks for it'
            : `not yet; by ${detail.confirmBy}`,
      ],
      [
        'due',
        `${detail.respondBy}${detail.daysLeft === null ? '' : detail.isOverdue ? `, ${daysLate(detail.daysLeft)}` : `, ${countOf(detail.daysLeft, 'day')} left`}`,
      ],
      ...extensionPairs(detail),
      ['identity', `${detail.level}; ${detail.needed} is needed`],
      ['customer', state.customer ?? (state.isIdentified ? 'nobody who is known' : 'not looked at yet')],
      ['right by', detail.basis.map(({ regime }) => regime).join(', ') || 'no law; answered all the same'],
      ...(detail.alike.length > 0 ? [['alike', detail.alike.join(', ')] as const] : []),
      ...(state.referred
        ? [
            [
              'before counsel',
              `${state.referred.review}: ${state.referred.purpose} at ${printable(state.referred.sink)}, decided ${state.referred.outcome}`,
            ] as const,
          ]
        : []),
      ...(state.exported ? [['exported', `sha256 ${state.exported.sha256}`] as const] : []),
      ['deniable as', detail.deniableAs.join(', ') || 'nothing'],
      ['next', detail.next],
    ]),
    '',
    ...formatTable(
      [{ head: 'at' }, { head: 'step' }, { head: 'by' }, { head: 'record', align: 'right' }],
      state.steps.map(({ at, step, by, record }) => [at, step.kind, by, String(record)]),
    ),
    '',
    'Letter:',
    ...detail.letter
      .trimEnd()
      .split('\n')
      .map((line) => (line === '' ? '' : `  ${printable(line)}`)),
  ];
}

/** Nothing where it was answered without one: there is nothing left to extend. */
function extensionPairs({ state, extendableTo, daysLeft }: RequestDetail): (readonly [string, string])[] {
  if (state.extension) return [['extension', `to ${state.extension.until}: ${state.extension.reason}`]];
  if (extendableTo !== null) return [['extension', `possible, to ${extendableTo}`]];
  if (daysLeft === null) return [];
  return [['extension', state.clocks.extended ? 'too late to extend' : 'none']];
}

function daysLate(daysLeft: number): string {
  return `${countOf(-daysLeft, 'day')} late`;
}

function countOf(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

export function previewLines({ id, would, isDestructive, refusal }: RequestPreview): string[] {
  if (refusal !== null) return [`${id} cannot be carried out now: ${refusal}`];
  return [`${id} would${isDestructive ? ', for good' : ''}:`, ...would.map((line) => `  ${printable(line)}`), '', 'Nothing was done.'];
}

export function logLines(rows: readonly RequestLogRow[]): string[] {
  if (rows.length === 0) return ['No request has come in.'];
  return formatTable(
    [
      { head: 'request' },
      { head: 'received' },
      { head: 'nature' },
      { head: 'manner' },
      { head: 'answered' },
      { head: 'response' },
      { head: 'basis of denial' },
    ],
    rows.map((one) => [one.id, one.receivedOn, one.nature, one.manner, one.respondedOn ?? '-', one.response, one.basisOfDenial ?? '']),
  );
}

export function metricLines({ year, byKind, denials }: RequestMetrics): string[] {
  return [
    `Requests received in ${year}`,
    '',
    ...formatTable(
      [
        { head: 'kind' },
        ...['received', 'in whole', 'in part', 'denied', 'open', 'open late', 'median days', 'mean days', 'late'].map((head) => ({
          head,
          align: 'right' as const,
        })),
      ],
      byKind
        .filter(({ received }) => received > 0)
        .map((one) => [
          one.kind,
          ...[one.received, one.compliedInWhole, one.compliedInPart, one.denied, one.open, one.openLate].map(String),
          one.medianDays === null ? '-' : String(one.medianDays),
          one.meanDays === null ? '-' : String(one.meanDays),
          String(one.late),
        ]),
    ),
    ...(denials.length === 0 ? [] : ['', ...denials.map(({ reason, count }) => `denied as ${reason}: ${count}`)]),
  ];
}
