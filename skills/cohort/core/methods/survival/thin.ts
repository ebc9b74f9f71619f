/** Curves of few enough days to keep in a model. */

/** Days of a stored curve; more are left out evenly, the first and the last stay. */
export const mostDays = 1000;

/** Positions that are kept of a list of that length. */
export function keptPositions(length: number): number[] {
  if (length <= mostDays) return Array.from({ length }, (_, at) => at);
  return Array.from({ length: mostDays }, (_, at) => Math.round((at * (length - 1)) / (mostDays - 1)));
}
