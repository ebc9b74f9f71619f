/** How many customers each cohort has: bars, the largest first, with counts and shares. */
import { formatCount, formatPercent } from '../format-number.ts';
import { box, label, shorten, textWidth } from '../svg.ts';
import { bodyTop, cohortPicture, fillOf, left, type NamedCohort, type PictureSource, right, sourceText, titleOf } from './cohort-frame.ts';

const most = 20;
const rowHeight = 26;
const longestName = 46;

/** @param inNone customers that took part and are in no cohort */
export function cohortSizes(source: PictureSource, inNone: number): string {
  const total = source.cohorts.reduce((sum, { size }) => sum + size, inNone);
  const rows = source.cohorts
    .map((cohort: NamedCohort, position) => ({ name: titleOf(cohort), size: cohort.size, position }))
    .sort((a, b) => b.size - a.size || a.position - b.position);
  const shown = [...rows.slice(0, most), ...(inNone > 0 ? [{ name: 'in no cohort', size: inNone, position: -1 }] : [])];
  const rest = rows.slice(most);
  const summary = `${sourceText(source)}. ${formatCount(total)} customers took part; ${source.cohorts.length} cohorts.`;
  const top = bodyTop(summary);
  const names = shown.map(({ name }) => shorten(name, longestName));
  const begin = left + Math.max(40, ...names.map((name) => textWidth(name))) + 10;
  const end = right - 112;
  const largest = Math.max(1, ...shown.map(({ size }) => size));
  return cohortPicture({
    heading: 'Cohorts by size',
    summary,
    height: top + shown.length * rowHeight + (rest.length === 0 ? 16 : 40),
    body: [
      ...shown.flatMap(({ size, position }, at) => {
        const y = top + at * rowHeight;
        const length = ((end - begin) * size) / largest;
        return [
          label(begin - 10, y + 14, names[at] ?? '', 'end'),
          box(begin, y, Math.max(1, length), 18, fillOf(position)),
          label(begin + length + 8, y + 14, `${formatCount(size)} · ${formatPercent(total === 0 ? 0 : size / total)}`, 'quiet'),
        ];
      }),
      ...(rest.length === 0
        ? []
        : [
            label(
              begin,
              top + shown.length * rowHeight + 14,
              `and ${rest.length} more cohorts with ${formatCount(rest.reduce((sum, { size }) => sum + size, 0))} customers`,
              'quiet',
            ),
          ]),
    ],
  });
}
