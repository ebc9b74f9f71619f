/**
 * The columns that a file has, for a message about one that it has not. A file without a header begins with a row of data, which may be
 * about a person: a first line that looks like data is not repeated.
 */

/** No name of a column has an address, five digits in a row, or a number with its sign and spaces. */
const looksLikeData = /@|\d{5}|\+?\d[\d ()/.-]{6,}/;
const shownCharacters = 500;

export function foundColumns(names: readonly string[]): string {
  if (names.some((name) => looksLikeData.test(name))) return 'not shown, because the first line looks like data and not like names';
  return names.join(', ').slice(0, shownCharacters);
}
