import { describe, expect, it } from 'vitest';

import { itIsAPicture } from '../../../../test/fixtures/svg-checks.ts';
import { impactForest, proxyBars, quantileCurves } from './index.ts';

const row = { label: 'sex: <women> & others', customers: 400, verdict: 'fail' };
const rows = [
  { ...row, ratio: 0.5, low: 0.3, high: 0.7 },
  { ...row, ratio: 0.98, low: 0.85, high: 1.1, verdict: 'pass' },
  { ...row, ratio: 1.2, low: 0.1, high: 14, verdict: 'counsel' },
  { ...row, ratio: 3, low: 2.4, high: null, verdict: 'counsel' },
  { ...row, ratio: null, low: null, high: null, label: 'a name that is much too long for the room that there is beside the picture' },
];
const forest = (own: typeof rows) => impactForest({ title: 'Impact', subtitle: 'offers as of 2026-01-31', rows: own, fourFifths: 0.8 });

describe('a forest of impact ratios', () => {
  itIsAPicture(forest(rows), '5 compared: 1 wholly below four fifths, 2 wholly above, 2 in between.');
  itIsAPicture(forest([]), 'no group to compare');

  it('stays inside of its frame, whatever the interval', () => {
    for (const [, x = ''] of forest(rows).matchAll(/\bx[12]?="(-?[\d.]+)"/g)) {
      expect(Number(x)).toBeGreaterThanOrEqual(0);
      expect(Number(x)).toBeLessThanOrEqual(760);
    }
  });
});

const point = (topPercent: number, ratio: number | null) => ({ topPercent, ratio, low: ratio, high: null });
const curves = ['a', 'b', 'c'].map((group) => ({ group, points: [point(5, null), point(10, 0.7), point(50, 0.9)] }));

describe('impact by cut', () => {
  itIsAPicture(quantileCurves({ title: 'By cut', subtitle: 'all', curves, fourFifths: 0.8 }), 'a 5 %: –, 10 %: 0.70, 50 %: 0.90');
  itIsAPicture(quantileCurves({ title: 'By cut', subtitle: 'all', curves: [], fourFifths: 0.8 }), 'no group to compare');

  it('has names of groups apart that end at one place', () => {
    const svg = quantileCurves({ title: 'By cut', subtitle: 'all', curves, fourFifths: 0.8 });
    const heights = [...svg.matchAll(/<text x="612" y="([\d.]+)"/g)].map(([, y = '']) => Number(y));
    expect(heights).toHaveLength(3);
    for (const [at, y] of heights.entries()) if (at > 0) expect(y - (heights[at - 1] ?? 0)).toBeGreaterThanOrEqual(16);
  });
});

const bar = { feature: 'postcode', auc: 0.78, adjustedP: 0.02, cramersV: 0.5, isFlagged: true };

describe('proxy bars', () => {
  const bars = [{ ...bar, feature: 'channel', auc: 0.47, isFlagged: false }, bar, { ...bar, feature: 'all', cramersV: null }];
  const svg = proxyBars({ title: 'Proxies', subtitle: 'all', bars, limit: 0.7 });
  itIsAPicture(svg, 'Over a limit: postcode, all.');
  itIsAPicture(proxyBars({ title: 'Proxies', subtitle: 'all', bars: [], limit: 0.7 }), 'too few customers to tell');

  it('has the best first, and nothing left of chance', () => {
    expect(svg.indexOf('>postcode<')).toBeLessThan(svg.indexOf('>channel<'));
    expect(svg).not.toMatch(/width="-/);
  });
});
