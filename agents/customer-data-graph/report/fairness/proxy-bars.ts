/** How well each feature tells a group, best first, beside chance and beside the limit from which on it counts as a proxy. */
import { formatFixed } from '../format-number.ts';
import { box, label, line, picture, shorten } from '../svg.ts';

export interface ProxyBar {
  readonly feature: string;
  readonly auc: number;
  readonly adjustedP: number;
  /** Null for all features together. */
  readonly cramersV: number | null;
  readonly isFlagged: boolean;
}

export interface ProxyPicture {
  readonly title: string;
  readonly subtitle: string;
  readonly bars: readonly ProxyBar[];
  /** AUC from which on a feature is a proxy. */
  readonly limit: number;
}

const width = 760;
const area = { left: 190, right: 520 };
const top = 104;
const rowHeight = 26;

/** @returns an SVG document */
export function proxyBars({ title, subtitle, bars, limit }: ProxyPicture): string {
  const ordered = [...bars].sort((a, b) => b.auc - a.auc);
  const bottom = top + Math.max(1, ordered.length) * rowHeight;
  const x = (auc: number): number => area.left + ((area.right - area.left) * (Math.min(Math.max(auc, 0.5), 1) - 0.5)) / 0.5;
  const flagged = ordered.filter(({ isFlagged }) => isFlagged).map(({ feature }) => feature);
  const summary = flagged.length === 0 ? 'No feature is over a limit.' : `Over a limit: ${flagged.join(', ')}.`;
  return picture({
    width,
    height: bottom + 60,
    title,
    description: `${subtitle}. ${summary}`,
    body: [
      label(24, 34, shorten(title, 74), 'heading'),
      label(24, 54, shorten(subtitle, 104), 'quiet'),
      label(24, 74, shorten(summary, 104), 'quiet'),
      ...[0.5, 0.6, 0.7, 0.8, 0.9, 1].flatMap((tick) => [
        line(x(tick), top - 6, x(tick), bottom, tick === 0.5 ? 'axis' : 'grid'),
        label(x(tick), bottom + 18, formatFixed(tick, 1), 'middle quiet'),
      ]),
      ...ordered.flatMap(({ feature, auc, adjustedP, cramersV, isFlagged }, at) => {
        const y = top + at * rowHeight;
        return [
          label(area.left - 12, y + 17, shorten(feature, 22), isFlagged ? 'end strong' : 'end'),
          box(area.left, y + 5, x(auc) - area.left, rowHeight - 10, isFlagged ? 'expected-bar' : 'tile', isFlagged ? 0.85 : 0.6),
          label(area.right + 14, y + 17, formatFixed(auc, 2), isFlagged ? 'strong' : ''),
          label(area.right + 66, y + 17, adjustedP < 0.0001 ? '<0.0001' : formatFixed(adjustedP, 2)),
          label(area.right + 130, y + 17, cramersV === null ? '–' : formatFixed(cramersV, 2)),
          ...(isFlagged ? [label(width - 24, y + 17, 'proxy', 'end strong')] : []),
        ];
      }),
      label(area.right + 14, top - 12, 'AUC', 'quiet'),
      label(area.right + 66, top - 12, 'p', 'quiet'),
      label(area.right + 130, top - 12, "Cramér's V", 'quiet'),
      line(x(limit), top - 6, x(limit), bottom + 4, 'cut'),
      ...(ordered.length === 0 ? [label(area.left + 10, top + 17, 'too few customers to tell', 'quiet')] : []),
      label(area.left, bottom + 44, `AUC on customers not learnt from; 0.5 is chance, ${formatFixed(limit, 2)} the limit`, 'quiet'),
    ],
  });
}
