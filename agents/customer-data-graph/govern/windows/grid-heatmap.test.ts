import { describe, expect, it } from 'vitest';

import { gridHeatmap } from './grid-heatmap.ts';

/** Relative luminance. @see WCAG 2.2 */
function luminance(channels: readonly number[]): number {
  const [red = 0, green = 0, blue = 0] = channels.map((own) => {
    const share = own / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

const channelsOf = (hex: string): readonly number[] => [0, 2, 4].map((at) => Number.parseInt(hex.slice(at, at + 2), 16));

function draw(values: readonly number[]): string {
  return gridHeatmap({
    heading: 'Score',
    notes: ['mean <of> three', 'out of fold'],
    history: values.map((_, at) => at + 1),
    pred: [6],
    valueOf: ({ historyMonths }) => values[historyMonths - 1] ?? 0,
    isLeastBest: true,
    chosen: { historyMonths: 1, predMonths: 6 },
  });
}

describe('the heat-map of a grid', () => {
  it('has numbers that can be read on tiles of any shade', () => {
    const svg = draw(Array.from({ length: 41 }, (_, at) => at / 40));
    const colour = (name: string): readonly number[] => channelsOf(new RegExp(String.raw`\.${name}\{fill:#(\w{6})`).exec(svg)?.[1] ?? '');
    const tiles = [...svg.matchAll(/class="tile" opacity="([\d.]+)"\/>.*?<text[^>]*class="middle (on-tile|in-tile)"/g)];
    expect(tiles).toHaveLength(41);
    for (const [, opacity, text = ''] of tiles) {
      const ground = colour('tile').map((own) => 255 + Number(opacity) * (own - 255));
      const [light = 0, dark = 0] = [luminance(ground), luminance(colour(text))].sort((a, b) => b - a);
      expect((light + 0.05) / (dark + 0.05)).toBeGreaterThan(3.9);
    }
  });

  it('frames the pair that was chosen, once, and takes no text for markup', () => {
    const svg = draw([0, 0.5, 1]);
    expect(svg.match(/class="expected"/g)).toHaveLength(1);
    expect(svg).toContain('mean &lt;of&gt; three');
  });

  it('of equal values has one shade', () => {
    expect(new Set([...draw([0.3, 0.3]).matchAll(/class="tile" opacity="([\d.]+)"/g)].map(([, opacity]) => opacity))).toEqual(
      new Set(['0.54']),
    );
  });
});
