/**
 * What is on record about a customer's age. A birth year leaves the birthday open, so within the year of a birthday that decides,
 * the younger band holds. Never guesses an age from behaviour.
 */

/** Of fact `ageBand`. */
export type AgeBand = 'under-13' | '13-15' | '16-17' | 'adult' | 'not-on-record';

/** Nobody is older; a birth year further back is a mistake of entry, and says nothing. */
const oldest = 130;

/**
 * @param attributes declared ones: `birthYear`, and `minor` where no year is declared
 * @param asOf ISO date
 */
export function ageBandOf(attributes: ReadonlyMap<string, string>, asOf: string): AgeBand {
  const birthYear = attributes.get('birthYear');
  const atYearsEnd = birthYear === undefined ? Number.NaN : Number(asOf.slice(0, 4)) - Number(birthYear);
  if (Number.isInteger(atYearsEnd) && atYearsEnd <= oldest) return bandOf(asOf.endsWith('-12-31') ? atYearsEnd : atYearsEnd - 1);
  const minor = attributes.get('minor');
  if (minor === 'true') return 'under-13'; // a minor of any age: every rule for children may apply
  return minor === 'false' ? 'adult' : 'not-on-record';
}

function bandOf(age: number): AgeBand {
  if (age < 13) return 'under-13';
  if (age < 16) return '13-15';
  return age < 18 ? '16-17' : 'adult';
}
