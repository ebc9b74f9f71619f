/**
 * Which arm of an experiment a customer is in, from a salt and the customer's id alone: the same on every machine and every day,
 * whoever else takes part and in whatever order they come. Another salt shuffles anew. Not for secrets.
 */
import { CohortiumError } from '../../../sdk/errors.ts';
import { makeRng, sumOf } from '../../../sdk/numeric/index.ts';

export interface ExperimentArm {
  readonly id: string;
  /** Share of the customers, > 0; those of all arms add up to 1. */
  readonly share: number;
}

/** Shares are written by people: 0.333, 0.333, 0.334. */
const shareTolerance = 1e-9;

/**
 * The arm of a customer.
 * @param salt of the experiment; not empty
 * @param customerId not empty
 * @throws {CohortiumError} NUMERIC_DOMAIN for fewer than two arms, an arm that is there twice, shares that do not add up to 1, or empty text
 */
export function assignArm(salt: string, customerId: string, arms: readonly ExperimentArm[]): string {
  checkArms(arms);
  const point = assignmentPoint(salt, customerId);
  let upTo = 0;
  for (const { id, share } of arms) {
    upTo += share;
    if (point < upTo) return id;
  }
  return arms.at(-1)?.id ?? ''; // shares that round to a little under 1
}

/** Where in [0, 1) a customer lies: uniform over customers, and independent between salts. */
export function assignmentPoint(salt: string, customerId: string): number {
  if (salt === '' || customerId === '')
    throw new CohortiumError('NUMERIC_DOMAIN', `assignment needs a salt and a customer id; found '${salt}' and '${customerId}'`);
  return makeRng(`${salt.length}:${salt}/${customerId}`).uniform();
}

/** @throws {CohortiumError} NUMERIC_DOMAIN, as {@link assignArm} */
export function checkArms(arms: readonly ExperimentArm[]): void {
  if (arms.length < 2) throw new CohortiumError('NUMERIC_DOMAIN', `an experiment has two arms or more; found ${arms.length}`);
  const twice = arms.find(({ id }, at) => id === '' || arms.findIndex((other) => other.id === id) < at);
  if (twice) throw new CohortiumError('NUMERIC_DOMAIN', `each arm needs an id of its own; found '${twice.id}' again, or empty`);
  const wrong = arms.find(({ share }) => !(share > 0 && share < 1));
  if (wrong) throw new CohortiumError('NUMERIC_DOMAIN', `the share of '${wrong.id}' must be between 0 and 1; found ${wrong.share}`);
  const total = sumOf(arms.length, (at) => arms[at]?.share ?? 0);
  if (!(Math.abs(total - 1) <= shareTolerance))
    throw new CohortiumError('NUMERIC_DOMAIN', `the shares of all arms must add up to 1; they add up to ${total}`);
}
