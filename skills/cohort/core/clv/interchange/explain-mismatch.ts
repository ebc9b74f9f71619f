/** Finds which usual mix-up would make the figures agree: another time unit, a rate for a scale, two parameters swapped. */
import { exp } from '../../../../sdk/numeric/index.ts';
import { type NamedParameters, timingFamily, timingFamilyIds } from '../families.ts';
import type { Figure } from './evidence.ts';

interface Suspicion {
  readonly family: string;
  readonly params: NamedParameters;
  readonly says: string;
}

const day = 1;
const units: readonly (readonly [name: string, days: number])[] = [
  ['hours', day / 24],
  ['days', day],
  ['weeks', 7],
  ['months', 365.25 / 12],
  ['months of 30 days', 30],
  ['years', 365.25],
];

/**
 * The first mix-up under which all figures agree, in a sentence; undefined when none does.
 * @param timeScale what lifetimes divides time by, where it is known
 */
export function explainMismatch(
  family: string,
  params: NamedParameters,
  figures: readonly Figure[],
  timeScale: number | undefined,
): string | undefined {
  for (const suspicion of suspicions(family, params, timeScale)) {
    if (figures.every((figure) => agrees(figure, suspicion))) return suspicion.says;
  }
  return undefined;
}

function agrees({ claimed, allowed, compute }: Figure, { family, params }: Suspicion): boolean {
  try {
    return Math.abs(compute(family, params) - claimed) <= allowed;
  } catch {
    return false; // parameters so wrong that the family refuses them
  }
}

function* suspicions(family: string, params: NamedParameters, timeScale: number | undefined): Generator<Suspicion> {
  const names = Object.keys(params);
  if (family !== 'gamma-gamma') {
    const isTime = new Set<string>(
      timingFamily(family)
        .parameters.filter(({ unit }) => unit === 'time')
        .map(({ name }) => name),
    );
    const times = names.filter((name) => isTime.has(name)).join(' and ');
    const mapTimes = (change: (value: number) => number): NamedParameters =>
      Object.fromEntries(names.map((name) => [name, isTime.has(name) ? change(params[name] ?? 0) : (params[name] ?? 0)]));
    for (const [of, days] of units) {
      for (const [histories, others] of units) {
        if (days === others) continue;
        const says = `they agree when ${times} is multiplied by ${round(days / others)}: the parameters are in ${of} and the histories in ${histories}, or the like`;
        yield { family, params: mapTimes((value) => (value * days) / others), says };
      }
    }
    if (timeScale !== undefined) {
      const says = `they agree when ${times} is multiplied by ${round(timeScale)}: the parameters are on the rescaled time of lifetimes; use params_, not the solution of the optimiser`;
      yield { family, params: mapTimes((value) => value * timeScale), says };
    }
    yield {
      family,
      params: mapTimes((value) => 1 / value),
      says: `they agree when ${times} is inverted: it is a scale, and a rate is meant here`,
    };
    for (const other of timingFamilyIds) {
      const isAlike =
        timingFamily(other)
          .parameters.map(({ name }) => name)
          .join() ===
        timingFamily(family)
          .parameters.map(({ name }) => name)
          .join();
      if (other !== family && isAlike)
        yield { family: other, params, says: `they agree under ${timingFamily(other).title}: pass { family: '${other}' }` };
    }
  }
  for (const [index, one] of names.entries()) {
    for (const other of names.slice(index + 1)) {
      const swapped = { ...params, [one]: params[other] ?? 0, [other]: params[one] ?? 0 };
      yield { family, params: swapped, says: `they agree when ${one} and ${other} are swapped` };
    }
  }
  const natural = Object.fromEntries(names.map((name) => [name, exp(Math.min(params[name] ?? 0, 700))]));
  yield { family, params: natural, says: 'they agree when the parameters are taken for logarithms' };
}

function round(value: number): number {
  return Number(value.toPrecision(6));
}
