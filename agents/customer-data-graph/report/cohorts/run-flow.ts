/** What comes after what in each cohort: the most frequent steps with their probabilities, and the likeliest path. */
import type { CohortPicture } from '../../../../skills/cohort/definitions/pictures.ts';
import { formatCount, formatPercent } from '../format-number.ts';
import { box, label, shorten } from '../svg.ts';
import { bodyTop, cohortPicture, fillOf, left, nameOf, type PictureSource, right, sourceText, wrap } from './cohort-frame.ts';

type FlowData = Extract<CohortPicture, { readonly kind: 'flow' }>['data'];

const mostCohorts = 8;
const mostSteps = 6;
const gap = 28;
const panelWidth = (right - left - gap) / 2;
const nameWidth = 196;
const panelHeight = 30 + mostSteps * 20 + 54;

/** @returns an SVG document */
export function runFlow(source: PictureSource, { cohorts }: FlowData): string {
  const shown = cohorts.slice(0, mostCohorts);
  const summary = `${sourceText(source)}. For each cohort the steps that are taken most often, how probable the second event is after the first, and how often it came.`;
  const top = bodyTop(summary);
  return cohortPicture({
    heading: 'Journeys',
    summary,
    height: top + Math.ceil(shown.length / 2) * panelHeight,
    body: shown.flatMap(({ cohort, steps, paths }, at) => {
      const x = left + (at % 2) * (panelWidth + gap);
      const y = top + Math.floor(at / 2) * panelHeight;
      const room = panelWidth - nameWidth - 96;
      const rows = steps.slice(0, mostSteps);
      const [path] = paths;
      const lines =
        path === undefined ? [] : wrap(`likeliest path, of ${formatPercent(path.probability)}: ${path.events.join(' → ')}`, 56).slice(0, 2);
      return [
        box(x, y, 11, 11, fillOf(cohort)),
        label(x + 18, y + 10, shorten(nameOf(source, cohort), 34), 'strong'),
        label(x + panelWidth, y + 10, formatCount(source.cohorts[cohort]?.size ?? 0), 'end quiet'),
        ...rows.flatMap(({ from, to, probability, count }, row) => [
          label(x + nameWidth, y + 36 + row * 20, shorten(`${from} → ${to}`, 27), 'end'),
          box(x + nameWidth + 8, y + 26 + row * 20, Math.max(1, room * probability), 13, fillOf(cohort)),
          label(
            x + nameWidth + 14 + room * probability,
            y + 36 + row * 20,
            `${formatPercent(probability, 0)} · ${formatCount(count)}`,
            'quiet small',
          ),
        ]),
        ...lines.map((text, row) => label(x, y + 44 + rows.length * 20 + row * 15, text, 'quiet small')),
      ];
    }),
  });
}
