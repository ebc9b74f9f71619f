/** The words that tell each cohort from all: as long as their share there, with how many times their share at large that is. */
import type { CohortPicture } from '../../../../skills/cohort/definitions/pictures.ts';
import { formatCount, formatFixed, formatPercent } from '../format-number.ts';
import { box, label, shorten } from '../svg.ts';
import { bodyTop, cohortPicture, fillOf, left, nameOf, type PictureSource, right, sourceText } from './cohort-frame.ts';

type WordsData = Extract<CohortPicture, { readonly kind: 'words' }>['data'];

const mostCohorts = 12;
const mostWords = 6;
const gap = 28;
const panelWidth = (right - left - gap) / 2;
const nameWidth = 150;

/** @returns an SVG document */
export function runWords(source: PictureSource, { cohorts }: WordsData): string {
  const shown = cohorts.slice(0, mostCohorts);
  const summary = `${sourceText(source)}. Bars: share in the cohort; × how many times the share at large.${cohorts.length > shown.length ? ` The first ${shown.length} of ${cohorts.length} cohorts.` : ''}`;
  const top = bodyTop(summary);
  const most = Math.max(1, ...shown.map(({ words }) => Math.min(mostWords, words.length)));
  const panelHeight = 42 + most * 20;
  const largest = Math.max(1e-9, ...shown.flatMap(({ words }) => words.slice(0, mostWords).map(({ share }) => share)));
  const room = panelWidth - nameWidth - 106;
  return cohortPicture({
    heading: 'What the cohorts are about',
    summary,
    height: top + Math.ceil(shown.length / 2) * panelHeight,
    body: shown.flatMap(({ cohort, words }, at) => {
      const x = left + (at % 2) * (panelWidth + gap);
      const y = top + Math.floor(at / 2) * panelHeight;
      return [
        box(x, y, 11, 11, fillOf(cohort)),
        label(x + 18, y + 10, shorten(nameOf(source, cohort), 34), 'strong'),
        label(x + panelWidth, y + 10, formatCount(source.cohorts[cohort]?.size ?? 0), 'end quiet'),
        ...words.slice(0, mostWords).flatMap(({ word, share, lift }, row) => {
          const length = (room * share) / largest;
          return [
            label(x + nameWidth, y + 34 + row * 20, shorten(word, 20), 'end'),
            box(x + nameWidth + 8, y + 24 + row * 20, Math.max(1, length), 13, fillOf(cohort)),
            label(
              x + nameWidth + 14 + length,
              y + 34 + row * 20,
              `${formatPercent(share)} · × ${formatFixed(lift, lift < 10 ? 1 : 0)}`,
              'quiet small',
            ),
          ];
        }),
      ];
    }),
  });
}
