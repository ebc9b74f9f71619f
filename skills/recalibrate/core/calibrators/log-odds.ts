/** Log-odds of probabilities that may be 0 or 1. */
import { logit } from '../../../sdk/numeric/index.ts';

/** Predictions closer to 0 or 1 than this are moved here: log-odds must be finite. */
export const edge = 1e-6;

export function awayFromEdges(probability: number): number {
  return Math.min(1 - edge, Math.max(edge, probability));
}

/** @returns within ±13.8 */
export function clampedLogit(probability: number): number {
  return logit(awayFromEdges(probability));
}
