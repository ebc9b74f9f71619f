/**
 * Bayesian improved surname geocoding: probabilities of groups from a surname and a place, by tables that the operator brings. What comes
 * out is a weight for measuring and never a label: no function here says who somebody is, and without a match there is no answer.
 */
import { CohortiumError } from '../../../sdk/errors.ts';
import { sum } from '../../../sdk/numeric/index.ts';

/**
 * P(group | surname, place) ∝ P(group | surname) · P(place | group), taking surname and place as independent given the group.
 * @param bySurname P(group | surname), one per group, in [0, 1]
 * @param placeByGroup P(place | group), one per group, in [0, 1]
 * @returns probabilities that add up to 1; null where the two have no group in common
 * @throws {CohortiumError} NUMERIC_DOMAIN for tables of other groups, or what is no probability
 * @see Elliott et al. (2009), "Using the Census Bureau's surname list to improve estimates of race/ethnicity", eq. 1
 */
export function surnameGeography(bySurname: ArrayLike<number>, placeByGroup: ArrayLike<number>): Float64Array | null {
  if (bySurname.length !== placeByGroup.length || bySurname.length === 0)
    throw new CohortiumError(
      'NUMERIC_DOMAIN',
      `tables of the same groups were expected; found ${bySurname.length} and ${placeByGroup.length}`,
    );
  for (const table of [bySurname, placeByGroup]) {
    const wrong = Array.from(table).find((own) => !(own >= 0 && own <= 1));
    if (wrong !== undefined) throw new CohortiumError('NUMERIC_DOMAIN', `a probability must be in [0, 1]; found ${wrong}`);
  }
  const joint = Float64Array.from({ length: bySurname.length }, (_, at) => (bySurname[at] ?? 0) * (placeByGroup[at] ?? 0));
  const total = sum(joint);
  return total > 0 ? joint.map((own) => own / total) : null;
}

/** Surnames as the tables write them: upper case, letters only, so that `O'Neill` and `ONEILL` are one. '' for none. */
export function surnameKey(surname: string): string {
  return surname
    .normalize('NFD')
    .replace(/[^A-Za-z]/g, '')
    .toUpperCase();
}
