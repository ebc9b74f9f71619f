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
