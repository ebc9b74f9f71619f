/** The counsel queue as a table, and how it goes in numbers. */
import type { ReviewMetrics, ReviewSummary } from '../../../../agents/customer-data-graph/interface.ts';
import { formatCount } from '../../../../agents/customer-data-graph/report/format-number.ts';
import type { CommandCall } from '../../command-spec.ts';
import { formatPairs, formatTable } from '../../format-table.ts';

export function listLines(reviews: readonly ReviewSummary[], call: CommandCall): readonly string[] {
  const [first] = reviews;
  if (!first) return ['Nothing waits for a decision.'];
  const open = reviews.find(({ state }) => state === 'open') ?? first;
  return [
    ...formatTable(
      [
        { head: 'review' },
        { head: 'customers', align: 'right' },
        { head: 'purpose' },
        { head: 'sink' },
        { head: 'because of' },
        { head: 'unknown' },
        { head: 'due' },
        { head: 'state' },
      ],
      reviews.map((one) => [
        one.id,
        formatCount(one.customers),
        one.purpose,
        one.sink,
        one.contestedBy === null ? shortened(one.policies) : 'a person contests it',
        shortened(one.unknownFacts),
        one.decided ? '' : one.dueDay,
        stateOf(one),
      ]),
    ),
    '',
    `Next: ${call.hint(`gate reviews show ${open.id}`)}`,
  ];
}

/** A long list of rules would push what matters off the screen; `show` has them all. */
function shortened(names: readonly string[]): string {
  return names.length > 2 ? `${names.slice(0, 2).join(', ')} and ${names.length - 2} more` : names.join(', ');
}

function stateOf({ state, assignee, decided, recommended, test }: ReviewSummary): string {
  const known = test ? `${state}, a test case` : state;
  if (decided) return `${known} by ${decided.by.join(' and ')}`;
  if (state === 'recommended' && recommended) return `${recommended.by} recommends to ${recommended.verdict}`;
  return assignee !== null && state !== 'expired' && state !== 'withdrawn' ? `${known}, ${assignee}` : known;
}

export function metricLines(metrics: ReviewMetrics): readonly string[] {
  const percent = (rate: number | null): string => (rate === null ? 'nothing to tell from yet' : `${Math.round(rate * 1000) / 10} %`);
  const { hoursToDecision: hours, probes } = metrics;
  const round = (value: number): string => String(Math.round(value * 10) / 10);
  return [
    ...formatPairs([
      ['opened', formatCount(metrics.opened)],
      ['decided', formatCount(metrics.decided)],
      ['out of time', `${formatCount(metrics.expired)} (${percent(metrics.breachRate)})`],
      [
        'time to decision',
        hours
          ? `median ${round(hours.median)} h, mean ${round(hours.mean)} h, longest ${round(hours.longest)} h`
          : 'nothing to tell from yet',
      ],
      ['approver agreed', percent(metrics.agreementRate)],
      ['approver overturned', `${formatCount(metrics.overturned)} (${percent(metrics.overturnRate)})`],
      ['reversed later', formatCount(metrics.reversed)],
      ['test cases decided', `${formatCount(probes.decided)}, ${formatCount(probes.right)} of them rightly`],
      ['wrong ones noticed', `${percent(probes.detectionRate)}; ${formatCount(probes.missed)} let through`],
      ['caught by approver', formatCount(probes.caughtByApprover)],
    ]),
    '',
    'Agreement near 100 % over many decisions, with test cases let through, is a sign of stamping.',
  ];
}
