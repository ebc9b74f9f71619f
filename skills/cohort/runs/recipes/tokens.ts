/** What customers did and bought as words: a document per customer, in the order of time. */
import { compareText } from '../../../sdk/index.ts';
import { type TokenDocuments } from '../../core/methods/index.ts';
import type { CohortPicture } from '../../definitions/pictures.ts';
import type { Frame } from '../frame.ts';
import type { CohortWords } from '../recipe.ts';
import { distinctNames, shown, type Trait, traitsKept } from '../words.ts';
import { saySizes } from './numbers.ts';

export interface TokenChoice {
  readonly tokens: string;
  readonly signals: readonly string[];
}

/** Tokens named in a cohort's name. */
const wordsInName = 3;
const wordsShown = 10;

/** The words that a customer's signals in the window are, `purchase:sku-7`, `purchase` or `sku-7`; signals that have none are left out. */
export function readDocuments(frame: Frame, { tokens, signals }: TokenChoice): TokenDocuments {
  const { types, skus } = frame.dictionary();
  const { offsets, type, sku } = frame.events(frame.firstDay, frame.asOfDay);
  const wanted = types.map((name) => signals.length === 0 || signals.includes(name));
  const placeOf = new Map<number, number>();
  const wordOf: string[] = [];
  const token = new Int32Array(type.length);
  const start = new Int32Array(offsets.length);
  let filled = 0;
  for (let row = 0; row + 1 < offsets.length; row++) {
    for (let at = offsets[row] ?? 0; at < (offsets[row + 1] ?? 0); at++) {
      const kind = type[at] ?? -1;
      const product = tokens === 'signal' ? -1 : (sku[at] ?? -1);
      if (wanted[kind] !== true || (tokens === 'sku' && product < 0)) continue;
      const code = (tokens === 'sku' ? 0 : kind) * (skus.length + 1) + product + 1;
      let place = placeOf.get(code);
      if (place === undefined) {
        place = wordOf.length;
        placeOf.set(code, place);
        const name = skus[product] ?? '';
        wordOf.push(tokens === 'sku' ? name : product < 0 ? (types[kind] ?? '') : `${types[kind] ?? ''}:${name}`);
      }
      token[filled] = place;
      filled += 1;
    }
    start[row + 1] = filled;
  }
  return sortVocabulary({ start, token: token.slice(0, filled), vocabulary: wordOf });
}

/** Words in ascending order, so that their numbers do not depend on who did what first. */
function sortVocabulary({ start, token, vocabulary }: TokenDocuments): TokenDocuments {
  const order = [...vocabulary.keys()].sort((one, other) => compareText(vocabulary[one] ?? '', vocabulary[other] ?? ''));
  const placeOf = new Int32Array(vocabulary.length);
  for (const [place, word] of order.entries()) placeOf[word] = place;
  return { start, token: token.map((word) => placeOf[word] ?? 0), vocabulary: order.map((word) => vocabulary[word] ?? '') };
}

/** The words that occur often enough. */
export function frequentWords({ token, vocabulary }: TokenDocuments, minCount: number): string[] {
  const count = new Float64Array(vocabulary.length);
  for (const word of token) count[word] = (count[word] ?? 0) + 1;
  return vocabulary.filter((_, word) => (count[word] ?? 0) >= minCount);
}

/** Documents without all other words. */
export function keepWords({ start, token, vocabulary }: TokenDocuments, words: readonly string[]): TokenDocuments {
  const wanted = new Set(words);
  const isKept = Uint8Array.from(vocabulary, (word) => (wanted.has(word) ? 1 : 0));
  const begin = new Int32Array(start.length);
  const kept: number[] = [];
  for (let row = 0; row + 1 < start.length; row++) {
    for (let at = start[row] ?? 0; at < (start[row + 1] ?? 0); at++) {
      const word = token[at] ?? 0;
      if (isKept[word] === 1) kept.push(word);
    }
    begin[row + 1] = kept.length;
  }
  return { start: begin, token: Int32Array.from(kept), vocabulary };
}

export function takeDocuments({ start, token, vocabulary }: TokenDocuments, rows: Uint32Array): TokenDocuments {
  const begin = new Int32Array(rows.length + 1);
  for (let at = 0; at < rows.length; at++) {
    const row = rows[at] ?? 0;
    begin[at + 1] = (begin[at] ?? 0) + (start[row + 1] ?? 0) - (start[row] ?? 0);
  }
  const taken = new Int32Array(begin[rows.length] ?? 0);
  for (let at = 0; at < rows.length; at++) taken.set(token.subarray(start[rows[at] ?? 0], start[(rows[at] ?? 0) + 1]), begin[at]);
  return { start: begin, token: taken, vocabulary };
}

interface WordShare {
  readonly token: string;
  readonly share: number;
  readonly lift: number;
}

/** Cohorts named by their most telling words; a trait is a word with its share here, its share of all, and the lift. */
export function wordsOfTokens(profiles: readonly { readonly tokens: readonly WordShare[] }[], label: Int32Array): CohortWords[] {
  const names = distinctNames(
    profiles.map(({ tokens }) => tokens.map(({ token }) => token)),
    wordsInName,
    'no words',
  );
  const sizes = saySizes(label, profiles.length);
  return profiles.map(({ tokens }, cohort) => {
    const traits = tokens
      .slice(0, traitsKept)
      .map(({ token, share, lift }): Trait => ({ feature: token, here: share, all: lift > 0 ? share / lift : 0, difference: lift }));
    const says = traits
      .slice(0, 3)
      .map(({ feature, here, all }) => `${feature} is ${percent(here)} of what they do, of all ${percent(all)}.`);
    return { name: names[cohort] ?? '', says: [sizes[cohort] ?? '', ...says], traits };
  });
}

export function wordsPicture(profiles: readonly { readonly tokens: readonly WordShare[] }[]): CohortPicture {
  return {
    kind: 'words',
    data: {
      cohorts: profiles.map(({ tokens }, cohort) => ({
        cohort,
        words: tokens.slice(0, wordsShown).map(({ token, share, lift }) => ({ word: token, share, lift })),
      })),
    },
  };
}

export function percent(share: number): string {
  return `${shown(100 * share, Math.abs(share) < 0.01 ? 2 : 1)} %`;
}
