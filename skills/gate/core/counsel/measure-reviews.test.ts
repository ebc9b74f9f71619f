import { expect, it } from 'vitest';

import { type MeasuredReview, measureReviews } from './measure-reviews.ts';

const hour = 3_600_000;
const review = (over: Partial<MeasuredReview>): MeasuredReview => ({
  caseKey: 'k1',
  round: 0,
  openedMs: 0,
  decidedMs: null,
  recommended: [],
  decided: null,
  isExpired: false,
  rightAnswer: null,
  ...over,
});

it('has no rates of nothing', () => {
  expect(measureReviews([])).toMatchObject({
    opened: 0,
    overturnRate: null,
    breachRate: null,
    hoursToDecision: null,
    probes: { detectionRate: null },
  });
});

it('measures disagreement, reversals, time and what ran out', () => {
  const found = measureReviews([
    review({ caseKey: 'a', decidedMs: 2 * hour, recommended: ['approve'], decided: 'approve' }),
    review({ caseKey: 'b', decidedMs: 4 * hour, recommended: ['approve'], decided: 'reject' }),
    review({ caseKey: 'b', round: 1, openedMs: 10 * hour, decidedMs: 20 * hour, recommended: ['approve'], decided: 'approve' }),
    // Returned and recommended anew: the approver did not agree with what was recommended first.
    review({ caseKey: 'c', decidedMs: 8 * hour, recommended: ['approve', 'reject'], decided: 'reject' }),
    review({ caseKey: 'd', isExpired: true }),
    review({ caseKey: 'e' }),
  ]);
  expect(found).toMatchObject({
    opened: 6,
    decided: 4,
    expired: 1,
    overturned: 2,
    overturnRate: 0.5,
    agreementRate: 0.5,
    reversed: 1,
    breachRate: 0.2,
    hoursToDecision: { median: 6, mean: 6, longest: 10 },
  });
});

it('keeps tests out of the rest, and tells what they found', () => {
  const found = measureReviews([
    review({ rightAnswer: 'reject', recommended: ['approve'], decided: 'reject', decidedMs: hour }),
    review({ rightAnswer: 'reject', recommended: ['approve'], decided: 'condition', decidedMs: hour }),
    review({ rightAnswer: 'approve', recommended: ['approve'], decided: 'approve', decidedMs: hour }),
    review({ rightAnswer: 'reject' }),
  ]);
  expect(found).toMatchObject({
    opened: 0,
    decided: 0,
    probes: { decided: 3, right: 2, missed: 1, detectionRate: 0.5, caughtByApprover: 1 },
  });
});
