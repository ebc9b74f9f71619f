/**
 * Repeat purchases week by week, what happened beside what the model of the cut-off expects: the plot that shows at a
 * glance whether a model keeps its promise after the data it was fitted on end.
 */

export interface WeeklyActuals {
  /** 0 for the week that begins with the first purchase day of all, rising; a week without purchases may be absent. */
  readonly week: ArrayLike<number>;
  readonly repeatBaskets: ArrayLike<number>;
}

export interface TrackedWeek {
  readonly week: number;
  readonly actualCumulative: number;
  readonly expectedCumulative: number;
  readonly actual: number;
  readonly expected: number;
}

/**
 * @param weekly actual repeat purchases per week
 * @param cumulative expected repeat purchases up to the end of a day number
 * @param firstDay day number that week 0 begins with
 * @param lastDay last observed day number; the last week may be shorter for it
 */
export function trackWeeks(weekly: WeeklyActuals, cumulative: (day: number) => number, firstDay: number, lastDay: number): TrackedWeek[] {
  const weeks = Math.floor((lastDay - firstDay) / 7) + 1;
  const actualOf = new Float64Array(weeks);
  for (let row = 0; row < weekly.week.length; row++) {
    const week = weekly.week[row] ?? 0;
    if (week >= 0 && week < weeks) actualOf[week] = (actualOf[week] ?? 0) + (weekly.repeatBaskets[row] ?? 0);
  }
  let actualCumulative = 0;
  let expectedBefore = 0;
  return Array.from(actualOf, (actual, week) => {
    actualCumulative += actual;
    const expectedCumulative = cumulative(Math.min(lastDay, firstDay + 7 * week + 6));
    const expected = expectedCumulative - expectedBefore;
    expectedBefore = expectedCumulative;
    return { week, actualCumulative, expectedCumulative, actual, expected };
  });
}
