/** How alike two short texts are: made for names, forgiving of transposed and mistyped letters, most of all late ones. */

/** Texts side by side; text `t` is units[starts[t]] to units[starts[t + 1]], UTF-16. */
export interface PackedTexts {
  readonly units: Uint16Array;
  readonly starts: Int32Array;
}

/** Units of a text that are compared; names are shorter. */
const longest = 128;

/** A common beginning counts where the rest is that alike. */
const boostAbove = 0.7;
const prefixWeight = 0.1;
const longestPrefix = 4;

export function packTexts(texts: readonly string[]): PackedTexts {
  const starts = new Int32Array(texts.length + 1);
  for (const [index, text] of texts.entries()) starts[index + 1] = (starts[index] ?? 0) + Math.min(text.length, longest);
  const units = new Uint16Array(starts[texts.length] ?? 0);
  for (const [index, text] of texts.entries()) {
    const start = starts[index] ?? 0;
    for (let at = 0; at < Math.min(text.length, longest); at++) units[start + at] = text.charCodeAt(at);
  }
  return { units, starts };
}

/**
 * Jaro–Winkler similarity of two texts of a pack.
 * @returns 0 for nothing in common, 1 for equal
 * @see Winkler (1990), "String comparator metrics and enhanced decision rules in the Fellegi–Sunter model of record linkage"
 */
export function jaroWinkler({ units, starts }: PackedTexts, one: number, other: number): number {
  if (one === other) return 1;
  const a = starts[one] ?? 0;
  const b = starts[other] ?? 0;
  const lengthA = (starts[one + 1] ?? 0) - a;
  const lengthB = (starts[other + 1] ?? 0) - b;
  if (lengthA === 0 || lengthB === 0) return 0;
  const reach = Math.max(0, Math.floor(Math.max(lengthA, lengthB) / 2) - 1);
  takenA.fill(0, 0, lengthA);
  takenB.fill(0, 0, lengthB);
  let matches = 0;
  for (let at = 0; at < lengthA; at++) {
    const unit = units[a + at];
    const end = Math.min(lengthB - 1, at + reach);
    for (let place = Math.max(0, at - reach); place <= end; place++) {
      if (takenB[place] === 1 || units[b + place] !== unit) continue;
      takenA[at] = 1;
      takenB[place] = 1;
      matches += 1;
      break;
    }
  }
  if (matches === 0) return 0;
  let transposed = 0;
  let place = 0;
  for (let at = 0; at < lengthA; at++) {
    if (takenA[at] === 0) continue;
    while (takenB[place] === 0) place += 1;
    if (units[a + at] !== units[b + place]) transposed += 1;
    place += 1;
  }
  const jaro = (matches / lengthA + matches / lengthB + (matches - Math.floor(transposed / 2)) / matches) / 3;
  if (jaro <= boostAbove) return jaro;
  let prefix = 0;
  while (prefix < Math.min(longestPrefix, lengthA, lengthB) && units[a + prefix] === units[b + prefix]) prefix += 1;
  return jaro + prefix * prefixWeight * (1 - jaro);
}

const takenA = new Uint8Array(longest);
const takenB = new Uint8Array(longest);
