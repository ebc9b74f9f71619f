/** Seasonality cohorts: the calendar quarter in which a customer buys on most days, as the features found it. */

export const seasons = ['unknown', 'q1', 'q2', 'q3', 'q4'] as const;
export type Season = (typeof seasons)[number];

/**
 * Cohort of a dominant quarter.
 * @param dominantQuarter 1 to 4; anything else is unknown
 */
export function seasonOf(dominantQuarter: number): Season {
  return dominantQuarter >= 1 && dominantQuarter <= 4 ? (seasons[dominantQuarter] ?? 'unknown') : 'unknown';
}
