/** Refuses settings of a method that are out of their range. */
import { CohortiumError } from '../../../../sdk/errors.ts';

/** @throws {CohortiumError} NUMERIC_DOMAIN when the setting is no whole number, or below the least one */
export function requireWhole(name: string, value: number, least: number): void {
  if (!Number.isInteger(value) || value < least) throw domain(`${name} is ${value}; give a whole number of at least ${least}`);
}

export function domain(message: string): CohortiumError {
  return new CohortiumError('NUMERIC_DOMAIN', message);
}
