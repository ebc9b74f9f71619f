/**
 * Where a customer lives, as a caller states it, in the words of the law: `usa` or `us` is not a country that no regime speaks of. What
 * cannot be read is unknown. Refuses two facts that contradict each other, because either could leave out the law of the other.
 */
import { residenceOf } from '../../../skills/gate/core/jurisdiction.ts';
import type { FactValue } from '../../../skills/gate/core/policy/condition.ts';
import { CohortiumError } from '../../../skills/sdk/index.ts';

/** A name that is absent is not stated; null and empty text are unknown. */
type Place = Readonly<Partial<Record<'residency' | 'country', FactValue>>>;

/**
 * @returns the facts that are stated, and the country of a residence
 * @throws {CohortiumError} ARGUMENT_INVALID where the residence is in another country
 */
export function statedPlace({ residency, country }: Readonly<Record<string, FactValue>>): Place {
  const lives = residenceOf(textOf(residency));
  const stated = residenceOf(textOf(country)).country;
  if (lives.country !== '' && stated !== '' && lives.country !== stated) {
    const message = `facts: country '${String(country)}' is not where residency '${String(residency)}' is; state one of them, or both alike`;
    throw new CohortiumError('ARGUMENT_INVALID', message);
  }
  return {
    ...(residency === undefined ? {} : { residency: lives.residency }),
    ...(residency === undefined && country === undefined ? {} : { country: lives.country || stated }),
  };
}

function textOf(value: FactValue | undefined): string {
  return typeof value === 'string' ? value : '';
}
