/** Customers by two scores: a tile per pair, coloured by its cohort, the denser the more customers. */
import type { CohortPicture } from '../../../../skills/cohort/definitions/pictures.ts';
import { formatCount } from '../format-number.ts';
import { label } from '../svg.ts';
import { bodyTop, cohortPicture, fillOf, left, legend, legendHeight, type PictureSource, px, right, sourceText } from './cohort-frame.ts';

type GridData = Extract<CohortPicture, { readonly kind: 'grid' }>['data'];

const plot = 400;

/** @returns an SVG document */
export function runGrid(source: PictureSource, { across, down, classes, cells }: GridData): string {
  const customers = cells.reduce((sum, cell) => sum + cell.customers, 0);
  const summary = `${sourceText(source)}. ${formatCount(customers)} customers by ${across} and ${down}, ${classes} classes each, ${classes} the best; a tile counts its customers, is the denser the more they are, and has the colour of the cohort that most of them are in.`;
  const top = bodyTop(summary);
  const begin = left + 40;
  const tile = plot / classes;
  const largest = Math.max(1, ...cells.map((cell) => cell.customers));
  // The best class is at the top and at the right, where a reader looks for it.
  const yOf = (score: number): number => top + (classes - score) * tile;
  const legendX = begin + plot + 32;
  return cohortPicture({
    heading: `Customers by ${across} and ${down}`,
    summary,
    height: Math.max(top + plot + 52, top + legendHeight(source) + 20),
    body: [
      ...cells.flatMap((cell) => {
        const x = begin + (cell.across - 1) * tile;
        const y = yOf(cell.down);
        const share = cell.customers / largest;
        return [
          `<rect x="${px(x + 1.5)}" y="${px(y + 1.5)}" width="${px(tile - 3)}" height="${px(tile - 3)}" rx="4" class="${fillOf(cell.cohort)}" opacity="${(0.14 + 0.5 * share).toFixed(2)}"/>`,
          label(x + tile / 2, y + tile / 2 + 4, formatCount(cell.customers), 'middle in-tile'),
        ];
      }),
      ...Array.from({ length: classes }, (_, at) => [
        label(begin + (at + 0.5) * tile, top + plot + 18, String(at + 1), 'middle quiet'),
        label(begin - 10, yOf(at + 1) + tile / 2 + 4, String(at + 1), 'end quiet'),
      ]).flat(),
      label(begin + plot / 2, top + plot + 38, `class of ${across} →`, 'middle quiet'),
      `<text transform="translate(${left + 10} ${px(top + plot / 2)}) rotate(-90)" class="middle quiet">class of ${down} →</text>`,
      ...legend(source, legendX, top + 10, right - legendX),
    ],
  });
}
