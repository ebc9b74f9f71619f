/** How many customers reach each step, which share of those at the step before, and how long it takes them. */
import type { CohortPicture } from '../../../../skills/cohort/definitions/pictures.ts';
import { formatCount, formatFixed, formatPercent } from '../format-number.ts';
import { box, label, shorten, textWidth } from '../svg.ts';
import { bodyTop, cohortPicture, left, type PictureSource, right, sourceText } from './cohort-frame.ts';

type FunnelData = Extract<CohortPicture, { readonly kind: 'funnel' }>['data'];

const rowHeight = 52;

/** @returns an SVG document */
export function runFunnel(source: PictureSource, { steps }: FunnelData): string {
  const first = steps[0]?.customers ?? 0;
  const last = steps.at(-1)?.customers ?? 0;
  const summary = `${sourceText(source)}. ${formatCount(last)} of ${formatCount(first)} customers reach the last step${first === 0 ? '' : `, ${formatPercent(last / first)}`}.`;
  const top = bodyTop(summary);
  const names = steps.map(({ name }, at) => `${at + 1}. ${shorten(name, 26)}`);
  const begin = left + Math.max(60, ...names.map((name) => textWidth(name))) + 12;
  const end = right - 90;
  return cohortPicture({
    heading: 'How far customers get',
    summary,
    height: top + steps.length * rowHeight + 8,
    body: steps.flatMap(({ customers, ofBefore, low, high, medianDays }, at) => {
      const y = top + at * rowHeight;
      const length = first === 0 ? 0 : ((end - begin) * customers) / first;
      const range = low === null || high === null ? '' : ` (${formatPercent(low)} to ${formatPercent(high)})`;
      const note =
        ofBefore === null
          ? 'all who begin'
          : `${formatPercent(ofBefore)}${range} of the step before${medianDays === null ? '' : `; half of them within ${inUnits(medianDays)}`}`;
      return [
        label(begin - 12, y + 15, names[at] ?? '', 'end'),
        box(begin, y, Math.max(1, length), 22, 'actual-dot'),
        label(begin + length + 8, y + 15, formatCount(customers), 'strong'),
        label(begin, y + 38, note, 'quiet small'),
      ];
    }),
  });
}

/** `5.6 days`, `3.2 hours`, `12 minutes`: what is short is not none. */
function inUnits(days: number): string {
  const minutes = days * 1440;
  if (minutes < 1.5) return 'a minute';
  if (minutes < 90) return `${formatFixed(minutes, 0)} minutes`;
  if (days < 2) return `${formatFixed(days * 24, 1)} hours`;
  return `${formatFixed(days, days < 10 ? 1 : 0)} days`;
}
