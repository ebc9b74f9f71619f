/**
 * Which findings of a health report are worth somebody's time: pure rules with limits that the operator can move. Each alert says what
 * was found and what to do; nothing is sent or stored.
 */
import type { ArrivalHealth, SourceHealth, TypeHealth } from './health-report.ts';

export type AlertRule = 'error-rate' | 'stale' | 'volume' | 'drift' | 'ahead';

export interface HealthAlert {
  readonly rule: AlertRule;
  readonly severity: 'critical' | 'warning';
  /** A signal type ('' for what has none), or a source. */
  readonly about: { readonly type: string } | { readonly source: string };
  readonly found: string;
  /** What to do. */
  readonly help: string;
}

/** Shares are 0 to 1. */
export interface AlertLimits {
  /** Refused of all arrivals: from here on a warning, */
  readonly errorRate: number;
  /** and from here on critical. */
  readonly errorRateCritical: number;
  /** Volume of a day, of what is usual on that weekday, below which is a warning; none at all is critical. */
  readonly volumeShare: number;
  /** Signals ahead of their arrival, of all. */
  readonly aheadShare: number;
  /** Fewer arrivals than this are no ground for a rate or a comparison. */
  readonly leastArrivals: number;
}

export const defaultAlertLimits: AlertLimits = {
  errorRate: 0.02,
  errorRateCritical: 0.2,
  volumeShare: 0.5,
  aheadShare: 0.01,
  leastArrivals: 20,
};

/** Critical ones first, then in the order of the rules above, types before sources. */
export function healthAlerts(
  { types, sources }: { readonly types: readonly TypeHealth[]; readonly sources: readonly SourceHealth[] },
  limits: AlertLimits,
): HealthAlert[] {
  const alerts = [
    ...types.flatMap((health) => typeAlerts(health, limits)),
    ...sources.flatMap((health) => rateAlerts({ source: health.source }, health, limits)),
  ];
  return alerts.toSorted((left, right) => weight(left) - weight(right));
}

const rules: readonly AlertRule[] = ['stale', 'volume', 'error-rate', 'ahead', 'drift'];

function weight({ rule, severity }: HealthAlert): number {
  return (severity === 'critical' ? 0 : rules.length) + rules.indexOf(rule);
}

function typeAlerts(health: TypeHealth, limits: AlertLimits): HealthAlert[] {
  // Arrivals of no type are all refused; how many they are is seen at their source.
  if (health.type === '') return driftAlerts(health);
  const about = { type: health.type };
  return [...staleAlerts(health), ...volumeAlerts(health, limits), ...rateAlerts(about, health, limits), ...driftAlerts(health)];
}

function staleAlerts({ type, ageHours, freshnessHours, isLive, newest }: TypeHealth): HealthAlert[] {
  if (!isLive || ageHours === null || freshnessHours === null || ageHours <= freshnessHours) return [];
  return [
    {
      rule: 'stale',
      severity: ageHours > 2 * freshnessHours ? 'critical' : 'warning',
      about: { type },
      found: `the newest event is of ${newest}, ${ageHours} hours ago; ${freshnessHours} are allowed`,
      help: 'Look whether its senders still run and still have a valid key; if it has ended for good, raise freshnessHours in the signal registry.',
    },
  ];
}

function volumeAlerts({ type, volume: { day, signals, usual } }: TypeHealth, limits: AlertLimits): HealthAlert[] {
  if (usual === null || usual < limits.leastArrivals || signals >= limits.volumeShare * usual) return [];
  return [
    {
      rule: 'volume',
      severity: signals === 0 ? 'critical' : 'warning',
      about: { type },
      found: `${signals} signals on ${day}; ${usual} are usual on that weekday`,
      help: 'Compare its sources with `cohortium signals show`; a release or a consent banner of that day may have cut it off.',
    },
  ];
}

function rateAlerts(about: HealthAlert['about'], health: ArrivalHealth, limits: AlertLimits): HealthAlert[] {
  const alerts: HealthAlert[] = [];
  const { signals, repeats, refused, errorRate, ahead, codes } = health;
  if (errorRate !== null && errorRate >= limits.errorRate && signals + repeats + refused >= limits.leastArrivals) {
    const [most] = Object.entries(codes).toSorted(([, left], [, right]) => right - left);
    alerts.push({
      rule: 'error-rate',
      severity: errorRate >= limits.errorRateCritical ? 'critical' : 'warning',
      about,
      found: `${percent(errorRate)} of arrivals were refused (${refused}), most with ${most?.[0] ?? 'no code'}`,
      help: 'List them with `cohortium signals quarantine`; after the cause is mended, `cohortium signals quarantine resubmit`.',
    });
  }
  if (signals >= limits.leastArrivals && ahead >= limits.aheadShare * signals) {
    alerts.push({
      rule: 'ahead',
      severity: 'warning',
      about,
      found: `${ahead} of ${signals} signals claim to be later than their arrival`,
      help: 'Set the clock of the sender, or its time zone: times without one are read as UTC.',
    });
  }
  return alerts;
}

function driftAlerts({ type, drift: { appeared, vanished, changed, surprises } }: TypeHealth): HealthAlert[] {
  const clauses = [
    ...(appeared.length > 0 ? [`new: ${appeared.join(', ')}`] : []),
    ...(vanished.length > 0 ? [`no longer seen: ${vanished.join(', ')}`] : []),
    ...changed.map(({ name, kinds }) => `${name} is now also ${kinds.join(', ')}`),
    ...(surprises.length > 0 ? [`not in the plan: ${[...new Set(surprises.map(({ name }) => name))].join(', ')}`] : []),
  ];
  if (clauses.length === 0) return [];
  return [
    {
      rule: 'drift',
      severity: 'warning',
      about: { type },
      found: `in the last seven days ${clauses.join('; ')}`,
      help: 'Ask the sender what changed; then plan the properties in the signal registry, or have them mended.',
    },
  ];
}

function percent(share: number): string {
  return `${Math.round(share * 1000) / 10} %`;
}
