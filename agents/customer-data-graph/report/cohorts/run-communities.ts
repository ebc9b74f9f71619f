/** Communities on a circle, as large as their customers, and the links between them as thick as their weight. */
import type { CohortPicture } from '../../../../skills/cohort/definitions/pictures.ts';
import { formatCount, formatPercent } from '../format-number.ts';
import { label, shorten } from '../svg.ts';
import { bodyTop, cohortPicture, fillOf, left, nameOf, type PictureSource, px, right, sourceText } from './cohort-frame.ts';

type CommunitiesData = Extract<CohortPicture, { readonly kind: 'communities' }>['data'];

const most = 12;
const radius = 130;
const largestBubble = 34;
const rowHeight = 20;

/** @returns an SVG document */
export function runCommunities(source: PictureSource, { communities, links }: CommunitiesData): string {
  const shown = communities.slice(0, most);
  const total = Math.max(communities.length, source.cohorts.length);
  const summary = `${sourceText(source)}. ${formatCount(total)} communities${total > shown.length ? `, the largest ${shown.length} drawn` : ''}; lines are links between them, as thick as their weight.`;
  const markOf = (cohort: number, at: number): string => source.cohorts[cohort]?.key ?? String(at + 1);
  const top = bodyTop(summary);
  const [centreX, centreY] = [left + radius + largestBubble + 4, top + radius + largestBubble - 4];
  const place = new Map(shown.map(({ cohort }, at) => [cohort, turn(at, shown.length, centreX, centreY)]));
  const size = Math.max(1, ...shown.map(({ customers }) => customers));
  const between = links.filter(({ from, to }) => from !== to && place.has(from) && place.has(to));
  const heaviest = Math.max(1e-9, ...between.map(({ weight }) => weight));
  const listX = centreX + radius + largestBubble + 34;
  return cohortPicture({
    heading: 'Communities and their links',
    summary,
    height: Math.max(centreY + radius + largestBubble + 16, top + 24 + shown.length * rowHeight + 12),
    body: [
      ...between.map(({ from, to, weight }) => {
        const [a, b] = [place.get(from) ?? [0, 0], place.get(to) ?? [0, 0]];
        return `<path d="M${px(a[0])} ${px(a[1])}L${px(b[0])} ${px(b[1])}" class="other-line" stroke-width="${px(0.5 + (9 * weight) / heaviest)}" opacity="0.45"/>`;
      }),
      ...shown.flatMap(({ cohort, customers }, at) => {
        const [x, y] = place.get(cohort) ?? [0, 0];
        return [
          `<circle cx="${px(x)}" cy="${px(y)}" r="${px(Math.max(9, largestBubble * Math.sqrt(customers / size)))}" class="${fillOf(cohort)}"/>`,
          label(x, y + 4, markOf(cohort, at), 'middle on-tile'),
        ];
      }),
      label(listX, top + 4, 'community', 'quiet'),
      label(right - 74, top + 4, 'customers', 'end quiet'),
      label(right, top + 4, 'links inside', 'end quiet'),
      ...shown.flatMap(({ cohort, customers, inside }, at) => {
        const y = top + 26 + at * rowHeight;
        const name = shorten(source.cohorts[cohort]?.name ?? nameOf(source, cohort), Math.floor((right - 160 - listX) / 7.2));
        return [
          label(listX, y, `${markOf(cohort, at)}  ${name}`),
          label(right - 74, y, formatCount(customers), 'end'),
          label(right, y, formatPercent(inside, 0), 'end'),
        ];
      }),
    ],
  });
}

/** Points on a circle, the first at the top. */
function turn(at: number, count: number, centreX: number, centreY: number): readonly [number, number] {
  const angle = (2 * Math.PI * at) / Math.max(1, count);
  const reach = count === 1 ? 0 : radius;
  return [centreX + reach * Math.sin(angle), centreY - reach * Math.cos(angle)];
}
