/** Futures and pasts of customers, drawn exactly under Erlang-k timing. */
import { exp, type Rng } from '../../../../sdk/numeric/index.ts';
import type { History } from '../family.ts';
import { type ActiveCustomer, activeAfter, logActiveNow } from './likelihood.ts';
import type { CnbdParameters, Shape } from './parameters.ts';

/** Active or not, then the phase, rate and chance of leaving, then the smaller of what time and what staying allow. */
export function drawPurchases(parameters: CnbdParameters, history: History, shape: Shape, horizon: number, rng: Rng): number {
  if (rng.uniform() >= exp(logActiveNow(parameters, history, shape))) return 0;
  const { phase, rate, leaving } = drawActive(activeAfter(parameters, history, shape), rng);
  const most = Math.floor((rng.poisson(rate * horizon) + phase) / shape.k);
  let made = Math.min(1, most);
  while (made < most && !(rng.uniform() < leaving)) made += 1;
  return made;
}

export function drawPurchaseTimes(parameters: CnbdParameters, history: History, shape: Shape, horizon: number, rng: Rng): number[] {
  if (rng.uniform() >= exp(logActiveNow(parameters, history, shape))) return [];
  const { phase, rate, leaving } = drawActive(activeAfter(parameters, history, shape), rng);
  return drawRenewals(shape.k, shape.k - phase, rate, leaving, horizon, rng);
}

/** Ages at the repeat purchases of a new customer up to age T. */
export function simulate({ r, alpha, a, b }: CnbdParameters, { k, m }: Shape, T: number, rng: Rng): number[] {
  const rate = rng.gamma(r) / alpha;
  const leaving = a === 0 ? 0 : rng.beta(a, b);
  if (m === 1 && rng.uniform() < leaving) return [];
  return drawRenewals(k, k, rate, leaving, T, rng);
}

/** @param first phases that the first purchase still takes */
function drawRenewals(k: number, first: number, rate: number, leaving: number, until: number, rng: Rng): number[] {
  const times: number[] = [];
  for (let time = rng.gamma(first) / rate; time <= until; time += rng.gamma(k) / rate) {
    times.push(time);
    if (rng.uniform() < leaving) break;
  }
  return times;
}

function drawActive(
  { R, A, phases, a, B }: ActiveCustomer,
  rng: Rng,
): { readonly phase: number; readonly rate: number; readonly leaving: number } {
  let phase = 0;
  for (let u = rng.uniform() - (phases[0] ?? 0); u >= 0 && phase < phases.length - 1; u -= phases[phase] ?? 0) phase += 1;
  return { phase, rate: rng.gamma(R + phase) / A, leaving: a === 0 ? 0 : rng.beta(a, B) };
}
