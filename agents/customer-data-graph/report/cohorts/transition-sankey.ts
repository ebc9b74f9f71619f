/** The same transitions as streams: cohorts before on the left, after on the right, as thick as the customers between them. */
import { formatCompact, formatCount } from '../format-number.ts';
import { box, label, shorten } from '../svg.ts';
import { bodyTop, cohortPicture, fillOf, left, px, right } from './cohort-frame.ts';
import { foldTransitions, spanText, type TransitionData } from './transition-cohorts.ts';

const most = 8;
const gap = 16;
const nodeWidth = 12;
const nameRoom = 212;
const longestName = 21;

interface Bar {
  readonly y: number;
  readonly height: number;
  readonly size: number;
}

/** @returns an SVG document */
export function transitionSankey(data: TransitionData): string {
  const { nodes, counts } = foldTransitions(data, most);
  const before = counts.map((row) => row.reduce((sum, count) => sum + count, 0));
  const after = nodes.map((_, column) => counts.reduce((sum, row) => sum + (row[column] ?? 0), 0));
  const total = before.reduce((sum, count) => sum + count, 0);
  const moved = total - nodes.reduce((sum, _, at) => sum + (counts[at]?.[at] ?? 0), 0);
  const summary = `${spanText(data)}. ${formatCount(moved)} of ${formatCount(total)} customers changed; grey streams come from no cohort.`;
  const top = bodyTop(summary) + 18;
  const height = Math.max(240, 34 * nodes.length);
  const unit = (height - gap * (nodes.length - 1)) / Math.max(1, total);
  const bars = (sizes: readonly number[]): readonly Bar[] => {
    let y = top;
    return sizes.map((size) => {
      const bar = { y, height: size * unit, size };
      y += bar.height + gap;
      return bar;
    });
  };
  const [from, to] = [bars(before), bars(after)];
  const [x1, x2] = [left + nameRoom, right - nameRoom];
  const leaving = from.map(({ y }) => y);
  const arriving = to.map(({ y }) => y);
  const ribbons = nodes.flatMap(({ position }, row) =>
    nodes.flatMap((_, column) => {
      const thick = (counts[row]?.[column] ?? 0) * unit;
      if (thick === 0) return [];
      const [a, b] = [leaving[row] ?? 0, arriving[column] ?? 0];
      leaving[row] = a + thick;
      arriving[column] = b + thick;
      return [ribbon(x1 + nodeWidth, a, x2, b, Math.max(0.5, thick), `${fillOf(position)} ribbon`)];
    }),
  );
  return cohortPicture({
    heading: 'Streams between cohorts',
    summary,
    height: top + height + 28,
    body: [
      label(x1 + nodeWidth, top - 12, data.from, 'end quiet'),
      label(x2, top - 12, data.to, 'quiet'),
      ...ribbons,
      ...nodes.flatMap(({ name, position }, at) => [
        ...side(from[at], x1, name, position, x1 - 8, 'end'),
        ...side(to[at], x2, name, position, x2 + nodeWidth + 8, ''),
      ]),
    ],
  });
}

/** A cohort without customers on that side is not drawn. */
function side(bar: Bar | undefined, x: number, name: string, position: number, textX: number, classes: string): string[] {
  if (!bar || bar.size === 0) return [];
  const y = bar.y + bar.height / 2 + 4;
  const text = `${shorten(name, longestName)} · ${formatCompact(bar.size)}`;
  return [box(x, bar.y, nodeWidth, Math.max(1, bar.height), fillOf(position)), label(textX, y, text, classes)];
}

function ribbon(x1: number, y1: number, x2: number, y2: number, thick: number, classes: string): string {
  const middle = (x1 + x2) / 2;
  const curve = (fromY: number, toX: number, toY: number): string =>
    `C${px(middle)} ${px(fromY)} ${px(middle)} ${px(toY)} ${px(toX)} ${px(toY)}`;
  return `<path d="M${px(x1)} ${px(y1)}${curve(y1, x2, y2)}L${px(x2)} ${px(y2 + thick)}${curve(y2 + thick, x1, y1 + thick)}Z" class="${classes}"/>`;
}
