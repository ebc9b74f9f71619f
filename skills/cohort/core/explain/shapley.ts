/**
 * What each player of a game added, exactly: players are groups of features, the game is what a model says when only the groups of a
 * coalition are known. Up to twelve players every coalition is asked; beyond that orders are drawn, and the error is stated.
 */
import { CohortiumError } from '../../../sdk/errors.ts';
import type { Rng } from '../../../sdk/numeric/index.ts';

/** The most players whose coalitions are all asked: 4,096 of them. */
export const mostExactPlayers = 12;

/** Says what the model gives when the players of the coalition are known: bit n of the mask is player n. */
export type Game = (coalition: number) => number;

/** A game of few players, worked out: entry n is what coalition n is worth. */
export function playOut(players: number, game: Game): Float64Array {
  checkPlayers(players);
  return Float64Array.from({ length: 1 << players }, (_, coalition) => game(coalition));
}

/**
 * Shapley values of a game whose coalitions are all known. They add up to the worth of all players less that of none.
 * @param worth 2^players numbers, by coalition
 * @throws {CohortiumError} NUMERIC_DOMAIN when that many coalitions are not there, or there are more than twelve players
 * @see Shapley (1953), "A value for n-person games"
 */
export function exactShapley(players: number, worth: ArrayLike<number>): Float64Array {
  checkWorth(players, worth);
  const values = new Float64Array(players);
  shapleyRule(players)(worth, values);
  return values;
}

/**
 * What {@link exactShapley} does, prepared for many games of as many players.
 * @returns writes one value per player; takes 2^players numbers, by coalition, and does not count them
 * @throws {CohortiumError} NUMERIC_DOMAIN for more than twelve players
 */
export function shapleyRule(players: number): (worth: ArrayLike<number>, into: Float64Array) => void {
  checkPlayers(players);
  const coalitions = 1 << players;
  const weights = orderShares(players);
  const shares = Float64Array.from({ length: coalitions }, (_, coalition) => weights[sizeOf(coalition)] ?? 0);
  return (worth, into) => {
    for (let player = 0; player < players; player++) {
      const own = 1 << player;
      let total = 0;
      for (let coalition = 0; coalition < coalitions; coalition++) {
        if ((coalition & own) !== 0) continue;
        total += (shares[coalition] ?? 0) * ((worth[coalition | own] ?? 0) - (worth[coalition] ?? 0));
      }
      into[player] = total;
    }
  };
}

/**
 * Shapley interaction values: what two players add together beyond what each adds alone, half to either; the diagonal is what is left
 * of a player's own value. The whole matrix adds up to the worth of all players less that of none.
 * @returns players × players, row-major, symmetric
 * @see Lundberg et al. (2020), "From local explanations to global understanding with explainable AI for trees", eq. 8 and 9;
 *   Fujimoto, Kojadinovic & Marichal (2006)
 */
export function shapleyInteractions(players: number, worth: ArrayLike<number>): Float64Array {
  const own = exactShapley(players, worth);
  const weights = orderShares(players - 1);
  const matrix = new Float64Array(players * players);
  for (let one = 0; one < players; one++) {
    for (let other = one + 1; other < players; other++) {
      const [a, b] = [1 << one, 1 << other];
      let total = 0;
      for (let coalition = 0; coalition < worth.length; coalition++) {
        if ((coalition & (a | b)) !== 0) continue;
        const both = (worth[coalition | a | b] ?? 0) - (worth[coalition | a] ?? 0) - (worth[coalition | b] ?? 0) + (worth[coalition] ?? 0);
        total += ((weights[sizeOf(coalition)] ?? 0) * both) / 2;
      }
      matrix[one * players + other] = total;
      matrix[other * players + one] = total;
    }
  }
  for (let player = 0; player < players; player++) {
    let shared = 0;
    for (let other = 0; other < players; other++) shared += matrix[player * players + other] ?? 0;
    matrix[player * players + player] = (own[player] ?? 0) - shared;
  }
  return matrix;
}

export interface SampledShapley {
  /** Adds up to the worth of all less that of none, whatever was drawn. */
  readonly values: Float64Array;
  /** Standard error of each value over the drawn pairs. */
  readonly standardErrors: Float64Array;
}

/**
 * Shapley values by orders drawn in pairs, each with its reverse, for games of too many players to ask all coalitions.
 * @param game is asked with the players that are known, one entry per player
 * @param pairs ≥ 2
 * @throws {CohortiumError} NUMERIC_DOMAIN for fewer than two pairs
 * @see Mitchell, Cooper, Frank & Holmes (2022), "Sampling permutations for Shapley value estimation", antithetic sampling
 */
export function sampledShapley(players: number, game: (known: Uint8Array) => number, pairs: number, rng: Rng): SampledShapley {
  if (!(Number.isInteger(pairs) && pairs >= 2))
    throw new CohortiumError('NUMERIC_DOMAIN', `pairs: an integer of at least 2 was expected; found ${pairs}`);
  const total = new Float64Array(players);
  const squares = new Float64Array(players);
  const order = Int32Array.from({ length: players }, (_, player) => player);
  const own = new Float64Array(players);
  for (let pair = 0; pair < pairs; pair++) {
    for (let at = players - 1; at > 0; at--) {
      const chosen = rng.integer(at + 1);
      const kept = order[at] ?? 0;
      order[at] = order[chosen] ?? 0;
      order[chosen] = kept;
    }
    own.fill(0);
    walkOrder(order, game, own);
    walkOrder(order.toReversed(), game, own);
    for (let player = 0; player < players; player++) {
      const mean = (own[player] ?? 0) / 2;
      total[player] = (total[player] ?? 0) + mean;
      squares[player] = (squares[player] ?? 0) + mean * mean;
    }
  }
  return {
    values: total.map((value) => value / pairs),
    standardErrors: squares.map((square, player) => {
      const mean = (total[player] ?? 0) / pairs;
      return Math.sqrt(Math.max(0, square / pairs - mean * mean) / (pairs - 1));
    }),
  };
}

function walkOrder(order: Int32Array, game: (known: Uint8Array) => number, into: Float64Array): void {
  const known = new Uint8Array(order.length);
  let before = game(known);
  for (const player of order) {
    known[player] = 1;
    const after = game(known);
    into[player] = (into[player] ?? 0) + after - before;
    before = after;
  }
}

/** By size of the coalition that a player joins: the share of orders in which exactly these players come before. */
function orderShares(players: number): Float64Array {
  const shares = new Float64Array(Math.max(1, players));
  let share = 1 / Math.max(1, players);
  for (let size = 0; size < players; size++) {
    shares[size] = share;
    share = (share * (size + 1)) / Math.max(1, players - size - 1);
  }
  return shares;
}

function sizeOf(coalition: number): number {
  let size = 0;
  for (let rest = coalition; rest !== 0; rest &= rest - 1) size += 1;
  return size;
}

function checkPlayers(players: number): void {
  if (Number.isInteger(players) && players >= 1 && players <= mostExactPlayers) return;
  throw new CohortiumError(
    'NUMERIC_DOMAIN',
    `players: an integer from 1 to ${mostExactPlayers} was expected; found ${players}; draw orders for more`,
  );
}

function checkWorth(players: number, worth: ArrayLike<number>): void {
  checkPlayers(players);
  if (worth.length === 1 << players) return;
  throw new CohortiumError('NUMERIC_DOMAIN', `${players} players have ${1 << players} coalitions; found the worth of ${worth.length}`);
}
