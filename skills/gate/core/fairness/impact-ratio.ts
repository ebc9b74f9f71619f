/**
 * The adverse impact ratio: the selection rate of a group over that of its reference, with two intervals. Katz's is the one that is
 * usually reported; the score interval holds its level for small groups and at rates of 0 and 1 too, and is the one to decide by.
 * Refuses to give a ratio where nobody of the reference was selected.
 */
import { exp, normalQuantile } from '../../../sdk/numeric/index.ts';
import { checkSelections, rateOf, type Selection } from './selection.ts';

/** Of a ratio; `high` is null where the data set no upper limit. */
export interface RatioInterval {
  readonly low: number;
  readonly high: number | null;
}

/** Rate over rate; null where a group is empty or the reference rate is 0. */
export function impactRatio(group: Selection, reference: Selection): number | null {
  checkSelections(group, reference);
  const [own, other] = [rateOf(group), rateOf(reference)];
  return own === null || other === null || other === 0 ? null : own / other;
}

/**
 * Katz's interval, normal on the scale of logarithms. Where that has no width or no place, because none or all were selected, half a
 * customer is added to each of the four counts.
 * @param level in (0, 1), such as 0.95
 * @returns null where a group is empty
 * @see Katz et al. (1978), "Obtaining confidence intervals for the risk ratio in cohort studies"; Haldane (1956) for the half
 */
export function logInterval(group: Selection, reference: Selection, level: number): RatioInterval | null {
  checkSelections(group, reference);
  if (!(group.total > 0 && reference.total > 0)) return null;
  const isWhole = (own: Selection): boolean => own.selected === 0 || own.selected >= own.total;
  const half = group.selected === 0 || reference.selected === 0 || (isWhole(group) && isWhole(reference)) ? 0.5 : 0;
  const [own, other] = [group, reference].map(({ selected, total }) => ({ selected: selected + half, total: total + 2 * half }));
  if (!own || !other) return null;
  const variance = 1 / own.selected - 1 / own.total + 1 / other.selected - 1 / other.total;
  const ratio = own.selected / own.total / (other.selected / other.total);
  const factor = exp(normalQuantile((1 + level) / 2) * Math.sqrt(Math.max(0, variance)));
  return { low: ratio / factor, high: ratio * factor };
}

/**
 * Score interval: the ratios that a score test would not reject.
 * @param level in (0, 1), such as 0.95
 * @returns null where a group is empty
 * @see Koopman (1984), "Confidence intervals for the ratio of two binomial proportions"; Miettinen & Nurminen (1985), eq. 10, whose
 * variance has the factor n/(n − 1)
 */
export function scoreInterval(group: Selection, reference: Selection, level: number): RatioInterval | null {
  checkSelections(group, reference);
  if (!(group.total > 0 && reference.total > 0)) return null;
  const z = normalQuantile((1 + level) / 2);
  const isInside = (ratio: number): boolean => Math.abs(scoreOf(ratio, group, reference)) <= z;
  const centre = centreOf(group, reference);
  const low = group.selected === 0 ? 0 : edge(centre, (near) => near / 2, isInside);
  const high = reference.selected === 0 ? null : edge(centre, (near) => near * 2, isInside);
  return { low, high };
}

/** A ratio that no score test rejects. */
function centreOf(group: Selection, reference: Selection): number {
  const ratio = impactRatio(group, reference);
  if (ratio !== null && ratio > 0) return ratio;
  // Nobody of one group was selected: with half a selection there is a place to start from, and the search goes outwards.
  return (group.selected + 0.5) / (group.total + 0.5) / ((reference.selected + 0.5) / (reference.total + 0.5));
}

/** The end of the interval on one side: steps outwards until outside, then halves down to neighbouring doubles. */
function edge(centre: number, outwards: (ratio: number) => number, isInside: (ratio: number) => boolean): number {
  let inside = centre;
  // Far from the data the starting point itself may be outside, on the far side of the other end: then the step is taken again.
  let outside = outwards(centre);
  for (let steps = 0; isInside(outside) && steps < 1000; steps++) {
    inside = outside;
    outside = outwards(outside);
  }
  for (let steps = 0; steps < 200; steps++) {
    const middle = inside + (outside - inside) / 2;
    if (middle === inside || middle === outside) break;
    if (isInside(middle)) inside = middle;
    else outside = middle;
  }
  return inside;
}

/** Score statistic of a ratio: how far the rates are from it, in standard errors under it. */
function scoreOf(ratio: number, group: Selection, reference: Selection): number {
  const [x1, n1, x0, n0] = [group.selected, group.total, reference.selected, reference.total];
  const total = n1 + n0;
  // Likeliest rate of the reference under this ratio: the smaller root of a quadratic, written so that nothing cancels.
  const b = n1 * ratio + x1 + n0 + x0 * ratio;
  const root = Math.sqrt(Math.max(0, b * b - 4 * total * ratio * (x1 + x0)));
  const other = Math.min(1, (2 * (x1 + x0)) / (b + root));
  const own = Math.min(1, ratio * other);
  const variance = ((own * (1 - own)) / n1 + (ratio * ratio * other * (1 - other)) / n0) * (total / Math.max(total - 1, 1));
  const away = x1 / n1 - (ratio * x0) / n0;
  if (variance > 0) return away / Math.sqrt(variance);
  return away === 0 ? 0 : Number.POSITIVE_INFINITY;
}
