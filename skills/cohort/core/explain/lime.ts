/**
 * A second opinion on Shapley values: a linear model of a game near the full coalition, with how well it fits. Refuses to explain
 * where it does not fit.
 */
import { CohortiumError } from '../../../sdk/errors.ts';
import { exp, factorCholesky, solveCholesky, sumOf } from '../../../sdk/numeric/index.ts';
import { type Game, playOut } from './shapley.ts';

export interface LocalLinear {
  readonly intercept: number;
  /** What knowing each player adds, near what is explained. */
  readonly weights: Float64Array;
  /** Share of the weighted spread of the game that the line explains, ≤ 1. */
  readonly r2: number;
}

/** Below it a line says nothing about the model. */
export const leastLocalR2 = 0.5;

/**
 * Weighted ridge regression of a game on which players are known; every coalition is asked, and those near the full one count more.
 * @param width of the kernel over the share of players that are unknown; 0.25 in the paper's manner
 * @param ridge ≥ 0, on the weights only
 * @throws {CohortiumError} EXPLANATION_UNFAITHFUL when the local R² is below 0.5
 * @see Ribeiro, Singh & Guestrin (2016), "Why should I trust you? Explaining the predictions of any classifier"
 */
export function localLinear(players: number, game: Game, width = 0.25, ridge = 1e-6): LocalLinear {
  const worth = playOut(players, game);
  const size = players + 1;
  const normal = new Float64Array(size * size);
  const right = new Float64Array(size);
  const near = worth.map((_, coalition) => {
    let unknown = players;
    for (let rest = coalition; rest !== 0; rest &= rest - 1) unknown -= 1;
    const distance = unknown / players;
    return exp(-(distance * distance) / (width * width));
  });
  for (let coalition = 0; coalition < worth.length; coalition++) {
    const weight = near[coalition] ?? 0;
    for (let one = 0; one < size; one++) {
      if (!isKnown(coalition, one)) continue;
      right[one] = (right[one] ?? 0) + weight * (worth[coalition] ?? 0);
      for (let other = 0; other < size; other++) {
        if (isKnown(coalition, other)) normal[one * size + other] = (normal[one * size + other] ?? 0) + weight;
      }
    }
  }
  for (let player = 1; player < size; player++) normal[player * size + player] = (normal[player * size + player] ?? 0) + ridge;
  const lower = factorCholesky(normal, size);
  if (!lower)
    throw new CohortiumError('NUMERIC_DOMAIN', `a line through ${worth.length} coalitions could not be fitted; raise ridge above ${ridge}`);
  const fitted = solveCholesky(lower, right);
  const total = sumOf(near.length, (at) => near[at] ?? 0);
  const mean = sumOf(near.length, (at) => (near[at] ?? 0) * (worth[at] ?? 0)) / total;
  const spread = sumOf(near.length, (at) => (near[at] ?? 0) * square((worth[at] ?? 0) - mean));
  const missed = sumOf(near.length, (at) => {
    const line = sumOf(size, (term) => (isKnown(at, term) ? (fitted[term] ?? 0) : 0));
    return (near[at] ?? 0) * square((worth[at] ?? 0) - line);
  });
  const r2 = spread > 0 ? 1 - missed / spread : 1;
  if (r2 < leastLocalR2) {
    throw new CohortiumError(
      'EXPLANATION_UNFAITHFUL',
      `a line explains ${r2.toFixed(2)} of the model near this customer, and ${leastLocalR2} is the least; use the Shapley values`,
      { detail: { r2 } },
    );
  }
  return { intercept: fitted[0] ?? 0, weights: fitted.slice(1), r2 };
}

/** Term 0 is the intercept, which every coalition has. */
function isKnown(coalition: number, term: number): boolean {
  return term === 0 || (coalition & (1 << (term - 1))) !== 0;
}

function square(value: number): number {
  return value * value;
}
