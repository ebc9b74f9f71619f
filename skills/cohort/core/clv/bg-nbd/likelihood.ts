/**
 * Likelihood of one history under BG/NBD (m = 0) and MBG/NBD (m = 1), and the probability of being active. Every ratio of
 * times goes through log1p and every ratio of gamma functions is a finite sum, so nothing overflows. a = 0: nobody leaves.
 */
import { log, log1p, sigmoid, softplus } from '../../../../sdk/numeric/index.ts';
import { fastExp, fastLog, fastLog1p } from '../../../../sdk/numeric/kernels/index.ts';
import type { ActiveState, History, HistoryBatch } from '../family.ts';
import { checkHistory } from '../histories.ts';
import { logSurvival } from './live-expectation.ts';
import type { BgNbdParameters, FirstChance } from './parameters.ts';

/** Log-odds that the customer has left; −∞ where nobody can have left yet. */
function logOddsLeft({ r, alpha, a, b }: BgNbdParameters, { x, tx, T }: History, m: FirstChance): number {
  checkHistory(x, tx, T);
  if (x + m === 0 || a === 0) return Number.NEGATIVE_INFINITY;
  return fastLog(a) - fastLog(b + (x - 1 + m)) + (r + x) * fastLog1p((T - tx) / (alpha + tx));
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

/** Probability of being active at the end of the observation. */
export function probabilityAlive(parameters: BgNbdParameters, history: History, m: FirstChance): number {
  return oneMinusSigmoid(logOddsLeft(parameters, history, m));
}

function oneMinusSigmoid(odds: number): number {
  const small = fastExp(-Math.abs(odds));
  return (odds > 0 ? small : 1) / (1 + small);
}

/** Counts below this have their logarithms tabulated, which pays from as many histories on. */
const tabulated = 256;

/** {@link probabilityAlive} of many histories, to the same bits. */
export function probabilitiesAlive({ r, alpha, a, b }: BgNbdParameters, { x, tx, T }: HistoryBatch, m: FirstChance): Float64Array {
  const alive = new Float64Array(x.length);
  const logA = fastLog(a);
  const logs = new Float64Array(x.length < tabulated ? 0 : tabulated);
  for (let count = 0; count < logs.length; count++) logs[count] = fastLog(b + (count - 1 + m));
  for (let row = 0; row < alive.length; row++) {
    const count = x[row] ?? Number.NaN;
    const recency = tx[row] ?? Number.NaN;
    const age = T[row] ?? Number.NaN;
    checkHistory(count, recency, age);
    if (count + m === 0 || a === 0) {
      alive[row] = 1;
      continue;
    }
    const whole = count | 0;
    const logStays = whole === count && whole < logs.length ? (logs[whole] ?? 0) : fastLog(b + (count - 1 + m));
    const odds = logA - logStays + (r + count) * fastLog1p((age - recency) / (alpha + recency));
    alive[row] = oneMinusSigmoid(odds);
  }
  return alive;
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
