/**
 * Facts of the gate from fairness audits. A fail and a flagged proxy count as soon as they are measured; a pass counts when a person has
 * signed the audit off who has a role for it, and while it is current. Reads summaries only: the attributes of customers are out of its reach.
 */
import { dayOfIsoDate } from '../../../skills/sdk/numeric/index.ts';
import type { OperatorPaths } from '../config.ts';
import { readPerson } from '../govern/models/people.ts';
import { type LoggedAudit, loggedAudits } from './audit-log.ts';
import type { FairnessConfig } from './fairness-config.ts';

/** By name, as regimes/facts has them; null for unknown. Facts that only an audit can give are absent without one. */
export interface FairnessFacts {
  readonly fairnessOutcome: 'pass' | 'counsel' | 'fail' | 'none';
  readonly airLowerBasisPoints?: number | null;
  readonly airUpperBasisPoints?: number | null;
  readonly fairnessAuditDays?: number;
  /** A current audit is on file and signed off. */
  readonly fairnessAudit?: boolean;
  /** A disparity that chance does not explain; unknown where the audit leaves it to a person. */
  readonly adverseImpact?: boolean | null;
  readonly proxyInput?: boolean;
}

/** Ages are rounded up to one of these, so that a decision does not change by the day. */
const ageSteps = [0, 7, 30, 92, 183, 366, 731, 1096] as const;

/**
 * Reads the audits once, for all uses of a decision.
 * @returns facts of one use as of a day: of the newest audit of it that was made as of that day or before
 * @throws {CohortiumError} STORE_CORRUPT when what was written down was changed
 */
export function openFairnessFacts(
  paths: Pick<OperatorPaths, 'state' | 'registries'>,
  { everyDays, signers }: Pick<FairnessConfig, 'everyDays' | 'signers'>,
): (purpose: string, sink: string, asOf: string) => FairnessFacts {
  const audits = loggedAudits(paths);
  return (purpose, sink, asOf) => {
    const of = (audit: LoggedAudit) => audit.uses.find((use) => use.purpose === purpose && use.sink === sink);
    const newest = audits
      .filter((audit) => audit.asOf <= asOf && of(audit) !== undefined)
      .reduce<LoggedAudit | undefined>((best, next) => (best && best.asOf > next.asOf ? best : next), undefined);
    const use = newest && of(newest);
    if (!newest || !use) return { fairnessOutcome: 'none' };
    const days = (dayOfIsoDate(asOf) ?? 0) - (dayOfIsoDate(newest.asOf) ?? 0);
    const isSigned = newest.signedBy.some((by) => readPerson(paths, by).roles.some((role) => signers.includes(role)));
    const isCurrent = days <= everyDays;
    const outcome = use.outcome === 'pass' && !(isSigned && isCurrent) ? 'counsel' : use.outcome;
    return {
      fairnessOutcome: outcome,
      airLowerBasisPoints: use.airLowerBasisPoints,
      airUpperBasisPoints: use.airUpperBasisPoints,
      fairnessAuditDays: ageSteps.find((step) => days <= step) ?? 366 * Math.ceil(days / 366),
      fairnessAudit: isSigned && isCurrent,
      adverseImpact: outcome === 'counsel' ? null : outcome === 'fail',
      proxyInput: use.isProxyFlagged,
    };
  };
}
