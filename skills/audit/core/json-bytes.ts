/**
 * Canonical JSON (RFC 8785) written straight from columns as bytes: bodies of a million customers are texts of one shape, and neither
 * objects nor strings are made of them. Texts stand in the form in which a table holds them, so that they are copied into it at once.
 * Refuses numbers and texts that JSON cannot carry.
 */
import { CohortiumError } from '../../sdk/errors.ts';

/** Up to here a loop beats the call of a built-in copy. */
const shortPiece = 16;
const lengthBytes = 4;
const encoder = new TextEncoder();

/** Texts in the making, one after the other. */
export class JsonTexts {
  #bytes: Uint8Array;
  #at = 0;
  #start = 0;
  #count = 0;

  /** @param expectedBytes of all texts together; more is made room for */
  constructor(expectedBytes: number) {
    this.#bytes = new Uint8Array(expectedBytes);
  }

  /** Texts that are complete. */
  get count(): number {
    return this.#count;
  }

  /** Bytes so far. */
  get size(): number {
    return this.#at;
  }

  begin(): void {
    this.#makeRoom(lengthBytes);
    this.#start = this.#at;
    this.#at += lengthBytes;
  }

  /** @returns the number of the text that began last */
  end(): number {
    const length = this.#at - this.#start - lengthBytes;
    for (let byte = 0; byte < lengthBytes; byte++) this.#bytes[this.#start + byte] = length >>> (8 * byte);
    return this.#count++;
  }

  /** A part that was made before. */
  piece(bytes: Uint8Array): void {
    const { length } = bytes;
    this.#makeRoom(length);
    const [target, at] = [this.#bytes, this.#at];
    if (length > shortPiece) target.set(bytes, at);
    else for (let index = 0; index < length; index++) target[at + index] = bytes[index] ?? 0;
    this.#at = at + length;
  }

  /** One byte of ASCII. */
  sign(code: number): void {
    this.#makeRoom(1);
    this.#bytes[this.#at++] = code;
  }

  /** @throws {CohortiumError} ARGUMENT_INVALID for a number that is not finite */
  number(value: number): void {
    // The same digits as String(value), which remembers what it wrote and so keeps garbage alive; and no sign on zero.
    const text = JSON.stringify(finite(value));
    this.#makeRoom(text.length);
    const [target, at] = [this.#bytes, this.#at];
    for (let index = 0; index < text.length; index++) target[at + index] = text.charCodeAt(index);
    this.#at = at + text.length;
  }

  /** What was written before, once more. */
  again(from: number, to: number): void {
    this.#makeRoom(to - from);
    this.#bytes.copyWithin(this.#at, from, to);
    this.#at += to - from;
  }

  /** A whole text. @returns its number */
  add(bytes: Uint8Array): number {
    this.begin();
    this.piece(bytes);
    return this.end();
  }

  /** All texts of another. @returns the number of the first */
  addAll(other: JsonTexts): number {
    const first = this.#count;
    this.piece(other.bytes());
    this.#count += other.count;
    return first;
  }

  /** A view, until more is written. */
  bytes(from = 0, to = this.#at): Uint8Array {
    return this.#bytes.subarray(from, to);
  }

  #makeRoom(length: number): void {
    if (this.#at + length <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(2 * this.#bytes.length, this.#at + length));
    larger.set(this.bytes());
    this.#bytes = larger;
  }
}

/** UTF-8 of a text that is JSON already. */
export function bytesOf(json: string): Uint8Array {
  return encoder.encode(json);
}

/** @throws {CohortiumError} ARGUMENT_INVALID for a number that is not finite */
export function numberText(value: number): string {
  return JSON.stringify(finite(value));
}

function finite(value: number): number {
  if (Number.isFinite(value)) return value;
  throw new CohortiumError('ARGUMENT_INVALID', `a record cannot carry ${String(value)}; scores have to be finite numbers`);
}

/** A column of names: places, cohorts, tiers. Each is written as a JSON string once. */
export interface Names {
  /** Number of the name in each row. */
  readonly values: Int32Array;
  readonly texts: readonly string[];
}

/**
 * JSON strings of names, by number, made when they are first asked for.
 * @throws {CohortiumError} ARGUMENT_INVALID, when asked, for a text with a lone surrogate
 */
export function quotedNames(texts: readonly string[]): (name: number) => Uint8Array {
  const known: (Uint8Array | undefined)[] = [];
  return (name) => (known[name] ??= quoted(texts[name] ?? ''));
}

function quoted(text: string): Uint8Array {
  if (text.isWellFormed()) return bytesOf(JSON.stringify(text));
  throw new CohortiumError('ARGUMENT_INVALID', 'a record cannot carry a text with a lone surrogate');
}

/** A part that is not there, and why; the same in every record that lacks it. */
export function absentText(why: string): string {
  return JSON.stringify({ absent: why });
}
