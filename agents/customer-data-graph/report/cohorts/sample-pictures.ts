/** Small made-up data of every kind, for the tests of the pictures. */
import type { CohortPicture } from '../../../../skills/cohort/definitions/pictures.ts';
import type { PictureSource } from './cohort-frame.ts';
import type { TransitionData } from './transition-cohorts.ts';

const names = [
  'buy often, spend much',
  'buy seldom, spend much at once',
  'new: one purchase, recently',
  'lapsing: long since the last purchase and few visits',
  'browse, never buy',
];

export const sampleSource: PictureSource = {
  title: 'Buying rhythm',
  method: 'k-means',
  window: '90d',
  asOf: '2026-03-31',
  cohorts: names.map((name, at) => ({ name, size: [4210, 2890, 1730, 960, 12_400][at] ?? 0 })),
};

export const largeSource: PictureSource = {
  ...sampleSource,
  cohorts: Array.from({ length: 40 }, (_, at) => ({
    name: `cohort number ${at + 1} with a name that goes on for long`,
    size: 4000 - at * 90,
  })),
};

const counts = [
  [3300, 410, 0, 310, 40, 150],
  [520, 1900, 0, 260, 60, 90],
  [240, 330, 0, 520, 210, 60],
  [80, 40, 0, 610, 30, 190],
  [20, 30, 0, 0, 9800, 700],
  [50, 180, 1730, 0, 2260, 0],
];

export const sampleTransitions: TransitionData = {
  title: 'Buying rhythm',
  window: '90d',
  from: '2026-02-28',
  to: '2026-03-31',
  cohorts: [...names.map((name, at) => ({ cohort: `k${at + 1}`, name })), { cohort: '', name: 'no cohort' }],
  counts,
};

export const sampleLargeTransitions: TransitionData = {
  ...sampleTransitions,
  cohorts: [...largeSource.cohorts.map(({ name }, at) => ({ cohort: `k${at}`, name })), { cohort: '', name: 'no cohort' }],
  counts: Array.from({ length: 41 }, (_, row) =>
    Array.from({ length: 41 }, (__, column) => (row === column ? 900 - 20 * row : (row * 7 + column * 11) % 9 === 0 ? 12 : 0)),
  ),
};

/** Numbers that look scattered and are the same every time. */
const scattered = (at: number): number => ((at * 7919 + 104_729) % 10_007) / 10_007 - 0.5;

