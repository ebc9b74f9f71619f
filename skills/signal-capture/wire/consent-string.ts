/** What reading the IAB consent strings of a message looks like. The reader is handed in, because decoding takes a library. */

export type ConsentStringKind = 'gpp' | 'tcf';

/** One purpose that a string speaks of. */
export interface StringChoice {
  /** One of consentPurposes. */
  readonly purpose: string;
  readonly granted: boolean;
  readonly mode?: 'opt-in' | 'opt-out';
  /** Under whose rules: `US`, `US-CA`, `EU`. */
  readonly jurisdiction: string;
}

export type ConsentStringReading =
  | { readonly ok: true; readonly choices: readonly StringChoice[] }
  /** What was wrong, without the string itself. */
  | { readonly ok: false; readonly message: string };

export type ConsentStringReader = (kind: ConsentStringKind, text: string) => ConsentStringReading;
