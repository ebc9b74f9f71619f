/** Names and sentences of cohorts, made of their traits. The same traits give the same words. */
import { compareText } from '../../sdk/index.ts';

export interface Trait {
  readonly feature: string;
  /** Median here and of all who took part, in the units of the column; of names and words their share. */
  readonly here: number;
  readonly all: number;
  /** Of numbers Cliff's delta, −1 … 1; of names the difference of the shares; of words and steps how many times the share of all. */
  readonly difference: number;
}

/** What amounts are in: an operator has one currency. */
export interface MoneyUnit {
  /** ISO 4217. */
  readonly currency: string;
  /** Digits of the minor unit: 2 for cents. */
  readonly minorDigits: number;
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

/** As a sentence calls the column; one of a type of signal is called by the type. */
const labels: Readonly<Record<string, string>> = {
  recencyDays: 'days since the last purchase',
  activeRecencyDays: 'days since the last signal',
  tenureDays: 'days since the first signal',
  meanGapDays: 'days between purchases',
  orders: 'orders',
  purchaseDays: 'days with a purchase',
  spendMinor: 'spend',
  grossMinor: 'spend before returns',
  returnsMinor: 'returns',
  events: 'signals',
  activeDays: 'days with a signal',
  locations: 'locations bought at',
  channels: 'channels bought by',
  brands: 'brands bought',
  skus: 'products bought',
  firstSpend: 'spend on the first day',
  firstProducts: 'products on the first day',
  signalsBefore: 'signals in the four weeks before',
  knownDays: 'days known before',
};
const amounts: ReadonlySet<string> = new Set(['spendMinor', 'grossMinor', 'returnsMinor', 'firstSpend']);

/** Below, a delta is negligible (Romano, Kromrey, Coraggio & Skowronek 2006), and nothing is said. */
const leastDifference = 0.147;
const traitsInName = 2;
export const traitsKept = 8;

/** Names of two traits each; of more where that does not tell two apart, and at last with a number. */
export function nameByTraits(traits: readonly (readonly Trait[])[]): string[] {
  return distinctNames(
    traits.map((own) => own.filter(({ difference }) => Math.abs(difference) >= leastDifference).map(phraseOf)),
    traitsInName,
    'like the average',
  );
}

/**
 * Names of so many phrases each; of as many more as are needed to tell two apart, and at last with a number.
 * @param phrases of each cohort, the most telling first
 * @param without the name of a cohort of which there is nothing to say
 */
export function distinctNames(phrases: readonly (readonly string[])[], least: number, without: string): string[] {
  const names = phrases.map((own) => own.slice(0, least).join(', ') || without);
  const times = new Map<string, number>();
  const count = (name: string, by: number): void => void times.set(name, (times.get(name) ?? 0) + by);
  for (const name of names) count(name, 1);
  for (const [cohort, own] of phrases.entries()) {
    for (let taken = least + 1; taken <= own.length && (times.get(names[cohort] ?? '') ?? 0) > 1; taken++) {
      count(names[cohort] ?? '', -1);
      names[cohort] = own.slice(0, taken).join(', ');
      count(names[cohort], 1);
    }
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

/** One sentence per trait, the first three: medians, and before or behind how many of all customers one of the cohort is. */
export function sayTraits(traits: readonly Trait[], money: MoneyUnit): string[] {
  return traits
    .filter(({ difference }) => Math.abs(difference) >= leastDifference)
    .slice(0, 3)
    .map(({ feature, here, all, difference }) => {
      const value = (of: number): string => (amounts.has(feature) ? sayMoney(of, money) : shown(of));
      const label = labels[feature] ?? feature;
      const ahead = shown(50 * (1 + Math.abs(difference)), 0);
      return `${label.charAt(0).toUpperCase()}${label.slice(1)}: median ${value(here)}, of all ${value(all)}; ${difference > 0 ? 'above' : 'below'} ${ahead} % of customers.`;
    });
}

/** `12 345.60 EUR`, as everywhere. */
export function sayMoney(minor: number, { currency, minorDigits }: MoneyUnit): string {
  return `${grouped((minor / Number(`1e${minorDigits}`)).toFixed(minorDigits))} ${currency}`;
}

/** `1234.5` as `1 234.5`, `0.01234` as `0.01`: what a sentence needs of a number. */
export function shown(value: number, digits = Math.abs(value) >= 100 ? 0 : 2): string {
  return grouped(String(Number(value.toFixed(digits))));
}

/** `2 905 customers`, `1 customer`. */
export function sayCount(count: number, one: string, many = `${one}s`): string {
  return `${shown(count)} ${count === 1 ? one : many}`;
}

function grouped(digits: string): string {
  return digits.replace(/\B(?<!\.\d*)(?=(\d{3})+(?!\d))/g, ' ');
}

/** Strongest first, ties by name; only so many. */
export function strongestTraits(traits: readonly Trait[]): Trait[] {
  return traits
    .toSorted((one, other) => Math.abs(other.difference) - Math.abs(one.difference) || compareText(one.feature, other.feature))
    .slice(0, traitsKept);
}

function phraseOf({ feature, here, difference }: Trait): string {
  const [column, value] = feature.split(': ');
  if (column !== undefined && value !== undefined) return `${inWords(column)} ${difference < 0 ? 'seldom' : oftenness(here)} ${value}`;
  const [more, less] = phrases[feature] ?? [`much ${feature}`, `little ${feature}`];
  return difference > 0 ? more : less;
}

/** `loyaltyTier` as `loyalty tier`. */
function inWords(column: string): string {
  return column.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

function oftenness(share: number): string {
  if (share >= 0.9) return 'almost always';
  return share >= 0.5 ? 'mostly' : 'often';
}
