/** Parameters of BG/BB and the check of its histories: opportunities are counted, so every time is a whole number. */
import { CohortiumError } from '../../../../sdk/errors.ts';
import type { History } from '../family.ts';

export interface BgBbParameters {
  /** With beta: the chance to buy at an opportunity is Beta(alpha, beta); > 0. */
  readonly alpha: number;
  readonly beta: number;
  /** With delta: the chance to leave before an opportunity is Beta(gamma, delta); gamma ≥ 0, where 0 says that nobody leaves. */
  readonly gamma: number;
  readonly delta: number;
}

/** More opportunities than any history has; sums over opportunities are this long at most. */
export const mostOpportunities = 1_000_000;

/**
 * @throws {CohortiumError} NUMERIC_DOMAIN unless x, tx and T are whole, x ≤ tx ≤ T, and tx > 0 exactly where x > 0
 */
export function checkOpportunities({ x, tx, T }: History): void {
  const isWhole = Number.isInteger(x) && Number.isInteger(tx) && Number.isInteger(T);
  if (isWhole && x >= 0 && x <= tx && tx <= T && T <= mostOpportunities && (x > 0 || tx === 0)) return;
  throw new CohortiumError(
    'NUMERIC_DOMAIN',
    `BG/BB counts opportunities: x, tx and T are whole numbers, 0 ≤ x ≤ tx ≤ T ≤ ${mostOpportunities}, and tx is the last opportunity used (0 where x = 0); found x=${x}, tx=${tx}, T=${T}`,
  );
}

/**
 * @throws {CohortiumError} NUMERIC_DOMAIN unless it is a whole number from 0 to a million (or Infinity where that is allowed)
 */
export function checkWhole(what: string, value: number, isInfinityAllowed = false): void {
  if (Number.isInteger(value) && value >= 0 && value <= mostOpportunities) return;
  if (isInfinityAllowed && value === Number.POSITIVE_INFINITY) return;
  throw new CohortiumError('NUMERIC_DOMAIN', `${what} is a whole number of opportunities from 0 to ${mostOpportunities}; found ${value}`);
}
