/** A persona fit as plain JSON. Personas are numbered from the largest. */
import type { CohortProfile } from '../quality/profile.ts';
import type { Scale } from '../quality/standardise.ts';
import type { CategoryDictionary } from './columns.ts';

export interface PersonaModel {
  readonly method: 'persona';
  readonly features: readonly string[];
  readonly scale: Scale;
  readonly categories: readonly CategoryDictionary[];
  /** What a category that differs adds to the squared distance. */
  readonly gamma: number;
  readonly prototypes: readonly Prototype[];
  /** Mean distance of the rows fitted on to their prototypes. */
  readonly cost: number;
  readonly iterations: number;
  readonly converged: boolean;
  readonly rows: number;
  /** Fewer than rows where they were sampled. */
  readonly fittedRows: number;
  readonly profile: readonly PersonaProfile[];
}

export interface Prototype {
  /** One per feature, (value − mean) ÷ sd. */
  readonly means: readonly number[];
  /** One per category; null where no member's value is known. */
  readonly modes: readonly (string | null)[];
}

export interface PersonaProfile extends CohortProfile {
  /** What sets the persona apart, in words; no two of a model are the same. */
  readonly name: string;
  readonly categories: readonly CategoryProfile[];
  /** What sets it apart, strongest first. */
  readonly traits: readonly Trait[];
  /** Mean margin of its members; 0 without members. */
  readonly confidence: number;
}

export interface CategoryProfile {
  readonly category: string;
  /** At most five, those most above their share of all first. */
  readonly values: readonly ValueProfile[];
}

export interface ValueProfile {
  readonly value: string;
  /** Of the members whose value is known. */
  readonly share: number;
  /** Share ÷ share of all customers. */
  readonly lift: number;
  /** Share less that of all, in standard deviations of all: comparable with the difference of a feature. */
  readonly difference: number;
}

export interface Trait {
  /** Feature or category. */
  readonly of: string;
  readonly words: string;
  /** Absolute standardised difference to all customers. */
  readonly strength: number;
}
