/** What sets each cohort apart: a panel per cohort, its traits as bars to the right (more than all) or to the left (less). */
import { formatCount, formatFixed } from '../format-number.ts';
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

/** What the length of a bar is: how far customers of the cohort are before or behind others, or how many times as frequent something is. */
export type TraitMeasure = 'delta' | 'lift';

const measures = {
  delta: {
    says: 'Bars to the right: customers of the cohort have more than others; to the left: less; 1 if all of them do (Cliff’s delta; of names the difference of the shares).',
    nameWidth: 160,
  },
  lift: { says: 'Bars: how many times as frequent as with all customers.', nameWidth: 200 },
} as const;

export function traitBars(source: PictureSource, panels: readonly TraitPanel[], measure: TraitMeasure): string {
  const { says, nameWidth } = measures[measure];
  const shown = panels.filter(({ traits }) => traits.length > 0).slice(0, mostPanels);
  const summary = `${sourceText(source)}. ${says}${panels.length > shown.length ? ` The first ${shown.length} of ${panels.length} cohorts.` : ''}`;
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
      const room = panelWidth - nameWidth - 46;
      const middle = measure === 'lift' ? x + nameWidth + 8 : x + nameWidth + room / 2 + 16;
      const half = measure === 'lift' ? room : room / 2 - 30;
      const rows = traits.slice(0, mostTraits);
      const size = source.cohorts[cohort]?.size ?? 0;
      return [
        box(x, y, 11, 11, fillOf(cohort)),
        label(x + 18, y + 10, shorten(nameOf(source, cohort), 34), 'strong'),
        label(x + panelWidth, y + 10, formatCount(size), 'end quiet'),
        line(middle, y + 20, middle, y + 24 + 22 * rows.length, 'axis'),
        ...rows.flatMap(({ name, difference }, row) => {
          const length = (half * Math.abs(difference)) / largest;
          const rowY = y + 24 + 22 * row;
          const end = difference < 0 ? middle - length : middle + length;
          return [
            label(x + nameWidth, rowY + 12, shorten(name, Math.floor(nameWidth / 7.2)), 'end'),
            box(Math.min(middle, end), rowY + 2, Math.max(1, length), 13, fillOf(cohort)),
            label(
              difference < 0 ? end - 5 : end + 5,
              rowY + 12,
              measure === 'lift' ? `× ${formatFixed(difference, difference >= 10 ? 0 : 1)}` : signed(difference),
              difference < 0 ? 'end quiet small' : 'quiet small',
            ),
          ];
        }),
      ];
    }),
  });
}

function signed(value: number): string {
  return `${value > 0 ? '+' : ''}${formatFixed(value, 2)}`;
}
