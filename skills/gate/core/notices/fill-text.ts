/** Texts with places to fill in. What nobody fills in stays visible and is named, so that no unfinished notice goes out unseen. */

export interface FilledText {
  readonly text: string;
  /** Names of places that were left open, in order of their first appearance. */
  readonly missing: readonly string[];
}

const place = /\{([a-z][A-Za-z0-9]*)\}/g;

/** @param values by name; what they contain is never read as a place again */
export function fillText(text: string, values: Readonly<Record<string, string>>): FilledText {
  const missing = new Set<string>();
  const filled = text.replace(place, (whole, name: string) => {
    const value = Object.hasOwn(values, name) ? values[name] : undefined;
    if (value !== undefined && value.trim() !== '') return value;
    missing.add(name);
    return `[${whole.slice(1, -1)} is missing]`;
  });
  return { text: filled, missing: [...missing] };
}
