/** Probabilities of pairs under a model. An exact agreement on a rare name says more than one on a common name. */
import { log } from '../../../../skills/sdk/numeric/index.ts';
import { comparisonLevels, comparisonNames, levelIn, patternCount } from './comparisons.ts';
import { type MatchModel, patternLikelihoods } from './fellegi-sunter.ts';
import type { ProfileTable } from './profile-table.ts';

export class PairScorer {
  readonly #model: MatchModel;
  readonly #one: Float64Array;
  readonly #home: Float64Array;
  readonly #strangers: Float64Array;
  readonly #given: Rarity;
  readonly #family: Rarity;

  constructor(table: ProfileTable, model: MatchModel) {
    this.#model = model;
    [this.#one, this.#home, this.#strangers] = patternLikelihoods(model);
    this.#given = rarityOf(table, model, 'givenName');
    this.#family = rarityOf(table, model, 'familyName');
  }

  /**
   * How many times likelier the pair is one person than two.
   * @param left row of one of the two profiles: where they agree exactly, either will do
   */
  odds(left: number, pattern: number): number {
    const given = ratio(this.#given, left, pattern);
    // People of a household share the family name however rare it is.
    const two = (this.#home[pattern] ?? 0) * given + (this.#strangers[pattern] ?? 0) * given * ratio(this.#family, left, pattern);
    return (this.#one[pattern] ?? 0) / two;
  }

  /** By comparison, bits for one person against two strangers. */
  evidence(left: number, pattern: number): readonly number[] {
    return comparisonNames.map((name, comparison) => {
      const level = levelIn(pattern, comparison);
      if (level === 0) return 0;
      const { m, u } = this.#model.comparisons[name];
      const rarity = name === 'givenName' ? this.#given : name === 'familyName' ? this.#family : undefined;
      const common = rarity ? ratio(rarity, left, pattern) : 1;
      return bits((m[level - 1] ?? 1) / ((u[level - 1] ?? 1) * common));
    });
  }
}

/** Logarithm to base two. */
export function bits(value: number): number {
  return log(value) / Math.LN2;
}

interface Rarity {
  readonly codes: Int32Array;
  /** By code of the value, how common it is compared with the names that strangers share. */
  readonly ratios: Float64Array;
  /** By pattern. */
  readonly isExact: Uint8Array;
}

function rarityOf({ fields }: ProfileTable, { comparisons }: MatchModel, name: 'givenName' | 'familyName'): Rarity {
  const { codes, frequency, known } = fields[name];
  const average = comparisons[name].u.at(-1) ?? 1;
  const comparison = comparisonNames.indexOf(name);
  return {
    codes,
    ratios: Float64Array.from(frequency, (count) => (count === 0 ? 1 : count / known / average)),
    isExact: Uint8Array.from({ length: patternCount }, (_, pattern) =>
      levelIn(pattern, comparison) === comparisonLevels[name].length ? 1 : 0,
    ),
  };
}

function ratio({ codes, ratios, isExact }: Rarity, left: number, pattern: number): number {
  return isExact[pattern] === 1 ? (ratios[codes[left] ?? 0] ?? 1) : 1;
}
