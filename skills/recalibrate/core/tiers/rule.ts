/**
 * The written rule of the confidence tiers: what each tier asks of the evidence behind a value. Every demand points one way, and a
 * higher tier never asks less than a lower one, so better evidence never lowers a tier. Refuses rules that break this.
 */
import { CohortiumError } from '../../../sdk/errors.ts';

export const tierNames = ['high', 'medium', 'low', 'none'] as const;
export type Tier = (typeof tierNames)[number];

/**
 * What monitoring says of the cohort, the best first. `unmeasured` stands before `warning`: a first run has no second matured
 * window to measure drift by, and that is no sign of drift.
 */
export const driftStates = ['none', 'unmeasured', 'warning', 'alert'] as const;
export type DriftState = (typeof driftStates)[number];

/** Least of each; null asks nothing. */
interface AtLeast {
  /** Purchase days of the account so far. */
  readonly baskets: number | null;
  /** Customers of the account's cohort in the holdout. */
  readonly cohortSupport: number | null;
}

/** Most of each; null asks nothing. */
interface AtMost {
  /** (high − low) / value of the interval. */
  readonly relativeWidth: number | null;
  /** Days from the end of the newest matured window that the calibration was fitted on to the day of the score. */
  readonly evidenceAgeDays: number | null;
  /** |predicted − actual| / actual spend of the cohort, each customer predicted without them. */
  readonly cohortError: number | null;
  /** Expected calibration error of the probabilities; the upper end of its interval where there is one. */
  readonly calibrationError: number | null;
}

export interface TierDemand {
  readonly tier: 'high' | 'medium' | 'low';
  readonly atLeast: AtLeast;
  readonly atMost: AtMost;
  /** Worst drift that is let through. */
  readonly drift: DriftState;
}

export interface TierRule {
  /** Raised with every change of a number or a word of the rule, and kept with what was decided by it. */
  readonly version: string;
  /** High, medium, low; what meets none of them is `none`, and so is what is not calibrated. */
  readonly demands: readonly [TierDemand, TierDemand, TierDemand];
}

/** @throws {CohortiumError} CONFIG_INVALID for a rule whose higher tier asks less than a lower one, or a number that is none */
export function defineTierRule(rule: TierRule): TierRule {
  const order = rule.demands.map(({ tier }) => tier).join(', ');
  if (order !== 'high, medium, low') refuse(`the demands are for ${order}; give high, medium, low in this order`);
  for (const [index, { tier, atLeast, atMost }] of rule.demands.entries()) {
    for (const [name, limit] of Object.entries({ ...atLeast, ...atMost }) as (readonly [string, number | null])[]) {
      if (limit !== null && !(limit >= 0 && Number.isFinite(limit)))
        refuse(`'${tier}' asks ${name} ${limit}; give a number from 0, or null`);
    }
    const lower = rule.demands[index + 1];
    if (lower) checkOrder(rule.demands[index] ?? lower, lower);
  }
  return rule;
}

function checkOrder(higher: TierDemand, lower: TierDemand): void {
  const asksLess = [
    ...(['baskets', 'cohortSupport'] as const).filter((name) => (higher.atLeast[name] ?? 0) < (lower.atLeast[name] ?? 0)),
    ...(['relativeWidth', 'evidenceAgeDays', 'cohortError', 'calibrationError'] as const).filter(
      (name) => (higher.atMost[name] ?? Number.POSITIVE_INFINITY) > (lower.atMost[name] ?? Number.POSITIVE_INFINITY),
    ),
    ...(driftStates.indexOf(higher.drift) > driftStates.indexOf(lower.drift) ? ['drift'] : []),
  ];
  if (asksLess.length > 0) {
    refuse(`'${higher.tier}' asks less than '${lower.tier}' of ${asksLess.join(', ')}; a higher tier has to ask as much or more`);
  }
}

function refuse(message: string): never {
  throw new CohortiumError('CONFIG_INVALID', `tier rule: ${message}`);
}

/** Fewer customers than this in the holdout of a cohort are no evidence. */
export const leastSupport = 20;

/** The rule that is used unless another is given. */
export const tierRule: TierRule = defineTierRule({
  version: '2',
  demands: [
    {
      tier: 'high',
      atLeast: { baskets: 6, cohortSupport: 100 },
      atMost: { relativeWidth: 2.5, evidenceAgeDays: 180, cohortError: 0.2, calibrationError: 0.05 },
      drift: 'unmeasured',
    },
    {
      tier: 'medium',
      atLeast: { baskets: 3, cohortSupport: 50 },
      atMost: { relativeWidth: 5, evidenceAgeDays: 365, cohortError: 0.4, calibrationError: 0.1 },
      drift: 'warning',
    },
    {
      tier: 'low',
      atLeast: { baskets: null, cohortSupport: leastSupport },
      atMost: { relativeWidth: null, evidenceAgeDays: 730, cohortError: null, calibrationError: null },
      drift: 'warning',
    },
  ],
});

/** The rule in words, first line first; kept with every calibration. */
export function describeTierRule({ version, demands }: TierRule): readonly string[] {
  const lines = demands.map(({ tier, atLeast, atMost, drift }) => {
    const asked: readonly (readonly [number | null, (limit: number) => string])[] = [
      [atLeast.baskets, (limit) => `at least ${limit} purchase days`],
      [atLeast.cohortSupport, (limit) => `at least ${limit} customers of the cohort in the holdout`],
      [atMost.relativeWidth, (limit) => `interval no wider than ${limit} times the value`],
      [atMost.evidenceAgeDays, (limit) => `newest matured window no older than ${limit} days`],
      [atMost.cohortError, (limit) => `cohort spend predicted within ${limit} of actual`],
      [atMost.calibrationError, (limit) => `calibration error of probabilities no more than ${limit}`],
    ];
    const words = asked.flatMap(([limit, say]) => (limit === null ? [] : [say(limit)]));
    return `${tier}: ${[...words, `drift no worse than ${drift}`].join(', ')}`;
  });
  return [
    `tier rule ${version}, first line that applies`,
    'none: too few holdout outcomes to calibrate',
    ...lines,
    'none: everything else',
  ];
}
