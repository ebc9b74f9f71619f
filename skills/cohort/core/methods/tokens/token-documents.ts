/**
 * Baskets, sessions or histories of events as whole numbers: what the methods over tokens read. A document is what one customer
 * bought or did, a token is a product, a category or a signal with its kind. Checks what it is given; never splits text.
 */
import { CohortiumError } from '../../../../sdk/errors.ts';

/** Documents one after another in two flat arrays; rows of an assignment are documents. */
export interface TokenDocuments {
  /** Where the tokens of each document begin, from 0 and never falling; one more than documents, the last is the count of tokens. */
  readonly start: Int32Array;
  /** Index into the vocabulary of each token, in the order in which they happened. */
  readonly token: Int32Array;
  readonly vocabulary: readonly string[];
}

/** How many documents. */
export function documentCount(documents: TokenDocuments): number {
  return documents.start.length - 1;
}

/** @throws {CohortiumError} NUMERIC_DOMAIN when the arrays do not fit together, with the place */
export function checkTokenDocuments({ start, token, vocabulary }: TokenDocuments): void {
  if (start.length === 0 || start[0] !== 0) {
    throw new CohortiumError('NUMERIC_DOMAIN', `start begins with ${start[0] ?? 'nothing'}; give 0, then the end of each document`);
  }
  for (let document = 1; document < start.length; document++) {
    if ((start[document] ?? 0) < (start[document - 1] ?? 0)) {
      throw new CohortiumError('NUMERIC_DOMAIN', `start falls at ${document}; give the documents one after another`);
    }
  }
  if (start.at(-1) !== token.length) {
    throw new CohortiumError('NUMERIC_DOMAIN', `start ends with ${start.at(-1)} but there are ${token.length} tokens; make them equal`);
  }
  const outside = token.findIndex((index) => !(index >= 0 && index < vocabulary.length));
  if (outside >= 0) {
    throw new CohortiumError(
      'NUMERIC_DOMAIN',
      `token ${outside} is ${token[outside]}, outside of a vocabulary of ${vocabulary.length}; give indices into the vocabulary`,
    );
  }
}

/** @throws {CohortiumError} NUMERIC_DOMAIN when the value is no whole number of the range */
export function checkWhole(what: string, value: number, from: number, to: number): void {
  if (!Number.isInteger(value) || value < from || value > to) {
    throw new CohortiumError('NUMERIC_DOMAIN', `${what} is ${value}; give a whole number from ${from} to ${to}`);
  }
}

/** @throws {CohortiumError} NUMERIC_DOMAIN when the value is not in the range */
export function checkNumber(what: string, value: number, from: number, to: number): void {
  if (!(value >= from && value <= to)) {
    throw new CohortiumError('NUMERIC_DOMAIN', `${what} is ${value}; give a number from ${from} to ${to}`);
  }
}
