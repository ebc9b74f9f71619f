/**
 * Tenure bands: how long ago a customer bought for the first time. A band holds its lower edge and not its upper one, so
 * a customer is in exactly one. The edges are fixed: cohorts of different operators stay comparable.
 */

export const tenureBands = ['0-30', '30-90', '90-180', '180-365', '365+'] as const;
export type TenureBand = (typeof tenureBands)[number];

const lowerEdgesDays = [0, 30, 90, 180, 365] as const;

/**
 * Band of an age.
 * @param ageDays days from first purchase to the as-of day, ≥ 0
 * @example tenureBand(29) is '0-30', tenureBand(30) is '30-90', tenureBand(365) is '365+'
 */
export function tenureBand(ageDays: number): TenureBand {
  let found: TenureBand = '0-30';
  tenureBands.forEach((band, index) => {
    if (ageDays >= (lowerEdgesDays[index] ?? 0)) found = band;
  });
  return found;
}
