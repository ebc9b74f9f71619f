/**
 * Venn–Abers: two isotonic maps, as if the next customer did not and did come, and one probability between them. The pair holds
 * the calibrated probability whatever the distribution, as long as customers are exchangeable; its width says how much the
 * rows decide.
 */
import { sum } from '../../../sdk/numeric/index.ts';
import { makeCalibrator } from './calibrator.ts';
import { checkPredictions, type Tallies } from './rows.ts';

export interface VennAbersModel {
  readonly kind: 'venn-abers';
  /** As if the next did not come: `low.value[i]` from `low.from[i]` on, 0 before. */
  readonly low: { readonly from: readonly number[]; readonly value: readonly number[] };
  /** As if the next came: `high.value[i]` up to and with `high.to[i]`, 1 after. */
  readonly high: { readonly to: readonly number[]; readonly value: readonly number[] };
  readonly n: number;
}

/**
 * The inductive variant, with p₁ / (1 − p₀ + p₁), the value of least regret under log loss.
 * @see Vovk, Petej & Fedorova (2015), "Large-scale probabilistic predictors with and without guarantees of validity"
 */
export const vennAbers = makeCalibrator<object, VennAbersModel>({
  id: 'venn-abers',
  target: 'probability',
  complexity: 6,
  isMonotone: true,
  needsBothClasses: true,
  fitTallies: (_, tallies) => fit(tallies),
  mapOf: (model) => (predicted) => {
    const { low, high } = pairOf(model, predicted);
    return high / (1 - low + high);
  },
});

/**
 * The pair of probabilities of each prediction.
 * @throws {CohortiumError} NUMERIC_DOMAIN for predictions out of [0, 1]
 */
export function vennAbersPair(model: VennAbersModel, predicted: Float64Array): { readonly low: Float64Array; readonly high: Float64Array } {
  checkPredictions(predicted, 'probability');
  return {
    low: predicted.map((own) => pairOf(model, own).low),
    high: predicted.map((own) => pairOf(model, own).high),
  };
}

function pairOf({ low, high }: VennAbersModel, predicted: number): { readonly low: number; readonly high: number } {
  const after = countWhere(low.from, (from) => from <= predicted);
  const before = countWhere(high.to, (to) => to < predicted);
  return { low: low.value[after - 1] ?? 0, high: high.value[before] ?? 1 };
}

/** How many of ascending values meet a condition that the small ones meet. */
function countWhere(values: readonly number[], isMet: (value: number) => boolean): number {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isMet(values[middle] ?? 0)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * One more row at a prediction meets the pools of everything below it and of everything above it. Both are known beforehand,
 * so that each of the two maps costs a few steps per distinct prediction instead of a regression.
 */
function fit({ predicted, weight, total }: Tallies): VennAbersModel {
  const size = predicted.length;
  const weightTo = new Float64Array(size + 1);
  const totalTo = new Float64Array(size + 1);
  for (let at = 0; at < size; at++) {
    weightTo[at + 1] = (weightTo[at] ?? 0) + (weight[at] ?? 0);
    totalTo[at + 1] = (totalTo[at] ?? 0) + (total[at] ?? 0);
  }
  const starts = lastPools(weight, total);
  const ends = lastPools(weight.toReversed(), total.map((own, at) => (weight[at] ?? 0) - own).toReversed()).map((start) => size - start);
  ends.reverse();

  /** Level at a tally after one more row of that outcome there. */
  const levelWith = (at: number, outcome: number): number => {
    let mass = (weight[at] ?? 0) + 1;
    let events = (total[at] ?? 0) + outcome;
    let from = at;
    let to = at + 1;
    for (;;) {
      const left = from > 0 ? (starts[from - 1] ?? 0) : -1;
      const leftMass = left >= 0 ? (weightTo[from] ?? 0) - (weightTo[left] ?? 0) : 0;
      const leftEvents = left >= 0 ? (totalTo[from] ?? 0) - (totalTo[left] ?? 0) : 0;
      if (left >= 0 && leftEvents * mass >= events * leftMass) {
        [mass, events, from] = [mass + leftMass, events + leftEvents, left];
        continue;
      }
      const right = to < size ? (ends[to] ?? size) : -1;
      const rightMass = right >= 0 ? (weightTo[right] ?? 0) - (weightTo[to] ?? 0) : 0;
      const rightEvents = right >= 0 ? (totalTo[right] ?? 0) - (totalTo[to] ?? 0) : 0;
      if (right < 0 || rightEvents * mass > events * rightMass) return Math.min(1, events / mass);
      [mass, events, to] = [mass + rightMass, events + rightEvents, right];
    }
  };

  const low = { from: [] as number[], value: [] as number[] };
  const high = { to: [] as number[], value: [] as number[] };
  for (let at = 0; at < size; at++) {
    const x = predicted[at] ?? 0;
    // Levels never fall; rounding of sums might make them by a hair.
    const without = Math.max(low.value.at(-1) ?? 0, levelWith(at, 0));
    if (low.value.at(-1) !== without) {
      low.from.push(x);
      low.value.push(without);
    }
    const withOne = Math.max(high.value.at(-1) ?? 0, levelWith(at, 1));
    if (high.value.at(-1) === withOne) high.to[high.to.length - 1] = x;
    else {
      high.to.push(x);
      high.value.push(withOne);
    }
  }
  return { kind: 'venn-abers', low, high, n: sum(weight) };
}

/** For each tally where the last pool begins when everything up to it is pooled. */
function lastPools(weight: Float64Array, total: Float64Array): number[] {
  const starts: number[] = [];
  const masses: number[] = [];
  const events: number[] = [];
  for (let at = 0; at < weight.length; at++) {
    let mass = weight[at] ?? 0;
    let event = total[at] ?? 0;
    let start = at;
    while (start > 0 && (events[start - 1] ?? 0) * mass >= event * (masses[start - 1] ?? 0)) {
      mass += masses[start - 1] ?? 0;
      event += events[start - 1] ?? 0;
      start = starts[start - 1] ?? 0;
    }
    starts.push(start);
    masses.push(mass);
    events.push(event);
  }
  return starts;
}
