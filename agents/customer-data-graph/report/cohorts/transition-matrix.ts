/** Who went from which cohort to which, between two days: rows before, columns after; the darker a tile, the larger its share of the row. */
import { formatCompact, formatCount, formatPercent } from '../format-number.ts';
import { box, label, shorten, textWidth } from '../svg.ts';
import { bodyTop, cohortPicture, fillOf, left, right } from './cohort-frame.ts';
import { foldTransitions, spanText, type TransitionData } from './transition-cohorts.ts';

const most = 7;
const tileHeight = 36;

/** @returns an SVG document */
export function transitionMatrix(data: TransitionData): string {
  const { nodes, counts } = foldTransitions(data, most);
  const rowSums = counts.map((row) => row.reduce((sum, count) => sum + count, 0));
  const total = rowSums.reduce((sum, count) => sum + count, 0);
  const stayed = nodes.reduce((sum, _, at) => sum + (counts[at]?.[at] ?? 0), 0);
  const summary = `${spanText(data)}. ${formatCount(total)} customers; ${formatPercent(total === 0 ? 0 : stayed / total)} stayed. A tile shows customers and their share of the row.`;
  const top = bodyTop(summary) + 26;
  const names = nodes.map(({ name }) => shorten(name, 28));
  const numberOf = (at: number): string => (nodes[at]?.isNone === true ? '–' : String(at + 1));
  const begin = left + Math.max(60, ...names.map((name) => textWidth(name))) + 48;
  const tileWidth = Math.min(84, (right - 64 - begin) / Math.max(1, nodes.length));
  const sumX = begin + nodes.length * tileWidth + 58;
  return cohortPicture({
    heading: 'From cohort to cohort',
    summary,
    height: top + nodes.length * tileHeight + 46,
    body: [
      label(begin - 12, top - 10, 'before ↓  after →', 'end quiet'),
      ...nodes.map((_, at) => label(begin + (at + 0.5) * tileWidth, top - 10, numberOf(at), 'middle strong')),
      label(sumX, top - 10, 'before', 'end quiet'),
      ...nodes.flatMap(({ position }, row) => {
        const y = top + row * tileHeight;
        return [
          box(left, y + 12, 11, 11, fillOf(position)),
          label(begin - 30, y + 22, names[row] ?? '', 'end'),
          label(begin - 10, y + 22, numberOf(row), 'end strong'),
          ...nodes.flatMap((_, column) => {
            const count = counts[row]?.[column] ?? 0;
            const share = count / Math.max(1, rowSums[row] ?? 0);
            const x = begin + column * tileWidth;
            const ink = share > 0.62 ? 'on-tile' : 'in-tile';
            return [
              `<rect x="${(x + 1.5).toFixed(1)}" y="${y + 1.5}" width="${(tileWidth - 3).toFixed(1)}" height="${tileHeight - 3}" rx="4" class="tile" opacity="${(0.05 + 0.95 * share).toFixed(2)}"/>`,
              ...(count === 0
                ? []
                : [
                    label(x + tileWidth / 2, y + 16, formatCompact(count), `middle ${ink}`),
                    label(x + tileWidth / 2, y + 29, shareText(share), `middle small ${ink}`),
                  ]),
            ];
          }),
          label(sumX, y + 22, formatCompact(rowSums[row] ?? 0), 'end strong'),
        ];
      }),
      label(begin - 12, top + nodes.length * tileHeight + 22, 'after', 'end quiet'),
      ...nodes.map((_, column) =>
        label(
          begin + (column + 0.5) * tileWidth,
          top + nodes.length * tileHeight + 22,
          formatCompact(counts.reduce((sum, row) => sum + (row[column] ?? 0), 0)),
          'middle strong',
        ),
      ),
      label(sumX, top + nodes.length * tileHeight + 22, formatCompact(total), 'end strong'),
    ],
  });
}

/** A few customers of many are not nobody. */
function shareText(share: number): string {
  return share < 0.005 ? '< 1 %' : formatPercent(share, 0);
}
