/**
 * Memberships of one definition in one window as rows of 60 bytes, ascending by customer number: 78 million of them must fit
 * on a disk, merge in a pass and be found without reading the rest. The bytes are the stored form, little-endian. Holds
 * numbers only; what they stand for is the catalog's.
 */

/** What the publication that wrote a row saw. The order is the stored form: new kinds go to the end. */
export const changeKinds = [
  'entered',
  'left',
  'moved',
  'refreshed',
  'reassigned-by-model',
  'merged-by-identity',
  'split-by-identity',
  'expired',
  'held',
  'settled',
  'suppressed',
  'released',
  'corrected',
] as const;
export type ChangeKind = (typeof changeKinds)[number];

/** In the place of a cohort, customer, definition or reason: there is none. */
export const none = -1;
/** The `until` of a membership that the window alone does not end. */
export const never = 2_147_483_647;
/** Confidences are kept in ten-thousandths. */
export const confidenceUnits = 10_000;
export const rowBytes = 60;
export const reasonsKept = 3;

const words = rowBytes / 4;

/** One row, unpacked. */
export interface MembershipRow {
  readonly customer: number;
  /** Day from which the customer has been in the cohort without a gap, or since which there is no cohort. */
  readonly since: number;
  /** Day on which the window alone ends it. */
  readonly until: number;
  /** Version that wrote the row. */
  readonly version: number;
  /** −1: the customer is in none any more. */
  readonly cohort: number;
  /** Cohort before this one, −1 for none. */
  readonly predecessor: number;
  /** Cohort that a move is waiting for, −1 for none, and in how many runs it was seen. */
  readonly pending: number;
  readonly pendingRuns: number;
  /** Number of the definition of the family that counts instead, −1 for none. */
  readonly suppressedBy: number;
  /** In ten-thousandths. */
  readonly confidence: number;
  readonly change: ChangeKind;
  /** How the stay in this cohort began. */
  readonly origin: ChangeKind;
  readonly reasons: readonly [number, number, number];
  readonly contributions: readonly [number, number, number];
}

export class MembershipRows {
  readonly length: number;
  readonly bytes: Uint8Array;
  readonly integers: Int32Array;
  readonly floats: Float32Array;

  /** @param bytes whole rows, at an offset divisible by four */
  constructor(bytes: Uint8Array) {
    this.length = Math.floor(bytes.length / rowBytes);
    this.bytes = bytes;
    this.integers = new Int32Array(bytes.buffer, bytes.byteOffset, this.length * words);
    this.floats = new Float32Array(bytes.buffer, bytes.byteOffset, this.length * words);
  }

  customer(row: number): number {
    return this.integers[row * words] ?? none;
  }

  since(row: number): number {
    return this.integers[row * words + 1] ?? 0;
  }

  until(row: number): number {
    return this.integers[row * words + 2] ?? 0;
  }

  version(row: number): number {
    return this.integers[row * words + 3] ?? 0;
  }

  cohort(row: number): number {
    return this.integers[row * words + 4] ?? none;
  }

  suppressedBy(row: number): number {
    return this.integers[row * words + 7] ?? none;
  }

  /** Whether the row puts the customer in its cohort on a day: there is one, no definition goes before it, and it has not lapsed. */
  isEffective(row: number, day: number): boolean {
    return this.cohort(row) !== none && this.suppressedBy(row) === none && this.until(row) > day;
  }

  /** @param row in [0, length) */
  at(row: number): MembershipRow {
    const at = row * words;
    const integer = (offset: number): number => this.integers[at + offset] ?? none;
    const float = (offset: number): number => this.floats[at + offset] ?? 0;
    const byte = (offset: number): number => this.bytes[row * rowBytes + offset] ?? 0;
    return {
      customer: integer(0),
      since: integer(1),
      until: integer(2),
      version: integer(3),
      cohort: integer(4),
      predecessor: integer(5),
      pending: integer(6),
      suppressedBy: integer(7),
      reasons: [integer(8), integer(9), integer(10)],
      contributions: [float(11), float(12), float(13)],
      confidence: byte(56) + 256 * byte(57),
      change: changeKinds[byte(58)] ?? 'entered',
      origin: changeKinds[byte(59) >> 4] ?? 'entered',
      pendingRuns: byte(59) & 15,
    };
  }

  /** Row of a customer, −1 when there is none. */
  find(customer: number): number {
    let low = 0;
    let high = this.length - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      const found = this.customer(middle);
      if (found === customer) return middle;
      if (found < customer) low = middle + 1;
      else high = middle - 1;
    }
    return none;
  }
}

/** Collects rows in ascending order of customers. */
export class RowWriter {
  #rows: MembershipRows;
  #length = 0;

  /** @param expected rows to make room for; more are taken all the same */
  constructor(expected = 64) {
    this.#rows = new MembershipRows(new Uint8Array(rowBytes * Math.max(64, expected)));
  }

  add(row: MembershipRow): void {
    const at = this.#next() * words;
    const { integers, floats, bytes } = this.#rows;
    integers[at] = row.customer;
    integers[at + 1] = row.since;
    integers[at + 2] = row.until;
    integers[at + 3] = row.version;
    integers[at + 4] = row.cohort;
    integers[at + 5] = row.predecessor;
    integers[at + 6] = row.pending;
    integers[at + 7] = row.suppressedBy;
    for (let reason = 0; reason < reasonsKept; reason++) {
      integers[at + 8 + reason] = row.reasons[reason] ?? none;
      floats[at + 11 + reason] = row.contributions[reason] ?? 0;
    }
    bytes[at * 4 + 56] = row.confidence & 255;
    bytes[at * 4 + 57] = row.confidence >> 8;
    bytes[at * 4 + 58] = changeKinds.indexOf(row.change);
    bytes[at * 4 + 59] = (changeKinds.indexOf(row.origin) << 4) | row.pendingRuns;
  }

  copy(from: MembershipRows, row: number): void {
    const at = this.#next() * words;
    for (let word = 0; word < words; word++) this.#rows.integers[at + word] = from.integers[row * words + word] ?? 0;
  }

  finish(): MembershipRows {
    return new MembershipRows(this.#rows.bytes.subarray(0, this.#length * rowBytes));
  }

  #next(): number {
    if (this.#length === this.#rows.length) {
      const larger = new Uint8Array(this.#rows.bytes.length * 2);
      larger.set(this.#rows.bytes);
      this.#rows = new MembershipRows(larger);
    }
    return this.#length++;
  }
}

export const noRows = new MembershipRows(new Uint8Array(0));

/** Whether two rows say the same of a customer, whichever versions wrote them. */
export function sayTheSame(left: MembershipRows, leftRow: number, right: MembershipRows, rightRow: number): boolean {
  for (let word = 0; word < words - 1; word++) {
    if (word !== versionWord && left.integers[leftRow * words + word] !== right.integers[rightRow * words + word]) return false;
  }
  // The last word has the confidence and the change; what was seen last is not what is so.
  const [a, b] = [left.bytes, right.bytes];
  const [i, j] = [leftRow * rowBytes, rightRow * rowBytes];
  return a[i + 56] === b[j + 56] && a[i + 57] === b[j + 57] && a[i + 59] === b[j + 59];
}

const versionWord = 3;
