/**
 * Do confidence tiers mean something? Coverage of the intervals and error of the values by tier, with how far chance reaches: a higher
 * tier has to hold its intervals at least as well and to err less. Says so where tiers do not order.
 */
import type { TierQuality, TierValidation } from '../../../../skills/recalibrate/core/index.ts';
import { formatCount, formatPercent } from '../format-number.ts';
import { dot, label, line, picture, type Scale, zeroBasedScale } from '../svg.ts';

const width = 720;
const top = 112;
const rowHeight = 34;
const coverageArea = { left: 150, right: 410 };
const errorArea = { left: 450, right: 690 };

/**
 * @param horizonDays length of the windows that the tiers were checked on
 * @returns an SVG document
 */
export function tierQuality({ tiers, level, pairs }: TierValidation, horizonDays: number): string {
  const heading = `Confidence tiers on ${horizonDays} days that are over`;
  const summary = `${verdict(pairs)} ${tiers.map(({ tier, n }) => `${tier} ${formatCount(n)}`).join(', ')} customers.`;
  const bottom = top + Math.max(1, tiers.length) * rowHeight;
  const coverage = zeroBasedScale(1, coverageArea.left, coverageArea.right, 4);
  const error = zeroBasedScale(
    Math.max(0.1, ...tiers.map((tier) => (errorRange(tier)?.[1] ?? 0) * 1.05)),
    errorArea.left,
    errorArea.right,
    4,
  );
  return picture({
    width,
    height: bottom + 56,
    title: heading,
    description: summary,
    body: [
      label(24, 34, heading, 'heading'),
      label(24, 54, summary, 'quiet'),
      label(coverageArea.left, 88, `outcomes inside the ${formatPercent(level, 0)} interval`, 'strong'),
      label(errorArea.left, 88, 'error, as a share of what was spent', 'strong'),
      ...axis(coverage, bottom),
      ...axis(error, bottom),
      line(coverage.at(level), top - 14, coverage.at(level), bottom, 'cut'),
      ...tiers.flatMap((tier, at) => row(tier, top + (at + 0.5) * rowHeight, coverage, error)),
      label(coverageArea.left, bottom + 42, 'bars: where chance alone may put it, 19 times in 20', 'quiet'),
    ],
  });
}

function verdict(pairs: TierValidation['pairs']): string {
  if (pairs.length === 0) return 'Fewer than two tiers to compare.';
  const doHold = pairs.every(({ coverage }) => coverage.verdict === 'ordered');
  const doErrLess = pairs.every(({ error }) => error?.verdict === 'ordered');
  if (doHold && doErrLess) return 'Higher tiers hold better and err less.';
  if (doErrLess) return 'Higher tiers err less, but do not hold better.';
  return doHold ? 'Higher tiers hold better, but do not err less.' : 'Higher tiers neither hold better nor err less.';
}

function axis(scale: Scale, bottom: number): string[] {
  return scale.ticks.flatMap((tick) => [
    line(scale.at(tick), top - 8, scale.at(tick), bottom, tick === 0 ? 'axis' : 'grid'),
    label(scale.at(tick), bottom + 18, formatPercent(tick, 0), 'middle quiet'),
  ]);
}

function row(tier: TierQuality, y: number, coverage: Scale, error: Scale): string[] {
  const { coverageInterval, coverage: share } = tier.interval;
  const errors = errorRange(tier);
  return [
    label(coverageArea.left - 14, y + 4, tier.tier, 'end strong'),
    ...range(coverage.at(coverageInterval.low), coverage.at(coverageInterval.high), coverage.at(share), y),
    ...(tier.relativeError === null || errors === null
      ? [label(errorArea.left + 8, y + 4, 'nothing was spent', 'quiet')]
      : range(error.at(errors[0]), error.at(errors[1]), error.at(tier.relativeError), y)),
  ];
}

function range(low: number, high: number, at: number, y: number): string[] {
  return [
    line(low, y, high, y, 'interval'),
    line(low, y - 5, low, y + 5, 'interval'),
    line(high, y - 5, high, y + 5, 'interval'),
    dot(at, y, 4.5, 'actual-dot'),
  ];
}

/** 95 % by the standard error; only the value where a tier has a single customer. */
function errorRange({ relativeError, standardError }: TierQuality): readonly [number, number] | null {
  if (relativeError === null) return null;
  const reach = 1.96 * (standardError ?? 0);
  return [Math.max(0, relativeError - reach), relativeError + reach];
}
