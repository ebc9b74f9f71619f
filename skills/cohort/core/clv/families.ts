/** Every timing family by its id: what configuration, stored models and the command line name them by. */
import { CohortiumError } from '../../../sdk/errors.ts';
import { bgBb } from './bg-bb/index.ts';
import { bgNbd, mbgNbd } from './bg-nbd/index.ts';
import { cnbdFamily } from './cnbd/index.ts';
import type { TimingFamily } from './family.ts';
import { nbd } from './nbd/index.ts';
import { paretoNbd } from './pareto-nbd/index.ts';

/** Parameters by name, as a stored model has them. */
export type NamedParameters = Readonly<Record<string, number>>;

/** A family that takes its parameters by name, whichever they are. */
export type AnyTimingFamily = TimingFamily<NamedParameters>;

/** Likelihoods of these are densities of the same purchase times, so they compare. */
const continuous = [
  nbd,
  bgNbd,
  mbgNbd,
  paretoNbd,
  ...[false, true].flatMap((isModified) => [2, 3, 4, 5, 6, 7, 8].map((k) => cnbdFamily(k, isModified))),
];

const families = [...continuous, bgBb];

/** Ids of the families whose customers buy at any time, simplest first. */
export const continuousFamilyIds: readonly string[] = continuous.map(({ id }) => id);

/** Ids of all families. */
export const timingFamilyIds: readonly string[] = families.map(({ id }) => id);

const byId = new Map<string, AnyTimingFamily>(
  // A family reads its own parameters by name and no others; the model that carries them names the family.
  families.map((family) => [family.id, family as unknown as AnyTimingFamily]),
);

/**
 * The family of a stored model, or one named in configuration.
 * @throws {CohortiumError} NUMERIC_DOMAIN when there is none of that id, with those there are
 */
export function timingFamily(id: string): AnyTimingFamily {
  const family = byId.get(id);
  if (family) return family;
  throw new CohortiumError('NUMERIC_DOMAIN', `there is no timing model '${id}'; there are: ${timingFamilyIds.join(', ')}`);
}
