/** Whether what was foretold came: classes of customers by probability against the share of them that acted; and what speaks for it. */
import type { CohortPicture } from '../../../../skills/cohort/definitions/pictures.ts';
import { formatCount, formatFixed } from '../format-number.ts';
import { box, dot, label, line, shorten, zeroBasedScale } from '../svg.ts';
import { bodyTop, cohortPicture, left, type PictureSource, px, right, sourceText } from './cohort-frame.ts';

type ReliabilityData = Extract<CohortPicture, { readonly kind: 'reliability' }>['data'];

const plot = 320;
const mostEffects = 10;

/** @returns an SVG document */
export function runReliability(source: PictureSource, { action, horizonDays, classes, effects }: ReliabilityData): string {
  const customers = classes.reduce((sum, one) => sum + one.customers, 0);
  const distance = classes.reduce((sum, one) => sum + one.customers * Math.abs(one.foretold - one.came), 0) / Math.max(1, customers);
  const summary = `${sourceText(source)}. Probabilities of ${action} within ${horizonDays} days and what came lie ${formatFixed(distance * 100, 1)} percentage points apart on average; on the dashed line they are equal. A dot is a class of customers, the larger the more.`;
  const top = bodyTop(summary);
  const bottom = top + plot;
  const begin = left + 44;
  const reach = Math.max(0, ...classes.flatMap(({ foretold, came }) => [foretold, came]));
  const y = zeroBasedScale(Math.min(1, reach), bottom, top, 5);
  const x = zeroBasedScale(Math.min(1, reach), begin, begin + plot, 5);
  const largest = Math.max(1, ...classes.map((one) => one.customers));
  const format = (value: number): string => `${formatFixed(value * 100, y.most < 0.05 ? 1 : 0)} %`;
  const shown = effects.slice(0, mostEffects);
  const strongest = Math.max(1e-9, ...shown.map(({ effect }) => Math.abs(effect)));
  const effectX = begin + plot + 36;
  const middle = effectX + 130 + (right - effectX - 130) / 2;
  const half = (right - effectX - 130) / 2 - 40;
  return cohortPicture({
    heading: `Foretold and come: ${action}`,
    summary,
    height: bottom + 54,
    body: [
      ...y.ticks.flatMap((tick) => [
        line(begin, y.at(tick), begin + plot, y.at(tick), tick === 0 ? 'axis' : 'grid'),
        label(begin - 8, y.at(tick) + 4, format(tick), 'end quiet'),
      ]),
      ...x.ticks.map((tick) => label(x.at(tick), bottom + 18, format(tick), 'middle quiet')),
      `<path d="M${px(x.at(0))} ${px(y.at(0))}L${px(x.at(x.most))} ${px(y.at(y.most))}" class="cut"/>`,
      ...classes.map(({ foretold, came, customers: count }) =>
        dot(x.at(foretold), y.at(came), 3 + Math.round(6 * Math.sqrt(count / largest)), 'actual-dot'),
      ),
      label(begin + plot / 2, bottom + 40, 'foretold →', 'middle quiet'),
      label(begin + 6, top - 8, 'came', 'quiet'),
      label(effectX, top - 8, 'what speaks for it, per standard deviation', 'quiet'),
      ...(shown.length === 0 ? [] : [line(middle, top + 4, middle, top + 8 + shown.length * 26, 'axis')]),
      ...shown.flatMap(({ feature, effect }, at) => {
        const length = (half * Math.abs(effect)) / strongest;
        const end = effect < 0 ? middle - length : middle + length;
        const rowY = top + 8 + at * 26;
        return [
          label(effectX + 122, rowY + 13, shorten(feature, 17), 'end'),
          box(Math.min(middle, end), rowY + 2, Math.max(1, length), 15, effect < 0 ? 'expected-bar' : 'actual-dot'),
          label(
            effect < 0 ? end - 4 : end + 4,
            rowY + 13,
            `${effect > 0 ? '+' : ''}${formatFixed(effect, 2)}`,
            effect < 0 ? 'end quiet small' : 'quiet small',
          ),
        ];
      }),
      label(begin + plot, top - 8, `tested on ${formatCount(customers)} customers`, 'end quiet'),
    ],
  });
}
