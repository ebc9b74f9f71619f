/** Text that somebody sends or types: one of a few words, or words of their own, which are cut. */
import { CohortiumError } from '../../../skills/sdk/index.ts';

/** Characters of anything that a person wrote. */
export const mostText = 2000;

/** Callers outside of this program send text. */
export function requireOneOf(text: string, values: readonly string[], what: string): void {
  if (!values.includes(text))
    throw new CohortiumError('ARGUMENT_INVALID', `'${text.slice(0, 40)}' is no ${what}; there are: ${values.join(', ')}`);
}

/** @throws {CohortiumError} ARGUMENT_INVALID for an empty one */
export function textOf(text: string, what: string): string {
  const trimmed = text.trim().slice(0, mostText);
  if (trimmed === '') throw new CohortiumError('ARGUMENT_INVALID', `${what} was expected; found nothing`);
  return trimmed;
}
