/** Checks of forecasts and variances, with the place of the first bad one. */
import { CohortiumError } from '../../../sdk/errors.ts';

/** @throws {CohortiumError} NUMERIC_DOMAIN unless all are finite */
export function checkValues(name: string, values: ArrayLike<number>, length: number = values.length): void {
  checkLength(name, values, length);
  for (let index = 0; index < values.length; index++) {
    if (!Number.isFinite(values[index])) {
      throw new CohortiumError('NUMERIC_DOMAIN', `a ${name} is a finite number; number ${index} is ${values[index]}`);
    }
  }
}

/** @throws {CohortiumError} NUMERIC_DOMAIN unless all are finite and ≥ 0 */
export function checkVariances(name: string, values: ArrayLike<number>, length: number): void {
  checkLength(name, values, length);
  for (let index = 0; index < values.length; index++) {
    const value = values[index] ?? Number.NaN;
    if (!(value >= 0 && Number.isFinite(value))) {
      throw new CohortiumError('NUMERIC_DOMAIN', `a ${name} is finite and not negative; number ${index} is ${value}`);
    }
  }
}

function checkLength(name: string, values: ArrayLike<number>, length: number): void {
  if (values.length === length) return;
  throw new CohortiumError('NUMERIC_DOMAIN', `there must be one ${name} for each of ${length}; found ${values.length}`);
}
