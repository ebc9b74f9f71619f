/** Customers along the two directions in which they differ most, by cohort; and how the number of cohorts was chosen. */
import type { CohortPicture } from '../../../../skills/cohort/definitions/pictures.ts';
import { formatCount, formatFixed, formatPercent } from '../format-number.ts';
import { dot, label, line } from '../svg.ts';
import { bodyTop, cohortPicture, left, legend, legendHeight, lineOf, type PictureSource, px, right, sourceText } from './cohort-frame.ts';

type ScatterData = Extract<CohortPicture, { readonly kind: 'scatter' }>['data'];

const mostPoints = 1500;
const plotWidth = 440;
const plotHeight = 330;

/** @returns an SVG document */
export function runScatter(source: PictureSource, { axes, points, choice }: ScatterData): string {
  const shown = evenly(points, mostPoints);
  const hasNone = shown.some(({ cohort }) => cohort < 0);
  const explained = axes.reduce((sum, { share }) => sum + share, 0);
  const summary = `${sourceText(source)}. The two directions hold ${formatPercent(explained, 0)} of what customers differ in; ${formatCount(shown.length)} of them are drawn${hasNone ? '; a cross is in no cohort' : ''}.`;
  const top = bodyTop(summary) - 12;
  const x = scaleOver(
    shown.map((point) => point.x),
    left + 14,
    left + plotWidth - 6,
  );
  const y = scaleOver(
    shown.map((point) => point.y),
    top + plotHeight - 8,
    top + 8,
  );
  const groups = [-1, ...source.cohorts.keys()];
  const legendX = left + plotWidth + 28;
  const choiceTop = top + 34 + legendHeight(source);
  return cohortPicture({
    heading: 'Customers by cohort',
    summary,
    height: Math.max(top + plotHeight + 58, choiceTop + (choice === null ? 0 : 160)),
    body: [
      line(left, top + plotHeight, left + plotWidth, top + plotHeight, 'axis'),
      line(left, top, left, top + plotHeight, 'axis'),
      ...groups.flatMap((cohort) => {
        const own = shown.filter((point) => point.cohort === cohort || (cohort === -1 && point.cohort >= source.cohorts.length));
        // A line of no length with round ends is a dot, and takes a quarter of the bytes of a circle.
        const steps = own.map((point) => `M${px(x(point.x))} ${px(y(point.y))}h0`).join('');
        // Those in none may be what is looked for, and small cohorts are grey too: crosses tell them apart.
        if (cohort < 0 && steps !== '') {
          const crosses = own.map((point) => `M${px(x(point.x) - 3)} ${px(y(point.y) - 3)}l6 6m0 -6l-6 6`).join('');
          return [`<path d="${crosses}" class="${lineOf(cohort)}" stroke-width="1.4"/>`];
        }
        return steps === ''
          ? []
          : [`<path d="${steps}" class="${lineOf(cohort)}" stroke-width="4.4" stroke-linecap="round" opacity="0.72"/>`];
      }),
      ...axes.flatMap(({ share, loadings }, at) => {
        const names = loadings
          .slice(0, 3)
          .map(({ feature, weight }) => `${feature} ${weight > 0 ? '+' : ''}${formatFixed(weight, 2)}`)
          .join(', ');
        return [
          label(left, top + plotHeight + 22 + 18 * at, `${at === 0 ? 'across' : 'up'} (${formatPercent(share, 0)}): ${names}`, 'quiet'),
        ];
      }),
      ...legend(source, legendX, top + 10, right - legendX),
      ...(choice === null ? [] : chosen(choice, legendX, choiceTop, right - legendX)),
    ],
  });
}

function chosen({ by, chosen: best, tried }: NonNullable<ScatterData['choice']>, x: number, y: number, width: number): string[] {
  const scores = tried.map(({ score }) => score);
  const across = scaleOver(
    tried.map(({ cohorts }) => cohorts),
    x + 12,
    x + width - 12,
  );
  const up = scaleOver(scores, y + 96, y + 24);
  const steps = tried.map(({ cohorts, score }, at) => `${at === 0 ? 'M' : 'L'}${px(across(cohorts))} ${px(up(score))}`).join('');
  return [
    label(x, y, by === 'bic' ? 'by BIC, the lowest' : `by ${by}, the highest`, 'quiet'),
    `<path d="${steps}" class="before"/>`,
    ...tried.map(({ cohorts, score }) =>
      dot(across(cohorts), up(score), cohorts === best ? 5 : 3, cohorts === best ? 'actual-dot' : 'before-dot'),
    ),
    ...tried
      .filter(({ cohorts }) => cohorts === best)
      .map(({ cohorts, score }) =>
        label(
          across(cohorts),
          up(score) - 10,
          formatFixed(score, Math.abs(score) < 10 ? 2 : 0),
          across(cohorts) > x + width / 2 ? 'end quiet small' : 'quiet small',
        ),
      ),
    line(x, y + 108, x + width, y + 108, 'axis'),
    label(x + width / 2, y + 142, 'cohorts', 'middle quiet'),
    ...tried
      .filter(
        ({ cohorts }, at) => cohorts === best || ((at === 0 || at === tried.length - 1) && Math.abs(across(cohorts) - across(best)) > 18),
      )
      .map(({ cohorts }) => label(across(cohorts), y + 124, String(cohorts), cohorts === best ? 'middle strong' : 'middle quiet')),
  ];
}

function evenly<Item>(items: readonly Item[], most: number): readonly Item[] {
  if (items.length <= most) return items;
  return Array.from({ length: most }, (_, at) => items[Math.floor((at * items.length) / most)]).filter((item) => item !== undefined);
}

/** From the least to the most value; one value lies in the middle. */
function scaleOver(values: readonly number[], from: number, to: number): (value: number) => number {
  const least = values.reduce((found, value) => Math.min(found, value), Number.POSITIVE_INFINITY);
  const most = values.reduce((found, value) => Math.max(found, value), Number.NEGATIVE_INFINITY);
  return (value) => (most > least ? from + ((to - from) * (value - least)) / (most - least) : (from + to) / 2);
}
