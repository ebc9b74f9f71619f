/** How a store gives up a person: it is asked what it has, then told to delete it. Every store has one; types only. */
import type { GoneDigests } from './gone-digests.ts';
import type { NameFinder, PersonNames } from './person-names.ts';

/** Whom to look for, in every form that the stores need. */
export interface Sought {
  readonly erasure: string;
  readonly names: PersonNames;
  /** Over all that is known of the person by now; made anew when more is. */
  readonly finder: () => NameFinder;
  /** Digests of what the erasure takes away; grows while stores are looked through. */
  readonly gone: GoneDigests;
}

/** What a store has of the person. */
export interface Finding {
  readonly store: string;
  /** What is counted, in words, such as `signals`. */
  readonly what: string;
  readonly count: number;
}

/** A store's part in an erasure. Both may be called again after a crash at any point; a second call finds what is left. */
export interface Eraser {
  readonly store: string;
  readonly find: (sought: Sought) => Promise<readonly Finding[]>;
  readonly erase: (sought: Sought) => Promise<readonly Finding[]>;
}

/** What an erasure needs of the agent. */
export interface ErasureParts {
  /** Waits for what is being taken in, and lets go of it: the stores are closed meanwhile. */
  readonly settle: () => Promise<void>;
  /** Takes a customer out of the store of protected attributes, which only the fairness audit opens. @returns rows */
  readonly eraseAttributes: (customer: string) => Promise<number>;
}
