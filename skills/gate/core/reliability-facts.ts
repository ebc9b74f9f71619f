/**
 * How good the numbers of this run are, as whole-number facts in coarse steps: rounded against the score, and coarse so that
 * what a person decided about a case still fits it in the next run.
 */

export interface Reliability {
  /** Expected calibration error on the holdout after recalibration, 0 to 1. */
  readonly eceAfter: number;
  /** Customers in the holdout. */
  readonly n: number;
}

const sampleSteps = [0, 30, 100, 300, 1000, 3000, 10_000, 30_000, 100_000, 300_000, 1_000_000];
const eceStepBasisPoints = 50;

/** Facts of a reliability report; the calibration error is left out, so unknown, when there is no holdout. */
export function reliabilityFacts({ eceAfter, n }: Reliability): Readonly<Record<string, number>> {
  const holdoutCustomers = sampleSteps.findLast((step) => step <= n) ?? 0;
  if (!(n > 0) || !(eceAfter >= 0)) return { holdoutCustomers };
  // A relative slack keeps 0.05 from landing one step up because it is not exact in binary.
  const steps = Math.max(0, Math.ceil((eceAfter * 10_000) / eceStepBasisPoints - 1e-9));
  return { eceBasisPoints: steps * eceStepBasisPoints, holdoutCustomers };
}
