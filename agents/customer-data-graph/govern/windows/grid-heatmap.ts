/** A grid of windows as a table of tiles: history down, prediction across; the darker, the better, and the chosen one framed. Pairs that were not tried stay empty. */
import { formatFixed } from '../../report/format-number.ts';
import { label, picture, textWidth } from '../../report/svg.ts';
import type { ModelWindows } from '../models/model-interface.ts';

export interface GridPicture {
  readonly heading: string;
  /** What the numbers are, and what they were measured on. */
  readonly notes: readonly [string, string];
  readonly history: readonly number[];
  readonly pred: readonly number[];
  /** Undefined where the pair was not tried. */
  readonly valueOf: (windows: ModelWindows) => number | undefined;
  /** Whether the least value is the best. */
  readonly isLeastBest: boolean;
  readonly chosen: ModelWindows;
}

/** On tiles of more than this opacity white reads better than black; at it both have a contrast of 4 to 1. */
const lightText = 0.79;
const tileWidth = 96;
const tileHeight = 40;
const left = 148;
const top = 142;

/** @returns an SVG document */
export function gridHeatmap({ heading, notes, history, pred, valueOf, isLeastBest, chosen }: GridPicture): string {
  const cells = history.flatMap((historyMonths, row) =>
    pred.flatMap((predMonths, column) => {
      const value = valueOf({ historyMonths, predMonths });
      return value === undefined ? [] : [{ historyMonths, predMonths, row, column, value }];
    }),
  );
  const values = cells.map(({ value }) => value);
  const [least, largest] = [Math.min(...values), Math.max(...values)];
  const goodness = (value: number): number => {
    if (!(largest > least)) return 0.5;
    const share = (value - least) / (largest - least);
    return isLeastBest ? 1 - share : share;
  };
  const bottom = top + history.length * tileHeight;
  const right = left + pred.length * tileWidth;
  const chosenText = `framed: ${chosen.historyMonths} months of history, ${chosen.predMonths} of prediction`;
  const isChosen = (one: ModelWindows): boolean => one.historyMonths === chosen.historyMonths && one.predMonths === chosen.predMonths;
  return picture({
    width: Math.ceil(Math.max(right + 28, textWidth(heading, 16) + 56, ...[...notes, chosenText].map((text) => textWidth(text, 11) + 56))),
    height: bottom + 48,
    title: heading,
    description: `${notes.join('; ')}. ${cells.map((cell) => `${cell.historyMonths} × ${cell.predMonths} months ${formatFixed(cell.value, 3)}`).join(', ')}; ${chosenText}.`,
    body: [
      label(28, 34, heading, 'heading'),
      ...notes.map((text, at) => label(28, 54 + 18 * at, text, 'quiet')),
      label(left + (pred.length * tileWidth) / 2, top - 34, 'prediction, months', 'middle quiet'),
      label(left - 16, top - 12, 'history, months', 'end quiet'),
      ...pred.map((months, column) => label(left + (column + 0.5) * tileWidth, top - 12, String(months), 'middle strong')),
      ...history.map((months, row) => label(left - 16, top + row * tileHeight + 25, String(months), 'end strong')),
      ...cells.map(({ row, column, value, ...windows }) =>
        tile(left + column * tileWidth, top + row * tileHeight, value, goodness(value), isChosen(windows)),
      ),
      label(28, bottom + 28, chosenText, 'quiet'),
    ],
  });
}

/** Opacity carries how good a cell is, so that it reads on a light and on a dark ground; the number stands on it in any case. */
function tile(x: number, y: number, value: number, goodness: number, isChosen: boolean): string {
  const opacity = 0.08 + 0.92 * goodness;
  const size = `width="${tileWidth - 4}" height="${tileHeight - 4}" rx="4"`;
  const frame = isChosen
    ? `<rect x="${x}" y="${y}" width="${tileWidth}" height="${tileHeight}" rx="6" class="expected" style="stroke-dasharray:none"/>`
    : '';
  const text = label(x + tileWidth / 2, y + 25, formatFixed(value, 3), opacity > lightText ? 'middle on-tile' : 'middle in-tile');
  return `<rect x="${x + 2}" y="${y + 2}" ${size} class="tile" opacity="${opacity.toFixed(2)}"/>${frame}${text}`;
}
