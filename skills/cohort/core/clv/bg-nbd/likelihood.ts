/**
 * Likelihood of one history under BG/NBD (m = 0) and MBG/NBD (m = 1), and the probability of being active. Every ratio of
 * times goes through log1p and every ratio of gamma functions is a finite sum, so nothing overflows. a = 0: nobody leaves.
 */
import { log, log1p, sigmoid, softplus } from '../../../../sdk/numeric/index.ts';
import type { ActiveState, History } from '../family.ts';
import { checkHistory } from '../histories.ts';
import { logSurvival } from './live-expectation.ts';
import type { BgNbdParameters, FirstChance } from './parameters.ts';

/** Log-odds that the customer has left; −∞ where nobody can have left yet. */
function logOddsLeft({ r, alpha, a, b }: BgNbdParameters, { x, tx, T }: History, m: FirstChance): number {
  checkHistory(x, tx, T);
  if (x + m === 0 || a === 0) return Number.NEGATIVE_INFINITY;
  return log(a) - log(b + (x - 1 + m)) + (r + x) * log1p((T - tx) / (alpha + tx));
}

/**
 * @see Fader, Hardie & Lee (2008), "Computing P(alive) using the BG/NBD model", for now
 * @see Fader, Hardie & Lee (2005), eq. 5: a customer of rate λ and chance p is still active after s with probability e^(−λps)
 */
export function logProbabilityAlive(parameters: BgNbdParameters, history: History, m: FirstChance, later = 0): number {
  const odds = logOddsLeft(parameters, history, m);
  const now = odds === Number.NEGATIVE_INFINITY ? 0 : -softplus(odds);
  return now + logStays(parameters, history, m, later);
}

/** Log of the probability that a customer who is active now is so after `later`. */
export function logStays({ r, alpha, a, b }: BgNbdParameters, { x, T }: ActiveState, m: FirstChance, later: number): number {
  return later > 0 && a > 0 ? logSurvival(r + x, a, b + x + m, later / (alpha + T)) : 0;
}

/** @see Fader, Hardie & Lee (2005), eq. 6; Batislam, Denizel & Filiztekin (2007) for m = 1 */
export function logLikelihood(parameters: BgNbdParameters, history: History, m: FirstChance, gradient?: Float64Array): number {
  const { r, alpha, a, b } = parameters;
  const { x, tx, T } = history;
  const odds = logOddsLeft(parameters, history, m);
  let total = -r * log1p(T / alpha) - x * log(alpha + T);
  for (let j = 0; j < x; j++) total += log(r + j);
  if (a > 0) for (let j = 0; j < x + m; j++) total -= log1p(a / (b + j));
  if (odds !== Number.NEGATIVE_INFINITY) total += softplus(odds);
  if (gradient) writeGradient(parameters, { x, tx, T }, m, sigmoid(odds), gradient);
  return total;
}

function writeGradient({ r, alpha, a, b }: BgNbdParameters, { x, tx, T }: History, m: FirstChance, left: number, out: Float64Array): void {
  let [dr, dAlpha] = [-log1p(T / alpha), (r * T) / alpha / (alpha + T) - x / (alpha + T)];
  for (let j = 0; j < x; j++) dr += 1 / (r + j);
  dr += left * log1p((T - tx) / (alpha + tx));
  dAlpha -= (left * (r + x) * (T - tx)) / ((alpha + T) * (alpha + tx));
  let [da, db] = [0, 0];
  for (let j = 0; j < x + m; j++) {
    da -= 1 / (a + b + j);
    db += a / ((b + j) * (a + b + j));
  }
  if (a > 0 && x + m > 0) {
    da += left / a;
    db -= left / (b + (x - 1 + m));
  }
  out.set([dr, dAlpha, da, db]);
}
