/** Learns vectors of tokens from sequences, and groups the customers whose sequences they are. */
import { CohortiumError } from '../../../../sdk/errors.ts';
import { makeRng } from '../../../../sdk/numeric/index.ts';
import { orderByContent } from '../tokens/document-order.ts';
import { relevantTokens } from '../tokens/relevance.ts';
import { checkTokenDocuments, type TokenDocuments } from '../tokens/token-documents.ts';
import { canonicalVocabulary } from '../tokens/vocabulary.ts';
import { labelCustomers } from './assign.ts';
import { completeWord2vecConfig, type FullWord2vecConfig, type Word2vecConfig } from './config.ts';
import { customerVectors, toUnitLength } from './customers.ts';
import { groupVectors, mostRows } from './group-vectors.ts';
import type { EmbeddedProfile, Word2vecModel } from './model.ts';
import { rankByDirection } from './nearest-tokens.ts';
import { type Sequences, trainVectors } from './train.ts';

/**
 * @param seed text from which every random choice follows
 * @throws {CohortiumError} NUMERIC_DOMAIN when no token occurs often enough, or data or configuration are out of their range
 */
export function fitWord2vec(config: Word2vecConfig, data: TokenDocuments, seed: string): Word2vecModel {
  const full = completeWord2vecConfig(config);
  checkTokenDocuments(data);
  const { names, counts, indexOf } = canonicalVocabulary(data, full.minCount);
  if (names.length === 0) {
    throw new CohortiumError('NUMERIC_DOMAIN', `no token occurs ${full.minCount} times; give more sequences or a lower minCount`);
  }
  const rng = makeRng(seed);
  const sequences = arrange(data, indexOf, rng.integer(4_294_967_296));
  const vectors = trainVectors(full, sequences, counts, seed);
  const unit = toUnitLength(vectors, full.dimensions);
  const same = Int32Array.from(names, (_, token) => token);
  const customers = customerVectors(sequences, unit, full.dimensions, same);
  const found = groupVectors(firstKnown(customers, full.dimensions), full.dimensions, full.cohorts, rng.split('cohorts'));
  const { label } = labelCustomers(customers, full.dimensions, found);
  const { centres, places } = largestFirst(found, full.dimensions, label);
  const renamed = label.map((cohort) => (cohort < 0 ? -1 : (places[cohort] ?? -1)));
  return {
    method: 'word2vec',
    config: full,
    vocabulary: names,
    vectors: Array.from(vectors),
    centres: Array.from(centres),
    profile: describeCohorts(full, names, counts, sequences, renamed, unit, centres),
  };
}

/** Sequences of known tokens in an order that does not depend on that of the rows. */
function arrange({ start, token }: TokenDocuments, indexOf: Int32Array, seed: number): Sequences {
  const begin = new Int32Array(start.length);
  const kept = new Int32Array(token.length);
  let filled = 0;
  for (let document = 0; document + 1 < start.length; document++) {
    for (let at = start[document] ?? 0; at < (start[document + 1] ?? 0); at++) {
      const index = indexOf[token[at] ?? 0] ?? -1;
      if (index >= 0) kept[filled++] = index;
    }
    begin[document + 1] = filled;
  }
  const order = orderByContent(begin, kept.subarray(0, filled), seed);
  const ordered = { start: new Int32Array(start.length), token: new Int32Array(filled) };
  let at = 0;
  order.forEach((document, place) => {
    const sequence = kept.subarray(begin[document] ?? 0, begin[document + 1] ?? 0);
    ordered.token.set(sequence, at);
    at += sequence.length;
    ordered.start[place + 1] = at;
  });
  return ordered;
}

/** Customers with vectors, the first so many in that order. */
function firstKnown({ vectors, known }: ReturnType<typeof customerVectors>, dimensions: number): Float64Array {
  const rows: number[] = [];
  for (let row = 0; row < known.length && rows.length < mostRows; row++) if (known[row] === 1) rows.push(row);
  const chosen = new Float64Array(rows.length * dimensions);
  rows.forEach((row, place) => chosen.set(vectors.subarray(row * dimensions, (row + 1) * dimensions), place * dimensions));
  return chosen;
}

/** Cohorts by size, equal ones by their centres. */
function largestFirst(
  found: Float64Array,
  dimensions: number,
  label: Int32Array,
): { readonly centres: Float64Array; readonly places: Int32Array } {
  const cohorts = found.length / dimensions;
  const sizes = new Float64Array(cohorts);
  for (const cohort of label) if (cohort >= 0) sizes[cohort] = (sizes[cohort] ?? 0) + 1;
  const rows = Array.from({ length: cohorts }, (_, cohort) => found.subarray(cohort * dimensions, (cohort + 1) * dimensions));
  const order = [...rows.keys()].sort((a, b) => {
    const place = rows[a]?.findIndex((value, at) => value !== rows[b]?.[at]) ?? -1;
    return (sizes[b] ?? 0) - (sizes[a] ?? 0) || (place < 0 ? 0 : (rows[a]?.[place] ?? 0) - (rows[b]?.[place] ?? 0));
  });
  const centres = new Float64Array(found.length);
  const places = new Int32Array(cohorts);
  order.forEach((cohort, place) => {
    centres.set(rows[cohort] ?? [], place * dimensions);
    places[cohort] = place;
  });
  return { centres, places };
}

function describeCohorts(
  { dimensions, topTokens, relevanceWeight }: FullWord2vecConfig,
  names: readonly string[],
  counts: Float64Array,
  { start, token }: Sequences,
  label: Int32Array,
  unit: Float64Array,
  centres: Float64Array,
): EmbeddedProfile[] {
  const ofCohort = Array.from({ length: centres.length / dimensions }, () => new Float64Array(names.length));
  const sizes = new Float64Array(ofCohort.length);
  label.forEach((cohort, row) => {
    const own = ofCohort[cohort];
    if (!own) return;
    sizes[cohort] = (sizes[cohort] ?? 0) + 1;
    for (let at = start[row] ?? 0; at < (start[row + 1] ?? 0); at++) own[token[at] ?? 0] = (own[token[at] ?? 0] ?? 0) + 1;
  });
  return ofCohort.map((own, cohort) => ({
    cohort,
    size: sizes[cohort] ?? 0,
    share: (sizes[cohort] ?? 0) / label.length,
    tokens: relevantTokens(names, own, counts, { count: topTokens, weight: relevanceWeight }),
    nearest: rankByDirection(names, unit, centres.subarray(cohort * dimensions, (cohort + 1) * dimensions)).slice(0, topTokens),
  }));
}
