/** What reliability diagrams share: a square of foretold against observed shares with the line where both are equal. */
import { formatFixed } from '../format-number.ts';
import { label, line, picture, type Scale, textWidth, zeroBasedScale } from '../svg.ts';

/** Who and what a diagram is about. */
export interface DiagramSource {
  /** Such as `Purchase within 90 days`. */
  readonly title: string;
  /** Such as the cohort, the method and the window; empty for nothing. */
  readonly subtitle: string;
}

export interface Square {
  readonly x: Scale;
  readonly y: Scale;
}

export const area = { left: 64, right: 528, top: 116, bottom: 544 };
export const width = 560;
const height = 604;
const mostWidth = width - 48;

/** @param largest largest share to show; the square ends at a round number above */
export function squareOf(largest: number): Square {
  const reach = Math.min(1, Math.max(0.05, largest));
  return { x: zeroBasedScale(reach, area.left, area.right, 5), y: zeroBasedScale(reach, area.bottom, area.top, 5) };
}

/** @param body drawn over the grid and the diagonal */
export function diagram({ title, subtitle }: DiagramSource, summary: string, { x, y }: Square, body: readonly string[]): string {
  const digits = x.most / (x.ticks.length - 1) < 0.1 ? 2 : 1;
  return picture({
    width,
    height,
    title,
    description: subtitle === '' ? summary : `${subtitle}. ${summary}`,
    body: [
      label(24, 34, fitted(title, 16), 'heading'),
      ...(subtitle === '' ? [] : [label(24, 54, fitted(subtitle, 12), 'quiet')]),
      label(24, subtitle === '' ? 54 : 74, fitted(summary, 12), 'quiet'),
      ...x.ticks.flatMap((tick) => [
        line(x.at(tick), area.top, x.at(tick), area.bottom, 'grid'),
        label(x.at(tick), area.bottom + 18, formatFixed(tick, digits), 'middle quiet'),
        line(area.left, y.at(tick), area.right, y.at(tick), 'grid'),
        label(area.left - 8, y.at(tick) + 4, formatFixed(tick, digits), 'end quiet'),
      ]),
      line(area.left, area.bottom, area.right, area.top, 'cut'),
      line(area.left, area.bottom, area.right, area.bottom, 'axis'),
      line(area.left, area.bottom, area.left, area.top, 'axis'),
      label((area.left + area.right) / 2, area.bottom + 42, 'predicted probability', 'middle quiet'),
      label(24, 100, 'share that happened', 'quiet'),
      ...body,
    ],
  });
}

function fitted(text: string, size: number): string {
  const characters = Array.from(text);
  const most = Math.floor(mostWidth / (textWidth('x', size) * 0.9));
  return characters.length > most ? `${characters.slice(0, most - 1).join('')}…` : text;
}
