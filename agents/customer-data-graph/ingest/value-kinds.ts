/** Which properties a signal has, and of what kind, read from the canonical JSON that the log keeps. Refuses nothing: it was validated. */

/** Kinds that the value of a property can have. */
export type ValueKind = 'text' | 'number' | 'boolean' | 'object' | 'list' | 'null';

const quote = 34;
const backslash = 92;

/**
 * Names and kinds of the top-level values of canonical JSON, without building the values: several times faster than parsing.
 * @param json an object as RFC 8785 writes it, which has no blanks
 */
export function readValueKinds(json: string, found: (name: string, kind: ValueKind) => void): void {
  let at = 1;
  while (at < json.length - 1) {
    const nameEnd = endOfText(json, at);
    const quoted = json.slice(at, nameEnd);
    const name = quoted.includes('\\') ? String(JSON.parse(quoted)) : quoted.slice(1, -1);
    at = nameEnd + 1;
    found(name, kindOf(json.charCodeAt(at)));
    at = endOfValue(json, at) + 1;
  }
}

function kindOf(first: number): ValueKind {
  if (first === quote) return 'text';
  if (first === 0x7b) return 'object';
  if (first === 0x5b) return 'list';
  if (first === 0x6e) return 'null';
  return first === 0x74 || first === 0x66 ? 'boolean' : 'number';
}

/** Index after the closing quote of the text that begins at `start`. */
function endOfText(json: string, start: number): number {
  let at = start + 1;
  while (at < json.length && json.charCodeAt(at) !== quote) at += json.charCodeAt(at) === backslash ? 2 : 1;
  return at + 1;
}

/** Index of the comma or brace after the value that begins at `start`. */
function endOfValue(json: string, start: number): number {
  let depth = 0;
  for (let at = start; at < json.length;) {
    const code = json.charCodeAt(at);
    if (code === quote) {
      at = endOfText(json, at);
      continue;
    }
    if (code === 0x7b || code === 0x5b) depth++;
    else if (code === 0x7d || code === 0x5d) {
      if (depth === 0) return at;
      depth--;
    } else if (code === 0x2c && depth === 0) return at;
    at++;
  }
  return json.length;
}
