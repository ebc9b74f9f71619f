/**
 * Brings names and addresses into the form in which they are compared: letter case, accents, punctuation and usual abbreviations
 * of streets say nothing about who somebody is. Knows Latin script well, leaves other scripts as they are.
 */

/** Letters that Unicode does not take apart. */
const letters: Readonly<Record<string, string>> = { ß: 'ss', ø: 'o', æ: 'ae', œ: 'oe', ł: 'l', đ: 'd', ð: 'd', þ: 'th', ı: 'i' };

/** Lower case without accents; anything but letters and digits is a space. */
export function normaliseName(text: string): string {
  return text
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/\p{M}/gu, '')
    .replaceAll(/[ßøæœłđðþı]/g, (letter) => letters[letter] ?? letter)
    .replaceAll(/['’]/g, '')
    .replaceAll(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
}

const streetWords: Readonly<Record<string, string>> = {
  str: 'strasse',
  st: 'street',
  ave: 'avenue',
  av: 'avenue',
  rd: 'road',
  ln: 'lane',
  dr: 'drive',
  blvd: 'boulevard',
  pl: 'platz',
  sq: 'square',
};

/** As a name, with the usual abbreviations written out. */
export function normaliseStreet(text: string): string {
  return normaliseName(text)
    .split(' ')
    .map((word) => (Object.hasOwn(streetWords, word) ? (streetWords[word] ?? word) : word.replace(/str$/, 'strasse')))
    .join(' ');
}

/** Letters and digits alone: `SW1A 1AA` and `sw1a1aa` are one. */
export function normaliseCode(text: string): string {
  return normaliseName(text).replaceAll(' ', '');
}
