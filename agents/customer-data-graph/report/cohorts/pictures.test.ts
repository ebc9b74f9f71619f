import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { itIsAPicture } from '../../../../test/fixtures/svg-checks.ts';
import { cohortSizes, drawPicture, traitBars, type TransitionData, transitionMatrix, transitionSankey } from './index.ts';
import { largeSource, sampleLargeTransitions, samplePictures, sampleSource, sampleTransitions } from './sample-pictures.ts';
import { foldTransitions } from './transition-cohorts.ts';

describe.each(Object.entries(samplePictures))('the picture of %s', (_, data) => {
  itIsAPicture(drawPicture(sampleSource, data), sampleSource.title);
});

describe('cohort sizes', () => {
  itIsAPicture(cohortSizes(sampleSource, 412), '5 cohorts');
  itIsAPicture(cohortSizes({ ...sampleSource, cohorts: [] }, 0), '0 customers');

  it('put what does not fit together', () => {
    expect(cohortSizes(largeSource, 0)).toContain('and 20 more cohorts with');
  });
});

describe('what a reader must not be told wrong', () => {
  const point = (day: number, share: number) => ({ day, share, low: share, high: share });

  it('a curve begins at 100 %, and holds it to the horizon where nothing happened before', () => {
    const svg = drawPicture(sampleSource, {
      kind: 'curves',
      data: { event: 'lapsed', horizonDays: 90, curves: [{ cohort: 0, points: [point(120, 0.6), point(150, 0.5)] }] },
    });
    const [, from, top, to, end] = /d="M([\d.]+) ([\d.]+)H([\d.]+)V([\d.]+)" class="l0 curve"/.exec(svg) ?? [];
    expect(Number(to)).toBeGreaterThan(Number(from));
    expect(end).toBe(top);
  });

  it('communities are counted, not only those that are drawn', () => {
    const cohorts = Array.from({ length: 140 }, (_, at) => ({ key: `c${at + 1}`, name: 'like the average', size: 200 - at }));
    const communities = cohorts.slice(0, 24).map(({ size }, cohort) => ({ cohort, customers: size, inside: 0.9 }));
    const svg = drawPicture({ ...sampleSource, cohorts }, { kind: 'communities', data: { communities, links: [] } });
    expect(svg).toContain('140 communities, the largest 12 drawn');
  });

  it('cohorts of one name are told apart by their keys', () => {
    const cohorts = ['c1', 'c2'].map((key) => ({ key, name: 'like the average', size: 1234 }));
    const svg = cohortSizes({ ...sampleSource, cohorts }, 0);
    expect(svg).toContain('c1 like the average');
    expect(svg).toContain('c2 like the average');
    expect(svg).toContain('1 234 · 50.0 %');
  });

  it('a step that takes minutes does not take 0 days', () => {
    const step = { customers: 10, ofBefore: 0.5, low: 0.2, high: 0.8 };
    const steps = [0.0001, 0.01, 0.2, 5.6].map((medianDays, at) => ({ ...step, name: `step ${at}`, medianDays }));
    const svg = drawPicture(sampleSource, { kind: 'funnel', data: { steps } });
    for (const text of ['within a minute', 'within 14 minutes', 'within 4.8 hours', 'within 5.6 days']) expect(svg).toContain(text);
  });

  it('customers in no cohort are not drawn like those of a small one', () => {
    const axis = { share: 0.5, loadings: [] };
    const points = [-1, 9].map((cohort) => ({ x: cohort, y: cohort, cohort }));
    const cohorts = Array.from({ length: 10 }, (_, at) => ({ name: `n${at}`, size: 1 }));
    const svg = drawPicture({ ...sampleSource, cohorts }, { kind: 'scatter', data: { axes: [axis, axis], points, choice: null } });
    expect(svg).toContain('a cross is in no cohort');
    expect(svg).toMatch(/l6 6m0 -6l-6 6" class="other-line"/);
  });

  it('lifts are times as frequent, never more than or less than', () => {
    const panels = [{ cohort: 0, traits: [{ name: 'browse → browse', difference: 0.6 }] }];
    expect(traitBars(sampleSource, panels, 'lift')).toContain('× 0.6');
    expect(traitBars(sampleSource, panels, 'delta')).toContain('+0.60');
  });
});

describe('traits', () => {
  itIsAPicture(traitBars(sampleSource, [], 'lift'), sampleSource.title);
});

describe('transitions', () => {
  itIsAPicture(transitionMatrix(sampleTransitions), '2026-03-31');
  itIsAPicture(transitionSankey(sampleTransitions), '2026-03-31');
  itIsAPicture(transitionMatrix(sampleLargeTransitions), 'From cohort to cohort');
  itIsAPicture(transitionSankey(sampleLargeTransitions), 'Streams between cohorts');
  itIsAPicture(transitionMatrix({ ...sampleTransitions, cohorts: [], counts: [] }), '0 customers');
  itIsAPicture(transitionSankey({ ...sampleTransitions, cohorts: [], counts: [] }), '0 customers');

  it('keep every customer when cohorts are put together', () => {
    const square = fc
      .integer({ min: 1, max: 30 })
      .chain((size) =>
        fc.array(fc.array(fc.integer({ min: 0, max: 50 }), { minLength: size, maxLength: size }), { minLength: size, maxLength: size }),
      );
    const sum = (counts: readonly (readonly number[])[]): number => counts.flat().reduce((total, count) => total + count, 0);
    fc.assert(
      fc.property(square, fc.integer({ min: 1, max: 12 }), (counts, most) => {
        const cohorts = counts.map((_, at) =>
          at === counts.length - 1 ? { cohort: '', name: 'no cohort' } : { cohort: `k${at}`, name: `k${at}` },
        );
        const data: TransitionData = { ...sampleTransitions, cohorts, counts };
        expect(sum(foldTransitions(data, most).counts)).toBe(sum(counts));
      }),
    );
  });

  it('show names as they are, also those that look like markup', () => {
    const hostile = { ...sampleTransitions, cohorts: sampleTransitions.cohorts.map((one) => ({ ...one, name: `<b>${one.name}&` })) };
    expect(transitionSankey(hostile)).not.toContain('<b>');
  });
});
