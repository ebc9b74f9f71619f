import { describe, expect, it } from 'vitest';

import { statedPlace } from './stated-place.ts';

describe('the place that a caller states', () => {
  it.each([
    [{ residency: 'us-ca' }, { residency: 'US-CA', country: 'US' }],
    [{ residency: 'DE' }, { residency: 'EU', country: 'EU' }],
    [{ residency: 'US' }, { residency: '', country: 'US' }],
    [{ country: 'us' }, { country: 'US' }],
    [{ country: 'FR' }, { country: 'EU' }],
    [
      { residency: 'US-CA', country: 'us' },
      { residency: 'US-CA', country: 'US' },
    ],
    [{ residency: null }, { residency: '', country: '' }],
    [
      { residency: null, country: 'JP' },
      { residency: '', country: 'JP' },
    ],
    [{}, {}],
  ])('%j is %j', (facts, place) => {
    expect(statedPlace(facts)).toEqual(place);
  });

  it.each(['USA', 'U.S.', 'United States', 'XX', 'US CA', ''])(
    'is unknown as %j, and not a country that no regime speaks of',
    (country) => {
      expect(statedPlace({ country })).toEqual({ country: '' });
    },
  );

  it('cannot be in two countries', () => {
    expect(() => statedPlace({ residency: 'US-CA', country: 'JP' })).toThrow("country 'JP' is not where residency 'US-CA' is");
    expect(() => statedPlace({ residency: 'US', country: 'DE' })).toThrow(/state one of them/);
  });
});
