/** Names and sentences of cohorts, made of their traits. The same traits give the same words. */
import { compareText } from '../../sdk/index.ts';

export interface Trait {
  readonly feature: string;
  readonly here: number;
  readonly all: number;
  /** Standard deviations apart, or how many times the share of all. */
  readonly difference: number;
}

/** More of it, less of it. */
const phrases: Readonly<Record<string, readonly [string, string]>> = {
  recencyDays: ['long without a purchase', 'bought lately'],
  activeRecencyDays: ['long not seen', 'seen lately'],
  tenureDays: ['known for long', 'new'],
  meanGapDays: ['long gaps between purchases', 'short gaps between purchases'],
  orders: ['order often', 'order seldom'],
  purchaseDays: ['buy on many days', 'buy on few days'],
  spendMinor: ['spend much', 'spend little'],
  grossMinor: ['spend much before returns', 'spend little before returns'],
  returnsMinor: ['return much', 'return little'],
  events: ['do much', 'do little'],
  activeDays: ['here on many days', 'here on few days'],
  locations: ['many locations', 'few locations'],
  channels: ['many channels', 'few channels'],
  brands: ['many brands', 'few brands'],
  skus: ['many products', 'few products'],
};

/** Below this difference in standard deviations nothing is said. */
const leastDifference = 0.25;
const traitsInName = 2;
export const traitsKept = 8;

/** Names of two traits each; of more where that does not tell two apart, and at last with a number. */
export function nameByTraits(traits: readonly (readonly Trait[])[]): string[] {
  const told = traits.map((own) => own.filter(({ difference }) => Math.abs(difference) >= leastDifference).map(phraseOf));
  const names = told.map((own) => own.slice(0, traitsInName).join(', ') || 'like the average');
  for (const [cohort, own] of told.entries()) {
    for (let count = traitsInName + 1; count <= own.length && isTaken(names, cohort); count++)
      names[cohort] = own.slice(0, count).join(', ');
  }
  return numbered(names);
}

/** Adds numbers to names that occur again. */
export function numbered(names: readonly string[]): string[] {
  const times = new Map<string, number>();
  return names.map((name) => {
    const count = (times.get(name) ?? 0) + 1;
    times.set(name, count);
    return count === 1 ? name : `${name} (${count})`;
  });
}

/** One sentence per trait, the first three. */
export function sayTraits(traits: readonly Trait[]): string[] {
  return traits
    .filter(({ difference }) => Math.abs(difference) >= leastDifference)
    .slice(0, 3)
    .map(
      ({ feature, here, all, difference }) =>
        `Typical ${feature} is ${shown(here)}, of all ${shown(all)}: ${shown(Math.abs(difference))} standard deviations ${difference > 0 ? 'above' : 'below'}.`,
    );
}

/** `1234.5` as `1234.5`, `0.01234` as `0.0123`: what a sentence needs of a number. */
export function shown(value: number): string {
  if (Number.isInteger(value)) return String(value);
  const size = Math.abs(value);
  return String(Number(value.toFixed(size >= 100 ? 0 : size >= 1 ? 2 : 4)));
}

/** Strongest first, ties by name; only so many. */
export function strongestTraits(traits: readonly Trait[]): Trait[] {
  return traits
    .toSorted((one, other) => Math.abs(other.difference) - Math.abs(one.difference) || compareText(one.feature, other.feature))
    .slice(0, traitsKept);
}

function phraseOf({ feature, difference }: Trait): string {
  const [more, less] = phrases[feature] ?? [`much ${feature}`, `little ${feature}`];
  return difference > 0 ? more : less;
}

function isTaken(names: readonly string[], cohort: number): boolean {
  return names.some((name, other) => other !== cohort && name === names[cohort]);
}
