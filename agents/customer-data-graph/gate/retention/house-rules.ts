/** What the agent itself keeps by policy, as retention rows, so that one plan speaks of all. The law goes before every one of them. */
import { always } from '../../../../skills/gate/core/policy/condition.ts';
import type { RetentionRule } from '../../../../skills/gate/core/retention/clock.ts';
import { retentionMonths } from '../../govern/retention/plan-retention.ts';

const row = (rest: Pick<RetentionRule, 'id' | 'records' | 'note'> & Partial<RetentionRule>): RetentionRule => ({
  regime: 'operator',
  kind: 'policy',
  period: null,
  from: 'record',
  until: null,
  condition: always,
  citation: 'Policy of the agent',
  verify: null,
  effectiveFrom: null,
  effectiveTo: null,
  ...rest,
});

export const houseRules: readonly RetentionRule[] = [
  row({
    id: 'house-ledger',
    records: ['decision', 'control-evidence', 'system-log'],
    until: 'superseded',
    note: 'The ledger only grows. It names nobody: a person is a commitment by a key.',
  }),
  row({ id: 'house-reviews', records: ['review'], until: 'superseded', note: 'What a person decided is the ground of later decisions.' }),
  row({ id: 'house-audits', records: ['fairness-audit'], period: { months: retentionMonths.cards, days: 0 }, note: null }),
  row({
    id: 'house-predictions',
    records: ['score-run'],
    period: { months: retentionMonths.predictions, days: 0 },
    note: 'And until they are judged.',
  }),
];
