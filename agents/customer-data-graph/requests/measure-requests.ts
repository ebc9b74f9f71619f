/** What the log of requests says: its rows, and the figures of a year. Pure. @see 11 CCR §§ 7101 and 7102 */
import { dayOfIsoDate } from '../../../skills/sdk/numeric/index.ts';
import type { DenialReason, RequestLogRow, RequestMetrics } from './request-interface.ts';
import { requestKinds } from './request-kinds.ts';
import { finalStatuses, type RequestState } from './request.ts';

export function logRowOf(state: RequestState): RequestLogRow {
  const { denial } = state;
  return {
    id: state.id,
    receivedOn: state.receivedAt.slice(0, 10),
    nature: state.kind,
    manner: state.manner,
    respondedOn: state.answeredAt?.slice(0, 10) ?? null,
    response: state.status,
    basisOfDenial: denial ? `${denial.reason}: ${denial.basis.map(({ citation }) => citation).join('; ')}`.replace(/: $/, '') : null,
    residence: state.residence,
  };
}

/**
 * @param year by the day of receipt, UTC
 * @param today ISO date
 */
export function metricsOf(states: readonly RequestState[], year: number, today: string): RequestMetrics {
  const ofYear = states.filter(({ receivedAt }) => receivedAt.startsWith(`${String(year).padStart(4, '0')}-`));
  const denials = new Map<DenialReason, number>();
  for (const { denial } of ofYear) if (denial) denials.set(denial.reason, (denials.get(denial.reason) ?? 0) + 1);
  return {
    year,
    byKind: requestKinds.map((kind) => {
      const some = ofYear.filter((one) => one.kind === kind);
      const counted = (...statuses: readonly RequestState['status'][]): number =>
        some.filter(({ status }) => statuses.includes(status)).length;
      const open = some.filter(({ status }) => !finalStatuses.has(status) && status !== 'awaiting-sinks');
      const days = some.flatMap((one) => daysToAnswer(one) ?? []).sort((a, b) => a - b);
      return {
        kind,
        received: some.length,
        // Carried out here: what recipients have still to confirm does not keep it from being an answer.
        compliedInWhole: some.filter(
          (one) => one.status === 'fulfilled' || (one.status === 'awaiting-sinks' && one.outcome?.kept.length === 0),
        ).length,
        compliedInPart: some.filter(
          (one) => one.status === 'partly-fulfilled' || (one.status === 'awaiting-sinks' && one.outcome?.kept.length !== 0),
        ).length,
        denied: counted('denied'),
        open: open.length,
        openLate: open.filter(({ answeredAt, respondBy }) => answeredAt === null && respondBy < today).length,
        medianDays: median(days),
        meanDays: days.length === 0 ? null : Math.round((days.reduce((sum, one) => sum + one, 0) / days.length) * 10) / 10,
        late: some.filter(({ answeredAt, respondBy }) => answeredAt !== null && answeredAt.slice(0, 10) > respondBy).length,
      };
    }),
    denials: [...denials].map(([reason, count]) => ({ reason, count })).sort((a, b) => (a.reason < b.reason ? -1 : 1)),
  };
}

/** Answered in substance: what was withdrawn or closed as a duplicate never was. */
function daysToAnswer({ receivedAt, answeredAt, status }: RequestState): number | undefined {
  if (answeredAt === null || status === 'withdrawn' || status === 'duplicate') return undefined;
  return (dayOfIsoDate(answeredAt.slice(0, 10)) ?? 0) - (dayOfIsoDate(receivedAt.slice(0, 10)) ?? 0);
}

function median(sorted: readonly number[]): number | null {
  if (sorted.length === 0) return null;
  const half = Math.floor(sorted.length / 2);
  const upper = sorted[half] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[half - 1] ?? 0) + upper) / 2;
}
