/** Expected purchases under BG/NBD (m = 0) and MBG/NBD (m = 1). @see Fader, Hardie & Lee (2005), eq. 9 and 10 */
import { exp, gaussLegendre } from '../../../../sdk/numeric/index.ts';
import { checkEnd } from '../checked-family.ts';
import type { ActiveState, History } from '../family.ts';
import { probabilityAlive } from './likelihood.ts';
import { liveExpectation } from './live-expectation.ts';
import type { BgNbdParameters, FirstChance } from './parameters.ts';

/** Expected purchases in the next t by a customer who is active now. */
export function expectedIfAlive({ r, alpha, a, b }: BgNbdParameters, { x, T }: ActiveState, m: FirstChance, t: number): number {
  return liveExpectation(r + x, alpha + T, a, b + x + m, t);
}

export function conditionalExpectation(parameters: BgNbdParameters, history: History, m: FirstChance, t: number): number {
  return probabilityAlive(parameters, history, m) * expectedIfAlive(parameters, history, m, t);
}

/** Expected repeat purchases of a new customer up to age t. */
export function expectedPurchases({ r, alpha, a, b }: BgNbdParameters, m: FirstChance, t: number): number {
  const stays = m === 1 ? b / (a + b) : 1;
  return stays * liveExpectation(r, alpha, a, b + m, t);
}

/** Gauss–Legendre nodes of one panel of the discounted expectation. */
const rule = gaussLegendre(16);

/**
 * e^(−δh)·E(h) + δ·∫₀ʰ e^(−δs)·E(s) ds: the discounted sum integrated by parts, with E the conditional expectation. What is
 * discounted by e^−60 changes no digit, so an infinite horizon ends there.
 */
export function discountedExpectation(
  parameters: BgNbdParameters,
  history: History,
  m: FirstChance,
  horizon: number,
  ratePerTime: number,
): number {
  return probabilityAlive(parameters, history, m) * discountedIfAlive(parameters, history, m, horizon, ratePerTime);
}

/** {@link discountedExpectation} of a customer who is active now. */
export function discountedIfAlive(
  parameters: BgNbdParameters,
  state: ActiveState,
  m: FirstChance,
  horizon: number,
  ratePerTime: number,
): number {
  checkEnd(horizon, ratePerTime);
  const until = ratePerTime > 0 ? Math.min(horizon, 60 / ratePerTime) : horizon;
  const expected = (s: number): number => expectedIfAlive(parameters, state, m, s);
  let total = exp(-ratePerTime * until) * expected(until);
  if (ratePerTime > 0) {
    // Panels double: the expectation bends most near today.
    const end = Math.min(until, 45 / ratePerTime);
    let [from, width] = [0, Math.min(end, (parameters.alpha + state.T) / 4, 0.5 / ratePerTime)];
    while (from < end) {
      const to = Math.min(end, from + width);
      for (let k = 0; k < rule.nodes.length; k++) {
        const s = from + ((to - from) * (1 + (rule.nodes[k] ?? 0))) / 2;
        total += ((rule.weights[k] ?? 0) * (to - from) * ratePerTime * exp(-ratePerTime * s) * expected(s)) / 2;
      }
      from = to;
      width = Math.min(2 * width, 4 / ratePerTime);
    }
  }
  return total;
}
