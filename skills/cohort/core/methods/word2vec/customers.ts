/** Customers in the space of tokens: the mean direction of what they bought or did. */
import type { TokenDocuments } from '../tokens/token-documents.ts';

/** Vectors scaled to length 1, so that none counts for more than another; a vector of zeros stays. */
export function toUnitLength(vectors: ArrayLike<number>, dimensions: number): Float64Array {
  const unit = Float64Array.from(vectors);
  for (let base = 0; base < unit.length; base += dimensions) scaleRow(unit, base, dimensions);
  return unit;
}

/**
 * @param unit vectors of length 1, token after token
 * @param indexOf token of each entry of the documents' vocabulary, −1 for none
 * @returns mean of the tokens' vectors scaled to length 1, document after document; zeros where no token has a vector
 */
export function customerVectors(
  { start, token }: Pick<TokenDocuments, 'start' | 'token'>,
  unit: Float64Array,
  dimensions: number,
  indexOf: Int32Array,
): { readonly vectors: Float64Array; readonly known: Uint8Array } {
  const documents = start.length - 1;
  const vectors = new Float64Array(documents * dimensions);
  const known = new Uint8Array(documents);
  for (let document = 0; document < documents; document++) {
    const base = document * dimensions;
    for (let at = start[document] ?? 0; at < (start[document + 1] ?? 0); at++) {
      const index = indexOf[token[at] ?? 0] ?? -1;
      if (index < 0) continue;
      known[document] = 1;
      for (let place = 0; place < dimensions; place++) {
        vectors[base + place] = (vectors[base + place] ?? 0) + (unit[index * dimensions + place] ?? 0);
      }
    }
    scaleRow(vectors, base, dimensions);
  }
  return { vectors, known };
}

function scaleRow(values: Float64Array, base: number, dimensions: number): void {
  let squares = 0;
  for (let place = 0; place < dimensions; place++) squares += (values[base + place] ?? 0) * (values[base + place] ?? 0);
  if (!(squares > 0)) return;
  const scale = 1 / Math.sqrt(squares);
  for (let place = 0; place < dimensions; place++) values[base + place] = (values[base + place] ?? 0) * scale;
}
