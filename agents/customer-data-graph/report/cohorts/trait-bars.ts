/** What sets each cohort apart: a panel per cohort, its traits as bars to the right (more than all) or to the left (less). */
import { formatCompact, formatFixed } from '../format-number.ts';
import { box, label, line, shorten } from '../svg.ts';
import { bodyTop, cohortPicture, fillOf, left, nameOf, type PictureSource, right, sourceText } from './cohort-frame.ts';

export interface TraitPanel {
  readonly cohort: number;
  readonly traits: readonly { readonly name: string; readonly difference: number }[];
}

const mostPanels = 12;
const mostTraits = 5;
const gap = 28;
const panelWidth = (right - left - gap) / 2;
const nameWidth = 138;

/** @param measure what the length of a bar is, such as `standard deviations from all` */
export function traitBars(source: PictureSource, panels: readonly TraitPanel[], measure: string): string {
  const shown = panels.filter(({ traits }) => traits.length > 0).slice(0, mostPanels);
  const summary = `${sourceText(source)}. Bars to the right: more than customers at large; to the left: less (${measure}).${panels.length > shown.length ? ` The first ${shown.length} of ${panels.length} cohorts.` : ''}`;
  const top = bodyTop(summary);
  const largest = Math.max(
    1e-9,
    ...shown.flatMap(({ traits }) => traits.slice(0, mostTraits).map(({ difference }) => Math.abs(difference))),
  );
  const rowsIn = (at: number): number => Math.min(mostTraits, shown[at]?.traits.length ?? 0);
  const heights = Array.from({ length: Math.ceil(shown.length / 2) }, (_, row) => 46 + 22 * Math.max(rowsIn(2 * row), rowsIn(2 * row + 1)));
  const topOf = (row: number): number => top + heights.slice(0, row).reduce((sum, height) => sum + height, 0);
  return cohortPicture({
    heading: 'What sets the cohorts apart',
    summary,
    height: topOf(heights.length) + 4,
    body: shown.flatMap(({ cohort, traits }, at) => {
      const x = left + (at % 2) * (panelWidth + gap);
      const y = topOf(Math.floor(at / 2));
      const middle = x + nameWidth + (panelWidth - nameWidth - 46) / 2 + 8;
      const half = (panelWidth - nameWidth - 46) / 2 - 30;
      const rows = traits.slice(0, mostTraits);
      const size = source.cohorts[cohort]?.size ?? 0;
      return [
        box(x, y, 11, 11, fillOf(cohort)),
        label(x + 18, y + 10, shorten(nameOf(source, cohort), 34), 'strong'),
        label(x + panelWidth, y + 10, formatCompact(size), 'end quiet'),
        line(middle, y + 20, middle, y + 24 + 22 * rows.length, 'axis'),
        ...rows.flatMap(({ name, difference }, row) => {
          const length = (half * Math.abs(difference)) / largest;
          const rowY = y + 24 + 22 * row;
          const end = difference < 0 ? middle - length : middle + length;
          return [
            label(x + nameWidth, rowY + 12, shorten(name, 19), 'end'),
            box(Math.min(middle, end), rowY + 2, Math.max(1, length), 13, fillOf(cohort)),
            label(difference < 0 ? end - 5 : end + 5, rowY + 12, signed(difference), difference < 0 ? 'end quiet small' : 'quiet small'),
          ];
        }),
      ];
    }),
  });
}

function signed(value: number): string {
  return `${value > 0 ? '+' : ''}${formatFixed(value, Math.abs(value) >= 10 ? 0 : 1)}`;
}
