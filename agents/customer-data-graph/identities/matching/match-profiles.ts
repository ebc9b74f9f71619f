/**
 * Finds profiles that are likely one person: candidates by blocking, a model estimated from them, a weight and a probability for
 * each pair. Says how likely; decides nothing. The same profiles give the same pairs, bit for bit.
 */
import type { IdentityRules } from '../../../../registries/identity/identity-rules.ts';
import { candidatePairs } from './blocking.ts';
import { comparePair } from './comparisons.ts';
import { estimateModel, type MatchModel } from './fellegi-sunter.ts';
import { bits, PairScorer } from './pair-scorer.ts';
import type { ProfileTable } from './profile-table.ts';

export interface MatchedPair {
  /** Rows of profiles. */
  readonly left: number;
  readonly right: number;
  /** Bits. */
  readonly weight: number;
  readonly probability: number;
  /** See levelIn. */
  readonly pattern: number;
  /** Bits by comparison. */
  readonly evidence: readonly number[];
}

export interface MatchResult {
  /** At or above the lower threshold, by row. */
  readonly pairs: readonly MatchedPair[];
  readonly model: MatchModel;
  readonly candidates: number;
  readonly skippedBlocks: number;
}

/** @param isWanted leaves out pairs that need no answer; they still teach the model */
export function matchProfiles(
  table: ProfileTable,
  { reviewAbove, blocking, maxBlock }: IdentityRules['matching'],
  isWanted: (left: number, right: number) => boolean = () => true,
): MatchResult {
  const { left, right, skippedBlocks } = candidatePairs(table, blocking, maxBlock);
  const patterns = Uint16Array.from(left, (row, index) => comparePair(table, row, right[index] ?? 0));
  const model = estimateModel(table, patterns, 'matching');
  const scorer = new PairScorer(table, model);
  const pairs: MatchedPair[] = [];
  for (const [index, pattern] of patterns.entries()) {
    const [one, other] = [left[index] ?? 0, right[index] ?? 0];
    if (!isWanted(one, other)) continue;
    const odds = scorer.odds(one, pattern);
    const probability = odds / (1 + odds);
    if (probability < reviewAbove) continue;
    pairs.push({ left: one, right: other, weight: bits(odds), probability, pattern, evidence: scorer.evidence(one, pattern) });
  }
  pairs.sort((a, b) => a.left - b.left || a.right - b.right);
  return { pairs, model, candidates: left.length, skippedBlocks };
}
