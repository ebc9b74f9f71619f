/** Documents without their order: each distinct term once, with how often it occurs. */
import type { TokenDocuments } from '../tokens/token-documents.ts';

export interface Bags {
  /** Where the terms of each document begin; one more than documents. */
  readonly start: Int32Array;
  /** Terms, ascending within a document. */
  readonly term: Int32Array;
  /** Occurrences of each. */
  readonly count: Float64Array;
}

/**
 * @param indexOf term of each entry of the documents' vocabulary, −1 for none
 * @param terms above every term
 */
export function countTerms({ start, token }: TokenDocuments, indexOf: Int32Array, terms: number): Bags {
  const documents = start.length - 1;
  // By term first, so that documents are then filled in the order of terms.
  const termStart = new Int32Array(terms + 1);
  let kept = 0;
  for (let at = 0; at < token.length; at++) {
    const term = indexOf[token[at] ?? 0] ?? -1;
    if (term < 0) continue;
    kept += 1;
    termStart[term + 1] = (termStart[term + 1] ?? 0) + 1;
  }
  for (let term = 0; term < terms; term++) termStart[term + 1] = (termStart[term + 1] ?? 0) + (termStart[term] ?? 0);
  const owner = new Int32Array(kept);
  const next = termStart.slice();
  for (let document = 0; document < documents; document++) {
    for (let at = start[document] ?? 0; at < (start[document + 1] ?? 0); at++) {
      const term = indexOf[token[at] ?? 0] ?? -1;
      if (term < 0) continue;
      const place = next[term] ?? 0;
      owner[place] = document;
      next[term] = place + 1;
    }
  }
  return mergeRepeats(owner, termStart, documents);
}

function mergeRepeats(owner: Int32Array, termStart: Int32Array, documents: number): Bags {
  const lastTerm = new Int32Array(documents).fill(-1);
  const start = new Int32Array(documents + 1);
  const eachOf = (visit: (document: number, term: number, isNew: boolean) => void): void => {
    lastTerm.fill(-1);
    for (let term = 0; term + 1 < termStart.length; term++) {
      for (let at = termStart[term] ?? 0; at < (termStart[term + 1] ?? 0); at++) {
        const document = owner[at] ?? 0;
        visit(document, term, lastTerm[document] !== term);
        lastTerm[document] = term;
      }
    }
  };
  eachOf((document, _, isNew) => {
    if (isNew) start[document + 1] = (start[document + 1] ?? 0) + 1;
  });
  for (let document = 0; document < documents; document++) start[document + 1] = (start[document + 1] ?? 0) + (start[document] ?? 0);
  const distinct = start[documents] ?? 0;
  const term = new Int32Array(distinct);
  const count = new Float64Array(distinct);
  const end = start.slice();
  eachOf((document, of, isNew) => {
    let at = (end[document] ?? 0) - 1;
    if (isNew) {
      at += 1;
      term[at] = of;
      end[document] = at + 1;
    }
    count[at] = (count[at] ?? 0) + 1;
  });
  return { start, term, count };
}

/** Documents in another order. */
export function reorderBags({ start, term, count }: Bags, order: Uint32Array): Bags {
  const begin = new Int32Array(order.length + 1);
  const terms = new Int32Array(term.length);
  const counts = new Float64Array(count.length);
  let filled = 0;
  order.forEach((document, place) => {
    const [from, to] = [start[document] ?? 0, start[document + 1] ?? 0];
    terms.set(term.subarray(from, to), filled);
    counts.set(count.subarray(from, to), filled);
    filled += to - from;
    begin[place + 1] = filled;
  });
  return { start: begin, term: terms, count: counts };
}

/** Terms and occurrences in one row of whole numbers, to compare documents by. */
export function contentOf({ start, term, count }: Bags): { readonly start: Int32Array; readonly content: Int32Array } {
  const content = new Int32Array(2 * term.length);
  for (let at = 0; at < term.length; at++) {
    content[2 * at] = term[at] ?? 0;
    content[2 * at + 1] = count[at] ?? 0;
  }
  return { start: start.map((from) => 2 * from), content };
}