export const samplePictures: Readonly<Record<string, CohortPicture>> = {
  scatter: {
    kind: 'scatter',
    data: {
      axes: [
        {
          share: 0.46,
          loadings: [
            { feature: 'orders', weight: 0.61 },
            { feature: 'spendMinor', weight: 0.55 },
            { feature: 'recencyDays', weight: -0.41 },
          ],
        },
        {
          share: 0.21,
          loadings: [
            { feature: 'activeDays', weight: 0.72 },
            { feature: 'returnsMinor', weight: -0.33 },
          ],
        },
      ],
      points: Array.from({ length: 2200 }, (_, at) => ({
        x: (at % 5) * 1.4 + scattered(at) * 2.4,
        y: ((at * 2) % 5) + scattered(at * 31) * 2,
        cohort: at % 5,
      })),
      choice: {
        by: 'silhouette',
        chosen: 5,
        tried: [2, 3, 4, 5, 6, 7, 8].map((cohorts, at) => ({
          cohorts,
          score: [0.31, 0.36, 0.4, 0.47, 0.44, 0.41, 0.39][at] ?? 0,
          error: 0.01,
        })),
      },
    },
  },
  grid: {
    kind: 'grid',
    data: {
      across: 'recency',
      down: 'frequency',
      classes: 5,
      cells: Array.from({ length: 25 }, (_, at) => ({
        across: (at % 5) + 1,
        down: Math.floor(at / 5) + 1,
        customers: 40 + ((at * 37) % 11) * 120,
        cohort: Math.min(4, Math.floor(((at % 5) + Math.floor(at / 5)) / 2)),
        meanSpendMinor: 1000 + at * 100,
      })),
    },
  },
  dendrogram: {
    kind: 'dendrogram',
    data: {
      cut: 22,
      nodes: [
        ...Array.from({ length: 10 }, (_, at) => ({ height: 0, customers: 90 + at * 410, joins: [], cohort: Math.floor(at / 2) })),
        ...Array.from({ length: 5 }, (_, at) => ({ height: 8 + at * 2, customers: 500, joins: [2 * at, 2 * at + 1], cohort: at })),
        { height: 26, customers: 1000, joins: [10, 11], cohort: -1 },
        { height: 31, customers: 1000, joins: [12, 13], cohort: -1 },
        { height: 44, customers: 1500, joins: [16, 14], cohort: -1 },
        { height: 61, customers: 2500, joins: [15, 17], cohort: -1 },
      ],
    },
  },
  curves: {
    kind: 'curves',
    data: {
      event: 'the next purchase',
      horizonDays: 90,
      curves: [0, 1, 2, 3, 4].map((cohort) => ({
        cohort,
        points: Array.from({ length: 91 }, (_, day) => {
          const share = 1 - (day / (day + 20 + cohort * 25)) * 0.9;
          return { day, share, low: Math.max(0, share - 0.03), high: Math.min(1, share + 0.03) };
        }),
      })),
    },
  },
  funnel: {
    kind: 'funnel',
    data: {
      steps: [
        { name: 'page-view', customers: 18_420, ofBefore: null, low: null, high: null, medianDays: null },
        { name: 'product-view', customers: 11_205, ofBefore: 0.608, low: 0.601, high: 0.615, medianDays: 0.4 },
        { name: 'cart-add', customers: 3960, ofBefore: 0.353, low: 0.345, high: 0.362, medianDays: 1.2 },
        { name: 'purchase', customers: 1711, ofBefore: 0.432, low: 0.417, high: 0.448, medianDays: 13 },
      ],
    },
  },
  flow: {
    kind: 'flow',
    data: {
      cohorts: [0, 1, 2].map((cohort) => ({
        cohort,
        steps: [
          { from: 'page-view', to: 'product-view', count: 5210, probability: 0.61 - cohort * 0.1 },
          { from: 'product-view', to: 'cart-add', count: 2010, probability: 0.32 },
          { from: 'cart-add', to: 'purchase', count: 1290, probability: 0.64 },
          { from: 'purchase', to: 'support-contact', count: 210, probability: 0.07 },
          { from: 'purchase', to: 'page-view', count: 880, probability: 0.41 },
          { from: 'subscription-start', to: 'subscription-cancel', count: 61, probability: 0.04 },
        ],
        paths: [
          { events: ['page-view', 'product-view', 'product-view', 'cart-add', 'purchase', 'page-view', 'return'], probability: 0.02 },
        ],
      })),
    },
  },
  words: {
    kind: 'words',
    data: {
      cohorts: [0, 1, 2, 3].map((cohort) => ({
        cohort,
        words: ['sku:espresso-beans-1kg', 'sku:filter', 'sku:oat-milk', 'product-view', 'sku:grinder', 'sku:cup', 'sku:tray'].map(
          (word, at) => ({
            word,
            share: 0.21 / (at + 1 + cohort / 3),
            lift: 12.4 / (at + 1),
          }),
        ),
      })),
    },
  },
  communities: {
    kind: 'communities',
    data: {
      communities: [0, 1, 2, 3, 4].map((cohort) => ({
        cohort,
        customers: sampleSource.cohorts[cohort]?.size ?? 0,
        inside: 0.9 - cohort * 0.11,
      })),
      links: [0, 1, 2, 3].flatMap((from) =>
        [1, 2, 3, 4].filter((to) => to > from).map((to) => ({ from, to, weight: 10 * (to + 1) - from * 7 })),
      ),
    },
  },
  reliability: {
    kind: 'reliability',
    data: {
      action: 'purchase',
      horizonDays: 28,
      classes: Array.from({ length: 10 }, (_, at) => ({
        foretold: 0.03 + at * 0.07,
        came: 0.02 + at * 0.072 + scattered(at) * 0.04,
        customers: 2000 - at * 180,
      })),
      effects: ['orders', 'recencyDays', 'activeDays', 'spendMinor', 'returnsMinor', 'purchase-view', 'tenureDays'].map((feature, at) => ({
        feature,
        effect: (at % 2 === 0 ? 1 : -1) * (1.8 / (at + 1)),
      })),
    },
  },
  profiles: {
    kind: 'profiles',
    data: {
      cohorts: [0, 1, 2, 3, 4].map((cohort) => ({
        cohort,
        traits: ['orders', 'channel: web', 'recencyDays', 'spendMinor', 'subscription: active', 'brands'].map((name, at) => ({
          name,
          difference: ((cohort + at) % 2 === 0 ? 1 : -1) * (2.4 / (at + 1)),
        })),
      })),
    },
  },
};
