import { inflateSync } from 'node:zlib';

import { describe, expect, it } from 'vitest';

import { gridHeatmap } from '../../customer-data-graph/govern/windows/grid-heatmap.ts';
import { renderPng } from './render-png.ts';

/** Width, height and bytes per row of a PNG, and its unfiltered length: enough to tell a picture from a header. */
function readPng(bytes: Uint8Array): {
  readonly width: number;
  readonly height: number;
  readonly pixels: number;
  readonly distinct: number;
} {
  const buffer = Buffer.from(bytes);
  expect(buffer.subarray(0, 8).toString('hex')).toBe('89504e470d0a1a0a');
  const data: Buffer[] = [];
  for (let at = 8; at < buffer.length;) {
    const length = buffer.readUInt32BE(at);
    if (buffer.toString('latin1', at + 4, at + 8) === 'IDAT') data.push(buffer.subarray(at + 8, at + 8 + length));
    at += 12 + length;
  }
  const raw = inflateSync(Buffer.concat(data));
  return { width: buffer.readUInt32BE(16), height: buffer.readUInt32BE(20), pixels: raw.length, distinct: new Set(raw).size };
}

describe('pictures as PNG', () => {
  const svg = gridHeatmap({
    heading: 'Windows <of> the value model & more',
    notes: ['the first', 'the second'],
    history: [3, 12],
    pred: [6],
    valueOf: ({ historyMonths }) => historyMonths / 10,
    isLeastBest: true,
    chosen: { historyMonths: 3, predMonths: 6 },
  });

  it('have the size of the SVG times the scale, and the same bytes every time', async () => {
    const [, width = '', height = ''] = /width="(\d+)" height="(\d+)"/.exec(svg) ?? [];
    const png = await renderPng(svg, 2);
    expect(readPng(png)).toMatchObject({ width: 2 * Number(width), height: 2 * Number(height) });
    expect(Buffer.from(await renderPng(svg, 2)).equals(Buffer.from(png))).toBe(true);
  });

  it('have letters in them, though no font is installed', async () => {
    const frame = (text: string): string =>
      `<svg xmlns="http://www.w3.org/2000/svg" width="80" height="20"><text x="4" y="15" font-family="sans-serif" font-size="12">${text}</text></svg>`;
    const [one, other, none] = await Promise.all(['18 × 9', 'R² µ', ''].map(async (text) => readPng(await renderPng(frame(text), 1))));
    expect(none?.distinct).toBeLessThan(4);
    expect(one?.distinct).toBeGreaterThan(20);
    expect(other?.distinct).toBeGreaterThan(20);
  });

  it('are refused when the text is no SVG', async () => {
    await expect(renderPng('no picture')).rejects.toMatchObject({ code: 'ARGUMENT_INVALID' });
  });
});

describe('the heat-map of a grid', () => {
  const draw = (values: Readonly<Record<number, number>>, isLeastBest: boolean): string =>
    gridHeatmap({
      heading: 'h',
      notes: ['a', 'b'],
      history: Object.keys(values).map(Number),
      pred: [6],
      valueOf: ({ historyMonths }) => values[historyMonths] ?? 0,
      isLeastBest,
      chosen: { historyMonths: 3, predMonths: 6 },
    });
  const shades = (svg: string): string[] => [...svg.matchAll(/class="tile" opacity="([\d.]+)"/g)].map(([, opacity = '']) => opacity);

  it('is darkest at the best, whichever way that is', () => {
    expect(shades(draw({ 3: 0, 6: 1 }, true))).toEqual(['1.00', '0.08']);
    expect(shades(draw({ 3: 0, 6: 1 }, false))).toEqual(['0.08', '1.00']);
  });

  it('has one shade where all values are equal', () => {
    expect(new Set(shades(draw({ 3: 0.5, 6: 0.5, 9: 0.5 }, true))).size).toBe(1);
  });

  it('frames the chosen cell once and says so in words', () => {
    const svg = draw({ 3: 0, 6: 1 }, true);
    expect(svg.match(/stroke-dasharray:none/g)).toHaveLength(1);
    expect(svg).toContain('3 months of history, 6 of prediction');
  });
});
