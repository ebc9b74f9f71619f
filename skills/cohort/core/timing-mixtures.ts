/**
 * What the timing models say of mixtures of an account with typical customers: for each typical customer and each coalition of
 * frequency, recency and tenure, the features in the coalition are the account's and the others are the typical customer's. Most
 * mixtures leave something of the account out, and are those of many accounts: each is asked for once while accounts come in order.
 */
import { log } from '../../sdk/numeric/index.ts';
import { type ReadyModel, readyModels, type TimingMix } from './timing-mix.ts';
import { daysPerWeek, type Horizon } from './value.ts';

export interface Features {
  /** Repeat purchases. */
  readonly x: number;
  /** tx / T, 0 to 1. */
  readonly recency: number;
  /** T, in weeks of the models' clock. */
  readonly tenure: number;
  /** Mean repeat purchase in minor units; 0 where there is none. */
  readonly monetary: number;
}

/** Bits of a coalition, in the order of the groups. */
export const [frequencyBit, recencyBit, tenureBit, monetaryBit] = [1, 2, 4, 8] as const;

/** Coalitions of the features that timing depends on; the last is the account as it is. */
export const timingCoalitions = 8;

/**
 * @param typical customers that accounts are mixed with
 * @returns of an account: by model, entry `typical × 8 + coalition`, the expected purchases, discounted where the horizon is. The
 *   answer is overwritten by the next one. Fast for accounts in order of tenure, then of x; right in any order.
 */
export function timingMixtures(mix: TimingMix, horizon: Horizon, typical: readonly Features[]): (own: Features) => readonly Float64Array[] {
  const weeks = (horizon.days / daysPerWeek) * horizon.speed;
  const rate = (log(1 + horizon.discountRateAnnual) * daysPerWeek) / (365.25 * horizon.speed);
  const models = readyModels(mix).map((model) => modelMixtures(model, typical, weeks, rate));
  const answer = models.map(({ expected }) => expected);
  return (own) => {
    for (const { update } of models) update(own);
    return answer;
  };
}

interface ModelMixtures {
  readonly expected: Float64Array;
  readonly update: (own: Features) => void;
}

function modelMixtures({ family, params }: ReadyModel, typical: readonly Features[], weeks: number, rate: number): ModelMixtures {
  const purchases = (x: number, share: number, T: number): number => {
    const history = { x, tx: x > 0 ? share * T : 0, T };
    return rate > 0 ? family.discountedExpectation(params, history, weeks, rate) : family.conditionalExpectation(params, history, weeks);
  };
  const expected = new Float64Array(timingCoalitions * typical.length);
  for (const [at, { x, recency, tenure }] of typical.entries()) expected[at * timingCoalitions] = purchases(x, recency, tenure);
  const ofFrequency = new Map<number, Float64Array>();
  let last: Features | undefined;
  const update = (own: Features): void => {
    const isNewTenure = own.tenure !== last?.tenure;
    const isNewFrequency = own.x !== last?.x;
    const isNewRecency = own.recency !== last?.recency;
    last = own;
    if (!isNewTenure && !isNewFrequency && !isNewRecency) return;
    let known = ofFrequency.get(own.x);
    if (!known) {
      known = Float64Array.from(typical, ({ recency, tenure }) => purchases(own.x, recency, tenure));
      ofFrequency.set(own.x, known);
    }
    const all = purchases(own.x, own.recency, own.tenure);
    for (const [at, other] of typical.entries()) {
      const first = at * timingCoalitions;
      const none = expected[first] ?? 0;
      const frequency = known[at] ?? 0;
      if (isNewTenure) expected[first + tenureBit] = purchases(other.x, other.recency, own.tenure);
      const tenure = expected[first + tenureBit] ?? 0;
      if (isNewTenure || isNewFrequency) expected[first + (frequencyBit | tenureBit)] = purchases(own.x, other.recency, own.tenure);
      expected[first + frequencyBit] = frequency;
      // Nobody without a repeat purchase has a recency: who lacks the one does not differ in the other.
      expected[first + recencyBit] = other.x > 0 ? purchases(other.x, own.recency, other.tenure) : none;
      expected[first + (recencyBit | tenureBit)] = other.x > 0 ? purchases(other.x, own.recency, own.tenure) : tenure;
      expected[first + (frequencyBit | recencyBit)] = own.x > 0 ? purchases(own.x, own.recency, other.tenure) : frequency;
      expected[first + (frequencyBit | recencyBit | tenureBit)] = all;
    }
  };
  return { expected, update };
}
