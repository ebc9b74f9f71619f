/** Words for what sets a persona apart. The same figures give the same words; no two personas of a model have one name. */
import type { FeatureProfile } from '../quality/profile.ts';
import type { Trait } from './model.ts';

/** Share of one value among members and among all customers. */
export interface ValueShare {
  readonly value: string;
  readonly share: number;
  readonly whole: number;
}

/** Below this standardised difference nothing is said. */
const leastStrength = 0.25;
/** Traits in a name, where fewer do not tell two apart. */
const traitsInName = 3;

/** Strongest trait of each feature and category, strongest first. */
export function describeTraits(
  features: readonly FeatureProfile[],
  categories: readonly { readonly category: string; readonly shares: readonly ValueShare[] }[],
): Trait[] {
  const traits = features.map(({ feature, difference }) => ({
    of: feature,
    words: `${degreeOf(difference)} ${feature}`,
    strength: Math.abs(difference),
  }));
  for (const { category, shares } of categories) {
    const said = shares.flatMap(({ value, share, whole }) => {
      const adverb = frequencyOf(share, whole);
      const difference = standardisedShare(share, whole);
      return adverb
        ? [{ of: category, words: `${category} ${adverb} ${value}`, strength: Math.abs(difference), isMore: difference > 0 }]
        : [];
    });
    // What members have says more than what they lack.
    const telling = said.filter(({ isMore, strength }) => isMore && strength >= leastStrength);
    const [strongest] = (telling.length > 0 ? telling : said).toSorted((one, other) => other.strength - one.strength);
    if (strongest) traits.push({ of: strongest.of, words: strongest.words, strength: strongest.strength });
  }
  return traits.filter(({ strength }) => strength >= leastStrength).toSorted((one, other) => other.strength - one.strength);
}

/** Difference of two shares in standard deviations of the whole; 0 where all or none have the value. */
export function standardisedShare(share: number, whole: number): number {
  return whole > 0 && whole < 1 ? (share - whole) / Math.sqrt(whole * (1 - whole)) : 0;
}

/** Names of three traits each; of as many more as are needed to tell two apart, and at last of a number. */
export function namePersonas(traits: readonly (readonly Trait[])[]): string[] {
  const names = traits.map((own) => nameOf(own, traitsInName));
  for (let index = 0; index < names.length; index++) {
    const own = traits[index] ?? [];
    const taken = new Set(names.filter((_, other) => other !== index));
    for (let length = traitsInName + 1; taken.has(names[index] ?? '') && length <= own.length; length++) names[index] = nameOf(own, length);
  }
  const seen = new Map<string, number>();
  return names.map((name) => {
    const times = (seen.get(name) ?? 0) + 1;
    seen.set(name, times);
    return times === 1 ? name : `${name} (${times})`;
  });
}

function nameOf(traits: readonly Trait[], length: number): string {
  return (
    traits
      .slice(0, length)
      .map(({ words }) => words)
      .join(', ') || 'like the average'
  );
}

function degreeOf(difference: number): string {
  const side = difference > 0 ? 'high' : 'low';
  const size = Math.abs(difference);
  return size >= 1.5 ? `very ${side}` : size >= 0.5 ? side : `rather ${side}`;
}

function frequencyOf(share: number, whole: number): string | undefined {
  if (share > whole) return share >= 0.95 ? 'almost always' : share >= 0.5 ? 'mostly' : 'often';
  return share <= whole / 2 ? 'seldom' : undefined;
}
